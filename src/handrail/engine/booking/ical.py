"""A meeting as iCalendar text (RFC 5545, 5546): what mail clients and phones take in. Pure."""

import re
from datetime import UTC, datetime
from typing import Literal

from handrail.engine.calendars.source import CalendarEvent

LINE_OCTETS_MAX = 75
TEXT_CHARACTERS_MAX = 2_000
Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]+")


def text_of(event: CalendarEvent, *, method: Method, now: datetime) -> str:
    """One event. Two texts of one meeting have the same UID; the later has the higher SEQUENCE."""
    status = "CANCELLED" if method == "CANCEL" else "CONFIRMED"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Handrail//Booking//EN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{_said(event.uid)}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTAMP:{_stamp(now)}",
        f"DTSTART:{_stamp(event.from_at)}",
        f"DTEND:{_stamp(event.until_at)}",
        f"SUMMARY:{_said(event.title)}",
        f"STATUS:{status}",
    ]
    if event.description:
        lines.append(f"DESCRIPTION:{_said(event.description)}")
    if event.location:
        lines.append(f"LOCATION:{_said(event.location)}")
    if event.organiser_email:
        name = _named(event.organiser_name)
        lines.append(f"ORGANIZER{name}:mailto:{_address(event.organiser_email)}")
    if event.guest_email:
        role = "ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE"
        lines.append(
            f"ATTENDEE{_named(event.guest_name)};{role}:mailto:{_address(event.guest_email)}"
        )
    lines += ["TRANSP:OPAQUE", "END:VEVENT", "END:VCALENDAR"]
    return "".join(_folded(line) + "\r\n" for line in lines)


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _said(text: str) -> str:
    """As a value of type TEXT: nothing of it ends the line or begins a property."""
    clean = _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))[:TEXT_CHARACTERS_MAX]
    for mark in ("\\", ";", ","):
        clean = clean.replace(mark, f"\\{mark}")
    return clean.replace("\n", "\\n")


def _named(name: str) -> str:
    """As a parameter; a quoted one can hold no quotes."""
    clean = _CONTROL.sub(" ", name.replace("\n", " ")).replace('"', "'").strip()[:200]
    return f';CN="{clean}"' if clean else ""


def _address(email: str) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f]", "", email)


def _folded(line: str) -> str:
    """No line is longer than 75 octets; a character is never cut."""
    parts, size = [""], 0
    for character in line:
        octets = len(character.encode())
        if size + octets > LINE_OCTETS_MAX:
            parts.append("")
            size = 1  # of the blank that a continued line begins with
        parts[-1] += character
        size += octets
    return "\r\n ".join(parts)
