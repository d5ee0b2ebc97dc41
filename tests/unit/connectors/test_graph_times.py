"""What Graph tells of events, read as the person in them would: instants by hand."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from handrail.connectors.microsoft.reading import GraphEvent, item_of, ours_of
from handrail.connectors.microsoft.times import times_of
from handrail.connectors.microsoft.zones import iana
from handrail.engine.calendars.source import CalendarFault, Times
from tests.unit.connectors.test_calendar_times import span

WHOLE = span("03-01 00:00", "03-31 00:00")


def moment(at: str, zone: str | None = "UTC") -> dict[str, Any]:
    """`03-02T15:00` in 2026."""
    return {"dateTime": f"2026-{at}:00.0000000", "timeZone": zone}


def meeting(
    begins: str = "03-02T15:00", ends: str = "03-02T16:00", zone: str | None = "UTC", **more: Any
) -> dict[str, Any]:
    return {
        "id": "e1",
        "type": "singleInstance",
        "subject": "Secret plan",
        "start": moment(begins, zone),
        "end": moment(ends, zone),
        "isAllDay": False,
        "isCancelled": False,
        "showAs": "busy",
        "sensitivity": "normal",
        **more,
    }


def day(begins: str, ends: str, **more: Any) -> dict[str, Any]:
    return meeting(begins, ends, **{"isAllDay": True, **more})


def read(*events: Mapping[str, Any], zone: str = "America/New_York") -> Times:
    found = msgspec.convert(events, tuple[GraphEvent, ...])
    items = [item for item in map(item_of, found) if item is not None]
    assert all(b"Secret" not in item.body for item in items)
    return times_of(items, zone=zone, window=WHOLE)


HOUR = [("03-02 15:00", "03-02 16:00")]
CASES: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "a meeting": (meeting(), HOUR),
    "tentative": (meeting(showAs="tentative"), HOUR),
    "shown as unknown": (meeting(showAs="unknown"), HOUR),
    "shown as something new": (meeting(showAs="focusing"), HOUR),
    "free": (meeting(showAs="free"), []),
    "working elsewhere": (meeting(showAs="workingElsewhere"), []),
    "cancelled": (meeting(isCancelled=True), []),
    "declined": (meeting(responseStatus={"response": "declined", "time": None}), []),
    "not answered yet": (meeting(responseStatus={"response": "notResponded"}), HOUR),
    "private": (meeting(sensitivity="private"), HOUR),
    "an hour out of office": (meeting(showAs="oof"), HOUR),
    "without length": (meeting(ends="03-02T15:00"), []),
    "turned round": (meeting(ends="03-02T14:00"), []),
    "a zone as Windows names it": (
        meeting("03-02T10:00", "03-02T11:00", "Eastern Standard Time"),
        HOUR,
    ),
    "the same in summer time": (
        meeting("03-09T10:00", "03-09T11:00", "Eastern Standard Time"),
        [("03-09 14:00", "03-09 15:00")],
    ),
    "a zone of another case": (
        meeting("03-02T16:00", "03-02T17:00", "w. europe standard time"),
        HOUR,
    ),
    "an IANA zone": (meeting("03-02T16:00", "03-02T17:00", "Europe/Berlin"), HOUR),
    "no zone is UTC": (meeting(zone=None), HOUR),
    "a zone of somebody's own is the rep's": (
        meeting("03-02T10:00", "03-02T11:00", "Customized Time Zone"),
        HOUR,
    ),
    "a time that names its offset": (
        meeting(start={"dateTime": "2026-03-02T10:00:00-05:00", "timeZone": "UTC"}),
        HOUR,
    ),
    "in the hour that summer time skips": (
        meeting("03-08T02:30", "03-08T03:30", "Eastern Standard Time"),
        [],  # 02:30 and 03:30 are the same instant there
    ),
    "a whole day lies in the rep's zone": (
        day("03-02T00:00", "03-03T00:00"),
        [("03-02 05:00", "03-03 05:00")],
    ),
    "a whole day of another zone is the same date": (
        day("03-02T00:00", "03-03T00:00", originalStartTimeZone="Tokyo Standard Time"),
        [("03-02 05:00", "03-03 05:00")],
    ),
    "a whole day that the server turned into UTC": (
        day("03-01T15:00", "03-02T15:00", originalStartTimeZone="Tokyo Standard Time"),
        [("03-02 05:00", "03-03 05:00")],
    ),
    "a whole day told in its own zone": (
        day("03-02T00:00", "03-03T00:00", zone="Tokyo Standard Time"),
        [("03-02 05:00", "03-03 05:00")],
    ),
    "a whole day of a zone that nobody knows": (
        day("03-02T00:00", "03-03T00:00", zone="tzone://Microsoft/Custom"),
        [("03-02 05:00", "03-03 05:00")],
    ),
    "the day on which summer time begins has 23 hours": (
        day("03-08T00:00", "03-09T00:00"),
        [("03-08 05:00", "03-09 04:00")],
    ),
    "a whole day that ends where it begins": (
        day("03-02T00:00", "03-02T00:00"),
        [("03-02 05:00", "03-03 05:00")],
    ),
    "a whole day without midnights is taken as it is": (day("03-02T15:00", "03-02T16:00"), HOUR),
    "since for ever": (
        meeting(start={"dateTime": "0001-01-01T00:00:00", "timeZone": "UTC"}),
        [("03-01 00:00", "03-02 16:00")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_takes_the_time_is_busy_and_nothing_else_is(case: str) -> None:
    event, expected = CASES[case]
    found = read(event)
    assert found.busy == tuple(span(*one) for one in expected)
    assert found.away == ()


AWAY: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "a day out of office": (
        day("03-02T00:00", "03-03T00:00", showAs="oof"),
        ("03-02 05:00", "03-03 05:00"),
    ),
    "eight hours out of office": (
        meeting("03-02T15:00", "03-02T23:00", showAs="oof"),
        ("03-02 15:00", "03-02 23:00"),
    ),
}


@pytest.mark.parametrize("case", AWAY)
def test_a_long_time_out_of_office_is_an_absence(case: str) -> None:
    event, expected = AWAY[case]
    found = read(event)
    assert (found.busy, found.away) == ((), (span(*expected),))


def bare(number: int, begins: str, ends: str) -> dict[str, Any]:
    """An occurrence as `delta` tells it."""
    times = {"start": moment(begins), "end": moment(ends)}
    return {"id": f"s-{number}", "type": "occurrence", "seriesMasterId": "s", **times}


SERIES = meeting("02-02T15:00", "02-02T16:00", id="s", type="seriesMaster")


def test_the_occurrences_of_a_series_count_and_the_series_itself_does_not() -> None:
    first, second = bare(0, "03-02T15:00", "03-02T16:00"), bare(1, "03-09T14:00", "03-09T15:00")
    assert read({**SERIES, **{"start": moment("03-05T15:00"), "end": moment("03-05T16:00")}}) == (
        Times()
    )
    found = read(SERIES, first, second)
    assert found.busy == (
        span("03-02 15:00", "03-02 16:00"),
        span("03-09 14:00", "03-09 15:00"),
    )


@pytest.mark.parametrize("more", [{"showAs": "free"}, {"isCancelled": True}], ids=str)
def test_an_occurrence_counts_as_its_series_does(more: dict[str, Any]) -> None:
    assert read({**SERIES, **more}, bare(0, "03-02T15:00", "03-02T16:00")) == Times()


def test_a_series_of_whole_days_has_whole_days() -> None:
    series = {**SERIES, "isAllDay": True, "originalStartTimeZone": "Tokyo Standard Time"}
    found = read(series, bare(0, "03-01T15:00", "03-02T15:00"))
    assert found.busy == (span("03-02 05:00", "03-03 05:00"),)


def test_an_exception_counts_as_it_says_itself() -> None:
    times = {"start": moment("03-03T18:00"), "end": moment("03-03T19:00")}
    moved = {**SERIES, "id": "s-x", "type": "exception", "seriesMasterId": "s", **times}
    assert read({**SERIES, "showAs": "free"}, moved).busy == (span("03-03 18:00", "03-03 19:00"),)
    assert read(SERIES, {**moved, "isCancelled": True}) == Times()


def test_an_occurrence_whose_series_is_gone_is_gone() -> None:
    assert read(bare(0, "03-02T15:00", "03-02T16:00")) == Times()


def test_what_we_have_written_is_not_read_back() -> None:
    assert read(meeting(transactionId="0-abc@handrail")) == Times()
    assert read(meeting(transactionId="somebody-else")).busy == (
        span("03-02 15:00", "03-02 16:00"),
    )


@pytest.mark.parametrize(
    ("transaction", "found"),
    [
        ("0-abc@handrail", ("abc@handrail", 0)),
        ("12-abc@handrail", ("abc@handrail", 12)),
        ("abc@handrail", None),
        ("x-abc@handrail", None),
        ("9999999-abc@handrail", None),
        ("0-abc@elsewhere", None),
        ("", None),
        (None, None),
    ],
)
def test_a_meeting_of_ours_is_known_by_its_transaction(
    transaction: str | None, found: tuple[str, int] | None
) -> None:
    event = msgspec.convert(meeting(transactionId=transaction), GraphEvent)
    ours = ours_of(event)
    assert (None if ours is None else (ours.uid, ours.sequence)) == found
    if ours is not None:
        assert ours.span == span("03-02 15:00", "03-02 16:00")


@pytest.mark.parametrize("more", [{"isAllDay": True}, {"type": "seriesMaster"}], ids=str)
def test_of_whole_days_and_series_no_time_is_told(more: dict[str, Any]) -> None:
    event = msgspec.convert(meeting(transactionId="0-abc@handrail", **more), GraphEvent)
    ours = ours_of(event)
    assert ours is not None and ours.span is None


@pytest.mark.parametrize("text", ["", "soon", "2026-13-02T15:00:00", "2026-03-02T25:00:00"])
def test_a_time_that_is_none_is_told(text: str) -> None:
    with pytest.raises(CalendarFault, match="cannot be read"):
        read(meeting(start={"dateTime": text, "timeZone": "UTC"}))


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("UTC", "UTC"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("UTC-11", "Etc/GMT+11"),
        ("Asia/Kathmandu", "Asia/Kathmandu"),
        ("tzone://Microsoft/Custom", None),
        ("../../etc/passwd", None),
        ("", None),
        (None, None),
    ],
)
def test_zones_are_known_by_the_names_that_graph_uses(name: str | None, zone: str | None) -> None:
    assert iana(name) == zone
