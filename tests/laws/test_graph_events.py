"""Whatever Graph may legally say of events, reading them ends in times or in a fault with words."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.connectors.microsoft.reading import GraphEvent, Page, item_of
from handrail.connectors.microsoft.times import times_of
from handrail.engine.calendars.source import CalendarFault, CalendarItem, Times
from handrail.terms.people import Span
from tests.unit.connectors.test_graph_times import WHOLE

pytestmark = pytest.mark.long

ZONES = (
    "UTC",
    "Eastern Standard Time",
    "Tokyo Standard Time",
    "Customized Time Zone",
    "tzone://Microsoft/Custom",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "",
    None,
)
HOMES = ("America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")

days = st.sampled_from(
    ("0001-01-01", "1969-12-31", "2026-03-01", "2026-03-08", "2026-03-29", "9999-12-31")
)
clocks = st.sampled_from(
    ("00:00:00", "00:00:00.0000000", "02:30:00.0000000", "15:00:00.1234567", "23:59:59.9999999")
)
offsets = st.sampled_from(("", "Z", "+14:00", "-12:00"))
moments = st.fixed_dictionaries(
    {"dateTime": st.builds("{}T{}{}".format, days, clocks, offsets)},
    optional={"timeZone": st.sampled_from(ZONES)},
)
SHOWN = ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown", "", None)
events = st.fixed_dictionaries(
    {"id": st.sampled_from(("a", "b", "s", "t")), "start": moments, "end": moments},
    optional={
        "type": st.sampled_from(("singleInstance", "occurrence", "exception", "seriesMaster")),
        "seriesMasterId": st.sampled_from(("s", "t", "a", None)),
        "isAllDay": st.sampled_from((True, False, None)),
        "isCancelled": st.sampled_from((True, False, None)),
        "showAs": st.sampled_from(SHOWN),
        "responseStatus": st.sampled_from((None, {}, {"response": "declined"})),
        "originalStartTimeZone": st.sampled_from(ZONES),
        "sensitivity": st.just("private"),
        "subject": st.text(max_size=5),
        "recurrence": st.none(),
    },
)
windows = st.lists(events, max_size=6)


def kept(told: list[dict[str, Any]]) -> list[CalendarItem]:
    body = msgspec.json.encode({"value": told, "@odata.deltaLink": "https://x/?y"})
    found = msgspec.json.decode(body, type=Page).value
    items = [item_of(event) for event in found if not event.is_partial]
    return [item for item in items if item is not None]


def ordered(spans: tuple[Span, ...]) -> bool:
    """Each is within the window and ends before the next begins."""
    inside = all(WHOLE.from_at <= one.from_at < one.until_at <= WHOLE.until_at for one in spans)
    return inside and all(one.until_at < then.from_at for one, then in pairwise(spans))


@given(told=windows, home=st.sampled_from(HOMES))
def test_times_lie_in_the_window_and_apart(told: list[dict[str, Any]], home: str) -> None:
    found = times_of(kept(told), zone=home, window=WHOLE)
    assert ordered(found.busy) and ordered(found.away)


@given(told=windows, home=st.sampled_from(HOMES), data=st.data())
def test_the_order_in_which_events_come_changes_nothing(
    told: list[dict[str, Any]], home: str, data: st.DataObject
) -> None:
    items = list({item.id: item for item in kept(told)}.values())
    shuffled = data.draw(st.permutations(items))
    assert times_of(shuffled, zone=home, window=WHOLE) == times_of(items, zone=home, window=WHOLE)


@given(told=windows, home=st.sampled_from(HOMES))
def test_what_is_cancelled_or_free_takes_no_time(told: list[dict[str, Any]], home: str) -> None:
    off = [{**one, "isCancelled": True, "showAs": "busy"} for one in told]
    free = [{**one, "showAs": "free"} for one in told]
    for without in (off, free):
        assert times_of(kept(without), zone=home, window=WHOLE) == Times()


@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(("id", "start", "end", "dateTime", "showAs")), inner)
        ),
        max_leaves=12,
    )
)
def test_an_event_of_another_form_is_refused_or_read_and_breaks_nothing(body: Any) -> None:
    try:
        event = msgspec.convert(body, GraphEvent)
        if event.removed is None and not event.is_partial:
            item_of(event)
    except (msgspec.ValidationError, CalendarFault):
        pass
