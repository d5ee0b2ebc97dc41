"""What calendars say, read as the person in them would: each case with its instants by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from handrail.connectors.icalendar.reading import items_of
from handrail.connectors.icalendar.times import times_of
from handrail.engine.calendars.source import CalendarFault, Times
from handrail.terms.people import Span

OWN = frozenset({"ada@acme.example"})


def calendar(*events: Sequence[str], head: Sequence[str] = ()) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *head]
    for number, event in enumerate(events):
        uid = [] if any(line.startswith("UID") for line in event) else [f"UID:{number}"]
        stamp = "DTSTAMP:20260101T000000Z"
        lines += ["BEGIN:VEVENT", *uid, stamp, *event, "SUMMARY:Secret plan", "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def at(text: str) -> datetime:
    """`03-08 15:00`, UTC in 2026."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def span(begins: str, ends: str) -> Span:
    return Span(at(begins), at(ends))


def read(
    *events: Sequence[str],
    window: tuple[str, str] = ("03-01 00:00", "03-31 00:00"),
    zone: str = "America/New_York",
    head: Sequence[str] = (),
) -> Times:
    items = items_of(calendar(*events, head=head), own=OWN)
    return times_of(items, zone=zone, window=span(*window))


NEW_YORK = "DTSTART;TZID=America/New_York:20260302T100000"
HOUR = "DURATION:PT1H"
CASES = {
    "a meeting": ([NEW_YORK, HOUR], [("03-02 15:00", "03-02 16:00")]),
    "each week over the change to summer time": (
        [NEW_YORK, HOUR, "RRULE:FREQ=WEEKLY;COUNT=2"],
        [("03-02 15:00", "03-02 16:00"), ("03-09 14:00", "03-09 15:00")],
    ),
    "each week by UTC stays where it is": (
        ["DTSTART:20260302T150000Z", HOUR, "RRULE:FREQ=WEEKLY;COUNT=2"],
        [("03-02 15:00", "03-02 16:00"), ("03-09 15:00", "03-09 16:00")],
    ),
    "an end in local time, given in UTC": (
        [NEW_YORK, HOUR, "RRULE:FREQ=DAILY;UNTIL=20260303T150000Z"],
        [("03-02 15:00", "03-02 16:00"), ("03-03 15:00", "03-03 16:00")],
    ),
    "one instance left out": (
        [
            NEW_YORK,
            HOUR,
            "RRULE:FREQ=DAILY;COUNT=3",
            "EXDATE;TZID=America/New_York:20260303T100000",
        ],
        [("03-02 15:00", "03-02 16:00"), ("03-04 15:00", "03-04 16:00")],
    ),
    "one more beside the rule": (
        [NEW_YORK, HOUR, "RDATE;TZID=America/New_York:20260306T080000"],
        [("03-02 15:00", "03-02 16:00"), ("03-06 13:00", "03-06 14:00")],
    ),
    "a zone as Windows names it": (
        ["DTSTART;TZID=Eastern Standard Time:20260302T100000", HOUR, "RRULE:FREQ=WEEKLY;COUNT=2"],
        [("03-02 15:00", "03-02 16:00"), ("03-09 14:00", "03-09 15:00")],
    ),
    "another zone as Windows names it": (
        ["DTSTART;TZID=W. Europe Standard Time:20260302T100000", HOUR],
        [("03-02 09:00", "03-02 10:00")],
    ),
    "a time of no zone is the rep's": (
        ["DTSTART:20260302T100000", HOUR],
        [("03-02 15:00", "03-02 16:00")],
    ),
    "a zone that nobody knows is the rep's": (
        ["DTSTART;TZID=Atlantis:20260302T100000", HOUR],
        [("03-02 15:00", "03-02 16:00")],
    ),
    "half an hour of summer time": (
        ["DTSTART;TZID=Australia/Lord_Howe:20260302T100000", HOUR],
        [("03-01 23:00", "03-02 00:00")],
    ),
    "a quarter of an hour's zone": (
        ["DTSTART;TZID=Asia/Kathmandu:20260302T100000", HOUR],
        [("03-02 04:15", "03-02 05:15")],
    ),
    "a whole day is the rep's own day": (
        ["DTSTART;VALUE=DATE:20260308"],
        [("03-08 05:00", "03-09 04:00")],  # 23 hours: the clocks go forward
    ),
    "several whole days": (
        ["DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260312"],
        [("03-10 04:00", "03-12 04:00")],
    ),
    "tentative takes the time": (
        [NEW_YORK, HOUR, "STATUS:TENTATIVE"],
        [("03-02 15:00", "03-02 16:00")],
    ),
    "private takes the time": (
        [NEW_YORK, HOUR, "CLASS:PRIVATE"],
        [("03-02 15:00", "03-02 16:00")],
    ),
    "cancelled does not": ([NEW_YORK, HOUR, "STATUS:CANCELLED"], []),
    "shown as free does not": ([NEW_YORK, HOUR, "TRANSP:TRANSPARENT"], []),
    "Outlook's free does not": ([NEW_YORK, HOUR, "X-MICROSOFT-CDO-BUSYSTATUS:FREE"], []),
    "working elsewhere does not": (
        [NEW_YORK, HOUR, "X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"],
        [],
    ),
    "Outlook's tentative does": (
        [NEW_YORK, HOUR, "TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"],
        [("03-02 15:00", "03-02 16:00")],
    ),
    "declined by the rep does not": (
        [NEW_YORK, HOUR, "ATTENDEE;PARTSTAT=DECLINED:mailto:Ada@acme.example"],
        [],
    ),
    "declined by somebody else does": (
        [NEW_YORK, HOUR, "ATTENDEE;PARTSTAT=DECLINED:mailto:ben@acme.example"],
        [("03-02 15:00", "03-02 16:00")],
    ),
    "no length takes nothing": ([NEW_YORK], []),
    "out of office for an hour is a meeting": (
        [NEW_YORK, HOUR, "X-MICROSOFT-CDO-BUSYSTATUS:OOF"],
        [("03-02 15:00", "03-02 16:00")],
    ),
    "what began before the window is cut": (
        ["DTSTART:20260220T100000Z", "DTEND:20260301T100000Z"],
        [("03-01 00:00", "03-01 10:00")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_event_takes_the_time_that_its_owner_would_say(case: str) -> None:
    event, wanted = CASES[case]
    found = read(event)
    assert found.busy == tuple(span(*one) for one in wanted)
    assert found.away == ()


def test_an_instance_that_was_moved_is_where_it_was_moved_to() -> None:
    series = ["UID:weekly", NEW_YORK, HOUR, "RRULE:FREQ=WEEKLY;COUNT=3"]
    moved = [
        "UID:weekly",
        "RECURRENCE-ID;TZID=America/New_York:20260309T100000",
        "DTSTART;TZID=America/New_York:20260310T160000",
        "DURATION:PT30M",
    ]
    cancelled = [
        "UID:weekly",
        "RECURRENCE-ID;TZID=America/New_York:20260316T100000",
        "DTSTART;TZID=America/New_York:20260316T100000",
        HOUR,
        "STATUS:CANCELLED",
    ]
    found = read(series, moved, cancelled)
    assert found.busy == (span("03-02 15:00", "03-02 16:00"), span("03-10 20:00", "03-10 20:30"))


def test_a_series_that_declined_once_is_free_then_only() -> None:
    series = ["UID:weekly", NEW_YORK, HOUR, "RRULE:FREQ=WEEKLY;COUNT=2"]
    declined = [
        "UID:weekly",
        "RECURRENCE-ID;TZID=America/New_York:20260309T100000",
        "DTSTART;TZID=America/New_York:20260309T100000",
        HOUR,
        "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@acme.example",
    ]
    assert read(series, declined).busy == (span("03-02 15:00", "03-02 16:00"),)


def test_over_the_end_of_summer_time_a_daily_meeting_moves_with_the_clock() -> None:
    event = ["DTSTART;TZID=Europe/Berlin:20261024T090000", HOUR, "RRULE:FREQ=DAILY;COUNT=2"]
    found = read(event, window=("10-20 00:00", "10-30 00:00"), zone="Europe/Berlin")
    assert found.busy == (span("10-24 07:00", "10-24 08:00"), span("10-25 08:00", "10-25 09:00"))


def test_a_zone_of_the_files_own_is_believed() -> None:
    zone = [
        "BEGIN:VTIMEZONE",
        "TZID:Our Own",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0300",
        "TZOFFSETTO:+0300",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]
    found = read(["DTSTART;TZID=Our Own:20260302T100000", HOUR], head=zone)
    assert found.busy == (span("03-02 07:00", "03-02 08:00"),)


def test_out_of_office_by_days_or_long_is_an_absence() -> None:
    oof = "X-MICROSOFT-CDO-BUSYSTATUS:OOF"
    days = ["DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260312", oof]
    long = ["DTSTART;TZID=America/New_York:20260316T090000", "DURATION:PT8H", oof]
    found = read(days, long, [NEW_YORK, HOUR])
    assert found.away == (span("03-10 04:00", "03-12 04:00"), span("03-16 13:00", "03-16 21:00"))
    assert found.busy == (span("03-02 15:00", "03-02 16:00"),)


def test_meetings_that_touch_or_overlap_are_one_stretch() -> None:
    first = ["DTSTART:20260302T150000Z", HOUR]
    inside = ["DTSTART:20260302T151500Z", "DURATION:PT10M"]
    after = ["DTSTART:20260302T160000Z", HOUR]
    assert read(first, inside, after).busy == (span("03-02 15:00", "03-02 17:00"),)


def test_nothing_is_kept_of_what_a_meeting_is_about() -> None:
    event = [
        NEW_YORK,
        HOUR,
        "LOCATION:Room of Doom",
        "DESCRIPTION:We fire Ben",
        "ORGANIZER:mailto:boss@acme.example",
        "ATTENDEE:mailto:ben@acme.example",
    ]
    kept = b"".join(item.body for item in items_of(calendar(event), own=OWN))
    for secret in (b"Secret", b"Doom", b"fire", b"boss", b"ben@", b"ada@"):
        assert secret not in kept


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"<html>Sign in</html>", "not readable"),
        (b"", "not readable"),
        (b"BEGIN:VCALENDAR\r\nSUMMARY:\0\r\nEND:VCALENDAR\r\n", "NUL"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "no VCALENDAR"),
        (calendar([NEW_YORK, HOUR, "RRULE:FREQ=SECONDLY"]), "more often than every hour"),
        (calendar([NEW_YORK, HOUR, "RRULE:FREQ=MINUTELY;INTERVAL=7"]), "more often"),
        (
            calendar(
                [NEW_YORK, HOUR, f"RRULE:FREQ=DAILY;BYMINUTE={','.join(map(str, range(60)))}"]
            ),
            "more often",
        ),
    ],
    ids=["a page", "nothing", "NUL", "an event alone", "each second", "minutes", "60 a day"],
)
def test_what_is_no_calendar_is_said_and_not_guessed(text: bytes, told: str) -> None:
    with pytest.raises(CalendarFault, match=told) as caught:
        items_of(text, own=OWN)
    assert caught.value.code == "bad_answer"


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (["DTSTART:00010101T000000Z", HOUR, "RRULE:FREQ=HOURLY"], "too long ago"),
        (["DTSTART;VALUE=DATE:00010101", "RRULE:FREQ=DAILY"], "too long ago"),
        ([NEW_YORK, HOUR, "RRULE:FREQ=DAILY;INTERVAL=0"], "without end"),
        (
            ["DTSTART:19700101T000000Z", "DTEND:20260401T000000Z", "RRULE:FREQ=DAILY"],
            "lasts far longer",
        ),
        ([NEW_YORK, "DURATION:P60000D", "RRULE:FREQ=WEEKLY"], "lasts far longer"),
    ],
    ids=["hourly since year 1", "daily since year 1", "no step", "56 years daily", "160 years"],
)
def test_an_invitation_cannot_keep_us_busy(event: Sequence[str], told: str) -> None:
    with pytest.raises(CalendarFault, match=told) as caught:
        read(event)
    assert caught.value.code == "bad_answer"


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=DAILY", "FREQ=YEARLY;INTERVAL=0"])
def test_a_zone_that_changes_its_clock_all_the_time_is_refused(rule: str) -> None:
    offsets = ["TZOFFSETFROM:+0100", "TZOFFSETTO:+0200"]
    part = ["BEGIN:STANDARD", "DTSTART:19700101T000000", f"RRULE:{rule}", *offsets, "END:STANDARD"]
    zone = ["BEGIN:VTIMEZONE", "TZID:Mars", *part, "END:VTIMEZONE"]
    with pytest.raises(CalendarFault, match="more often than by the year"):
        read(["DTSTART;TZID=Mars:20260302T100000", HOUR], head=zone)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York"])
def test_what_lasts_as_good_as_for_ever_takes_all_the_time(zone: str) -> None:
    event = ["DTSTART;VALUE=DATE:19000101", "DTEND;VALUE=DATE:23000101"]
    assert read(event, zone=zone).busy == (span("03-01 00:00", "03-31 00:00"),)


def test_old_events_that_people_do_have_are_read() -> None:
    birthday = ["DTSTART;VALUE=DATE:16040302", "RRULE:FREQ=YEARLY"]
    standing = ["DTSTART:19690303T150000Z", HOUR, "RRULE:FREQ=DAILY;UNTIL=20260303T150000Z"]
    assert read(birthday, standing).busy == (
        span("03-01 15:00", "03-01 16:00"),
        span("03-02 05:00", "03-03 05:00"),
        span("03-03 15:00", "03-03 16:00"),
    )


def test_a_rule_that_never_comes_true_ends() -> None:
    assert read([NEW_YORK, HOUR, "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"]).busy[1:] == ()
