from datetime import UTC, datetime, timedelta, timezone

import pytest

from handrail.terms.durations import (
    format_instant,
    format_lateness,
    format_offset,
    parse_clock_time,
    parse_duration,
    parse_instant,
    parse_offset,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("5m", 300), ("1h30m", 5_400), ("2d", 172_800), ("1d2h3m4s", 93_784)],
)
def test_a_duration_is_the_sum_of_its_parts(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0m",
        "1h0m",
        "-5m",
        "5",
        "m",
        "30m1h",
        "1h1h",
        "1.5h",
        "5 m",
        "\uff15m",
        "9999999999d",
        "5m\n",
    ],
)
def test_what_is_no_duration_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|at most"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("+0m", 0), ("+5m", 300), ("+90s", 90), ("-5m", -300), ("+2880m", 172_800), ("-1s", -1)],
)
def test_an_offset_is_printed_in_whole_minutes_or_else_in_seconds(text: str, seconds: int) -> None:
    assert format_offset(timedelta(seconds=seconds)) == text


def test_a_part_of_a_second_is_printed_exactly_and_read_again() -> None:
    offset = timedelta(seconds=61, microseconds=500_010)
    assert format_offset(offset) == "+61.50001s"
    assert parse_offset("+61.50001s") == offset
    assert format_offset(timedelta(milliseconds=500)) == "+0.5s"


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("+0m", 0), ("+1h30m", 90), ("+2d", 2_880), ("+120s", 2), ("+1d1m60s", 1_442)],
)
def test_an_offset_is_read_in_any_units(text: str, minutes: int) -> None:
    assert parse_offset(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text", ["", "+", "5m", "-5m", "+5", "+5m1h", "+1.5m", "+ 5m", "+9999999d"]
)
def test_what_is_no_offset_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|at most"):
        parse_offset(text)


def test_lateness_is_in_seconds() -> None:
    assert format_lateness(timedelta(minutes=1, seconds=30)) == "90s"
    assert format_lateness(timedelta()) == "0s"
    assert format_lateness(timedelta(seconds=-1)) == "-1s"


def test_an_instant_has_microseconds_only_when_it_has_any() -> None:
    assert format_instant(datetime(2026, 3, 2, 15, tzinfo=UTC)) == "2026-03-02T15:00:00Z"
    assert format_instant(datetime(2026, 3, 2, 15, 0, 0, 7, tzinfo=UTC)).endswith(":00.000007Z")
    berlin = timezone(timedelta(hours=1))
    assert format_instant(datetime(2026, 3, 2, 16, tzinfo=berlin)) == "2026-03-02T15:00:00Z"


@pytest.mark.parametrize(
    "text",
    ["2026-03-02T15:00:00Z", "2026-03-02t15:00z", "2026-03-02 16:00:00.000+01:00"],
)
def test_an_instant_is_read_as_utc(text: str) -> None:
    at = parse_instant(text)
    assert at == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert at.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-02",
        "2026-03-02T15:00:00",
        "2026-02-30T15:00:00Z",
        "2026-03-02T24:30:00Z",
        "0001-01-01T00:00:00+01:00",
        "tomorrow",
    ],
)
def test_what_is_no_instant_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|end it with"):
        parse_instant(text)


def test_a_time_of_day_is_minutes_after_midnight() -> None:
    assert [parse_clock_time(text) for text in ("00:00", "09:05", "23:59")] == [0, 545, 1_439]


@pytest.mark.parametrize("text", ["24:00", "9:00", "12:60", "12", "", "12:00:00"])
def test_what_is_no_time_of_day_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(ValueError, match=r"write"):
        parse_clock_time(text)
