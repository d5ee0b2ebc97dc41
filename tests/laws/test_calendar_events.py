"""Whatever may legally stand in iCalendar, reading it ends in times or in a fault with words."""

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.connectors.icalendar.reading import items_of
from handrail.connectors.icalendar.times import times_of
from handrail.engine.calendars.source import CalendarFault, Times
from handrail.terms.people import Span
from tests.unit.connectors.test_calendar_times import span

WINDOW = span("03-01 00:00", "03-31 00:00")
HOMES = ("America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
ZONES = (
    "America/New_York",
    "Eastern Standard Time",
    "Customized Time Zone",
    "/mozilla.org/20050126_1/Europe/Berlin",
    '"GMT +0100 (Standard) / GMT +0200 (Daylight)"',
    "Atlantis",
    "",
)
DATES = ("00010101", "19691231", "20200229", "20260301", "20260308", "20260329", "20261101")
CLOCKS = ("T000000", "T023000", "T235959", "T150000")

# The library says so when it takes a zone by the end of its name, which is what we want.
pytestmark = [
    pytest.mark.filterwarnings("ignore::icalendar.error.GloballyUniqueTZIDGuessed"),
    pytest.mark.long,
]


def calendar_of(lines: str) -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{lines}\r\nEND:VCALENDAR\r\n".encode()


dates = st.sampled_from(DATES)
clocks = st.sampled_from(CLOCKS)


def starts(name: str) -> st.SearchStrategy[str]:
    """A whole day, a floating time, one in UTC, one of a zone."""
    return st.one_of(
        dates.map(lambda day: f"{name};VALUE=DATE:{day}"),
        st.builds(lambda day, clock: f"{name}:{day}{clock}", dates, clocks),
        st.builds(lambda day, clock: f"{name}:{day}{clock}Z", dates, clocks),
        st.builds(
            lambda day, clock, zone: f"{name};TZID={zone}:{day}{clock}",
            dates,
            clocks,
            st.sampled_from(ZONES),
        ),
    )


lengths = st.one_of(
    st.sampled_from(("PT1H", "P1D", "PT0S", "-PT1H", "P1W", "P1DT2H")).map("DURATION:{}".format),
    starts("DTEND"),
)
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "SECONDLY")
rules = st.builds(
    "RRULE:FREQ={}{}{}".format,
    st.sampled_from(FREQUENCIES),
    st.sampled_from(("", ";INTERVAL=2", ";INTERVAL=0", ";COUNT=3", ";UNTIL=20260310", ";COUNT=0")),
    st.sampled_from(
        (
            "",
            ";BYDAY=MO,-1FR",
            ";BYMONTHDAY=31",
            ";BYSETPOS=-1;BYDAY=SU",
            ";BYHOUR=1,2,3",
            ";WKST=SU",
        )
    ),
)
others = st.one_of(
    rules,
    starts("EXDATE"),
    starts("RDATE"),
    starts("RECURRENCE-ID"),
    st.just("RDATE;VALUE=PERIOD:20260305T150000Z/PT2H"),
    st.sampled_from(("STATUS:CANCELLED", "STATUS:TENTATIVE", "STATUS:", "TRANSP:TRANSPARENT")),
    st.sampled_from(("OOF", "FREE", "BUSY", "TENTATIVE", "WORKINGELSEWHERE", "")).map(
        "X-MICROSOFT-CDO-BUSYSTATUS:{}".format
    ),
    st.just('ATTENDEE;CN="Ada; Adler";PARTSTAT=DECLINED:mailto:ada@acme.example'),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=9).map(
        "SUMMARY:{}".format
    ),
)
events = st.builds(
    lambda uid, start, rest: ["BEGIN:VEVENT", *uid, start, *rest, "END:VEVENT"],
    st.sampled_from(([], ["UID:a"], ["UID:b"])),
    starts("DTSTART"),
    st.lists(st.one_of(lengths, others), max_size=4),
)
calendars = st.lists(events, min_size=1, max_size=3).map(
    lambda found: calendar_of("\r\n".join(line for one in found for line in one))
)


def read(text: bytes, home: str) -> Times | None:
    """None where it is refused in words."""
    try:
        items = items_of(text, own=frozenset({"ada@acme.example"}))
        return times_of(items, zone=home, window=WINDOW)
    except CalendarFault:
        return None


def is_ordered(spans: tuple[Span, ...]) -> bool:
    inside = all(WINDOW.from_at <= one.from_at < one.until_at <= WINDOW.until_at for one in spans)
    return inside and all(one.until_at < then.from_at for one, then in pairwise(spans))


@given(text=calendars, home=st.sampled_from(HOMES))
def test_times_lie_in_the_window_and_apart_or_are_refused_in_words(text: bytes, home: str) -> None:
    found = read(text, home)
    assert found is None or (is_ordered(found.busy) and is_ordered(found.away))


@given(day=st.sampled_from(("20260302", "20260308", "20260329")), home=st.sampled_from(HOMES))
def test_a_whole_day_begins_at_the_rep_s_midnight(day: str, home: str) -> None:
    event = f"BEGIN:VEVENT\r\nUID:a\r\nDTSTART;VALUE=DATE:{day}\r\nEND:VEVENT"
    found = read(calendar_of(event), home)
    assert found is not None
    (busy,) = found.busy
    begins = busy.from_at.astimezone(ZoneInfo(home))
    assert f"{begins:%Y%m%d %H:%M}" == f"{day} 00:00"


@given(st.binary(max_size=60), st.sampled_from(HOMES))
def test_what_is_no_calendar_is_refused_in_words(noise: bytes, home: str) -> None:
    for text in (noise, b"BEGIN:VCALENDAR\r\n" + noise + b"\r\nEND:VCALENDAR\r\n"):
        read(text, home)
