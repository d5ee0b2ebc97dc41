"""Parcel -> an e-mail in plain text and HTML. Pure; nothing a buyer typed becomes markup."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from zoneinfo import ZoneInfo

from handrail.engine.channels import ACTIVATION_DENIED, Parcel, Recipient, title_of
from handrail.engine.telling import spaced, tell_clock, tell_span

HEADER_CHARACTERS_MAX = 200
VALUE_CHARACTERS_MAX = 300  # of what a buyer typed
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def email_of(parcel: Parcel, *, sender: str, message_domain: str) -> EmailMessage:
    """The message; its Message-ID is made of the delivery's key and the same at every repeat."""
    to = parcel.to
    assert to is not None, "the deliverer gives mail a person"
    email = EmailMessage()
    email["From"] = sender
    email["To"] = Address(display_name=one_line(to.name), addr_spec=one_line(to.email))
    email["Subject"] = one_line(_subject(parcel))[:HEADER_CHARACTERS_MAX]
    email["Date"] = format_datetime(parcel.sent_at)
    email["Message-ID"] = f"<{parcel.key}@{message_domain}>"
    email["Auto-Submitted"] = "auto-generated"
    facts = _facts(parcel, to)
    email.set_content(_plain(parcel, facts))
    email.add_alternative(_html(parcel, facts), subtype="html")
    return email


def one_line(text: str) -> str:
    """Without line breaks or other controls: what may stand in a header."""
    return _CONTROL.sub(" ", text).strip()


def _subject(parcel: Parcel) -> str:
    brief = parcel.brief
    who = brief.account or brief.name or parcel.message.lead
    return f"{title_of(parcel.message)}: {who}"


def _facts(parcel: Parcel, to: Recipient) -> list[tuple[str, str]]:
    """What is needed, each with its name; a line each in both forms."""
    message, brief = parcel.message, parcel.brief
    due = message.due_at
    told: list[tuple[str, str | None]] = [
        ("Do", message.act),
        ("Until", _until(due, parcel.sent_at, to) if due is not None else None),
        ("Clock", tell_clock(message.clock) if message.clock is not None else None),
        ("Buyer", brief.name),
        ("E-mail", brief.email),
        ("Phone", brief.phone),
        ("Account", brief.account),
        ("Asked for", spaced(message.lead_type) if message.lead_type is not None else None),
        ("Did", ", ".join(map(spaced, brief.did)) or None),
        ("Why", message.threshold),
        ("Owner", message.owner),
        ("Because", spaced(message.reason) if message.reason is not None else None),
        (
            "Contract" if message.what == ACTIVATION_DENIED else "Handoff",
            message.handoff or message.lead,
        ),
    ]
    return [(name, one_line(value)[:VALUE_CHARACTERS_MAX]) for name, value in told if value]


def _until(due_at: datetime, sent_at: datetime, to: Recipient) -> str:
    local = due_at.astimezone(ZoneInfo(to.timezone))
    left = due_at - sent_at
    told = tell_span(left) + (" left" if left.total_seconds() > 0 else " ago")
    return f"{local:%a %d %b, %H:%M} {to.timezone} ({told})"


def _plain(parcel: Parcel, facts: list[tuple[str, str]]) -> str:
    lines = [title_of(parcel.message), ""]
    lines += [f"{name + ':':<10} {value}" for name, value in facts]
    if parcel.links:
        lines += ["", *(f"{act.capitalize()}: {url}" for act, url in parcel.links.items())]
        lines += ["", "Each link opens a page with one button, works once, and for 24 hours."]
    return "\n".join(lines) + "\n"


def _html(parcel: Parcel, facts: list[tuple[str, str]]) -> str:
    rows = "".join(
        f'<tr><th align="left">{escape(name)}</th><td>{escape(value)}</td></tr>\n'
        for name, value in facts
    )
    links = " · ".join(
        f'<a href="{escape(url, quote=True)}">{escape(act.capitalize())}</a>'
        for act, url in parcel.links.items()
    )
    return (
        f"<!doctype html>\n<html><body>\n<h1>{escape(title_of(parcel.message))}</h1>\n"
        f"<table>\n{rows}</table>\n" + (f"<p>{links}</p>\n" if links else "") + "</body></html>\n"
    )
