"""What somebody says of themselves ends, whoever said it and however."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.engine.presence import (
    AWAY_LASTS,
    CALL_LASTS,
    CALL_LASTS_MAX,
    bounded,
    next_at,
    presence_now,
)
from handrail.terms.evidence import RepConditions
from handrail.terms.people import Presence, PresenceState

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
STATES: tuple[PresenceState, ...] = ("available", "away", "on_call")


def test_what_is_said_without_an_end_has_one() -> None:
    assert bounded(Presence(state="on_call"), now=NOW).until == NOW + CALL_LASTS
    assert bounded(Presence(state="away"), now=NOW).until == NOW + AWAY_LASTS


def test_a_call_lasts_no_longer_than_any_call_does() -> None:
    said = Presence(state="on_call", until=NOW + timedelta(days=365))
    assert bounded(said, now=NOW).until == NOW + CALL_LASTS_MAX


def test_somebody_is_away_for_as_long_as_they_say() -> None:
    said = Presence(state="away", until=NOW + timedelta(days=10))
    assert bounded(said, now=NOW) == said


def test_who_is_available_waits_for_nothing() -> None:
    said = Presence(state="available", until=NOW + timedelta(hours=1))
    assert bounded(said, now=NOW) == Presence()


@given(
    state=st.sampled_from(STATES),
    minutes=st.one_of(st.none(), st.integers(-600, 100_000)),
)
def test_nobody_is_kept_from_leads_for_ever(state: PresenceState, minutes: int | None) -> None:
    until = NOW + timedelta(minutes=minutes) if minutes is not None else None
    found = bounded(Presence(state=state, until=until), now=NOW)
    assert found.state == "available" or found.until is not None
    assert found.state != "on_call" or found.until <= NOW + CALL_LASTS_MAX  # type: ignore[operator]  # it has an end


@pytest.mark.parametrize(
    ("text", "timezone", "found"),
    [
        ("15:00", "America/New_York", datetime(2026, 3, 2, 20, tzinfo=UTC)),
        ("9:30", "America/New_York", datetime(2026, 3, 3, 14, 30, tzinfo=UTC)),
        ("10:00", "America/New_York", datetime(2026, 3, 3, 15, tzinfo=UTC)),
        ("00:00", "UTC", datetime(2026, 3, 3, tzinfo=UTC)),
        ("24:00", "UTC", None),
        ("12:60", "UTC", None),
        ("12", "UTC", None),
        ("1２:00", "UTC", None),
        ("", "UTC", None),
    ],
)
def test_a_clock_shows_it_next(text: str, timezone: str, found: datetime | None) -> None:
    assert next_at(text, timezone=timezone, now=NOW) == found


def test_a_call_in_progress_comes_before_what_was_said() -> None:
    away = RepConditions(
        presence=Presence(state="away", until=NOW + timedelta(hours=1)),
        presence_by="rep:ada",
        call_until=NOW + timedelta(minutes=5),
    )
    assert presence_now(away, now=NOW)[0].state == "on_call"
    assert presence_now(away, now=NOW + timedelta(minutes=5)) == (away.presence, "rep:ada")
    assert presence_now(away, now=NOW + timedelta(hours=1)) == (Presence(), None)
