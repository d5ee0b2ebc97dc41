"""What the watcher makes of a look, and whom it tells, when, and how often."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from handrail.engine.heartbeat import EVERY as BEAT_EVERY
from handrail.engine.heartbeat import HELD_AFTER, Heartbeat
from handrail.engine.ports import Health
from handrail.engine.watch import (
    KINDS,
    Alarm,
    Limits,
    Look,
    Silence,
    Trouble,
    WatchKind,
    judge,
    settle,
)
from handrail.engine.watching import EVERY, LOOK_WITHIN_S, SEND_WITHIN_S
from tests.cast import START

LIMITS = Limits()
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
WELL = Health(
    overdue=0, oldest_due_at=None, waiting_deliveries=0, parked_deliveries=0, open_handoffs=1
)


def look(
    after: timedelta = timedelta(), *, beat: Any = None, faults: Any = (), **health: Any
) -> Look:
    now = START + after
    live = Heartbeat(node="a:1", role="all", at=now, looked_at=now)
    return Look(
        at=now,
        heartbeats=(live,) if beat is None else beat,
        health=msgspec.structs.replace(WELL, **health),
        faults=faults,
    )


def beat(at: timedelta, *, role: Any = "all", looked: timedelta | None = None) -> Heartbeat:
    looked_at = START + looked if looked is not None else None
    return Heartbeat(node="a:1", role=role, at=START + at, looked_at=looked_at)


def found_in(seen: Look | Silence) -> list[WatchKind]:
    return list(judge(seen=seen, open=(), limits=LIMITS).found)


def follow(
    seen: Look | Silence, open: tuple[Trouble, ...] = (), *, is_taken: bool = True
) -> tuple[tuple[Trouble, ...], list[tuple[str, str]], tuple[Alarm, ...]]:
    """One round: the troubles after it, and what was told."""
    judged = judge(seen=seen, open=open, limits=LIMITS)
    taken = judged.alarms if is_taken else ()
    troubles = settle(judged.troubles, taken=taken, now=seen.at)
    return troubles, [(alarm.kind, alarm.state) for alarm in judged.alarms], judged.alarms


def ago(seconds: float) -> timedelta:
    return -timedelta(seconds=seconds)


def test_a_service_that_runs_is_well() -> None:
    assert found_in(look()) == []


def test_a_heartbeat_of_thirty_seconds_is_young_enough_and_an_older_one_is_none() -> None:
    assert found_in(look(beat=(beat(ago(30)),))) == []
    assert found_in(look(beat=(beat(ago(31)),))) == ["engine"]


def test_without_any_node_that_runs_clocks_the_engine_is_gone() -> None:
    assert found_in(look(beat=())) == ["engine"]
    assert found_in(look(beat=(beat(ago(0), role="web"),))) == ["engine"]


def test_one_live_node_is_enough() -> None:
    other = msgspec.structs.replace(beat(ago(0)), node="b:2")
    assert found_in(look(beat=(beat(ago(300)), other))) == []


def test_a_heartbeat_of_the_future_hides_no_dead_node() -> None:
    assert found_in(look(beat=(beat(timedelta(seconds=31)),))) == ["engine"]


def test_clocks_stand_when_a_wake_up_is_overdue_for_more_than_thirty_seconds() -> None:
    assert found_in(look(overdue=3, oldest_due_at=START - 30 * SECOND)) == []
    assert found_in(look(overdue=3, oldest_due_at=START - 31 * SECOND)) == ["clocks"]


def test_clocks_stand_when_no_live_node_looks_for_what_is_due() -> None:
    hung = beat(ago(0), looked=ago(31))
    assert found_in(look(beat=(hung,))) == ["clocks"]
    works = msgspec.structs.replace(beat(ago(0), looked=ago(1)), node="b:2")
    assert found_in(look(beat=(hung, works))) == []


def test_deliveries_age_after_two_minutes() -> None:
    at = START - timedelta(minutes=2)
    assert found_in(look(waiting_deliveries=9, oldest_delivery_at=at)) == []
    assert found_in(look(waiting_deliveries=9, oldest_delivery_at=at - SECOND)) == ["deliveries"]


def test_a_parked_delivery_is_told_of() -> None:
    assert found_in(look(parked_deliveries=1)) == ["parked"]


def test_a_broken_invariant_is_told_of_without_its_names() -> None:
    judged = judge(seen=look(faults=("lead lena is nowhere",)), open=(), limits=LIMITS)
    assert list(judged.found) == ["invariant"]
    assert "lena" not in judged.alarms[0].said


def test_a_database_that_is_silent_says_nothing_of_the_rest() -> None:
    assert found_in(Silence(at=START, reason="refused")) == ["database"]


ILL: dict[WatchKind, dict[str, Any]] = {
    "engine": {"beat": ()},
    "clocks": {"overdue": 1, "oldest_due_at": START - HOUR},
    "deliveries": {"waiting_deliveries": 1, "oldest_delivery_at": START - HOUR},
    "parked": {"parked_deliveries": 1},
    "invariant": {"faults": ("gap",)},
}


def ill(kind: WatchKind, after: timedelta) -> Look | Silence:
    if kind == "database":
        return Silence(at=START + after, reason="refused")
    return look(after, **ILL[kind])


def test_a_database_that_is_away_for_a_restart_is_no_alarm() -> None:
    troubles, told, _ = follow(ill("database", timedelta()))
    assert told == []
    troubles, told, _ = follow(ill("database", 10 * SECOND), troubles)
    assert told == []
    assert follow(look(14 * SECOND), troubles)[:2] == ((), [])
    assert follow(ill("database", 15 * SECOND), troubles)[1] == [("database", "began")]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_told_once_again_after_an_hour_and_when_it_is_over(kind: WatchKind) -> None:
    begun, _, _ = follow(ill(kind, -LIMITS.database)) if kind == "database" else ((), [], ())
    troubles, told, _ = follow(ill(kind, timedelta()), begun)
    assert told == [(kind, "began")]
    for after, wanted in (
        (10 * SECOND, []),
        (HOUR - SECOND, []),
        (HOUR, [(kind, "lasts")]),
        (HOUR + SECOND, []),
    ):
        troubles, told, _ = follow(ill(kind, after), troubles)
        assert told == wanted, after
    troubles, told, _ = follow(look(2 * HOUR), troubles)
    assert (told, troubles) == ([(kind, "recovered")], ())
    assert follow(look(2 * HOUR + SECOND))[1] == []


def test_an_alarm_that_no_channel_took_is_due_again_with_the_same_key() -> None:
    troubles, told, first = follow(look(beat=()), is_taken=False)
    troubles, again, second = follow(look(10 * SECOND, beat=()), troubles)
    assert told == again == [("engine", "began")]
    assert first[0].key == second[0].key
    _, _, over = follow(look(20 * SECOND), troubles, is_taken=False)
    kept, _, _ = follow(look(20 * SECOND), troubles, is_taken=False)
    _, _, still_over = follow(look(30 * SECOND), kept)
    assert over[0].key == still_over[0].key


def test_what_was_never_told_ends_without_a_word() -> None:
    troubles, _, _ = follow(look(beat=()), is_taken=False)
    assert follow(look(10 * SECOND), troubles)[:2] == ((), [])


def test_one_cause_is_one_alarm() -> None:
    stopped: dict[str, Any] = {
        "beat": (),
        "overdue": 5,
        "oldest_due_at": START - HOUR,
        "waiting_deliveries": 5,
        "oldest_delivery_at": START - HOUR,
    }
    troubles, told, _ = follow(look(**stopped))
    assert told == [("engine", "began")]
    behind = {**stopped, "beat": None}
    troubles, told, _ = follow(look(10 * SECOND, **behind), troubles)
    assert told == [("engine", "recovered")]
    assert follow(look(20 * SECOND, **behind), troubles)[1] == [
        ("clocks", "began"),
        ("deliveries", "began"),
    ]


def test_a_silent_database_neither_ends_nor_begins_another_trouble() -> None:
    troubles, _, _ = follow(look(parked_deliveries=1))
    silent, told, _ = follow(Silence(at=START + 10 * SECOND, reason="refused"), troubles)
    silent, told, _ = follow(Silence(at=START + 25 * SECOND, reason="refused"), silent)
    assert told == [("database", "began")]
    assert [trouble.kind for trouble in silent] == ["database", "parked"]
    silent, told, _ = follow(look(20 * SECOND, parked_deliveries=1), silent)
    assert told == [("database", "recovered")]
    assert follow(look(30 * SECOND, parked_deliveries=1), silent)[1] == []


def test_by_default_a_node_that_stands_still_is_told_of_within_a_minute() -> None:
    looked = EVERY + timedelta(seconds=LOOK_WITHIN_S + SEND_WITHIN_S)
    assert max(LIMITS.beat, LIMITS.clocks) + looked <= timedelta(seconds=60)
    assert LIMITS.beat > 3 * BEAT_EVERY
    assert LIMITS.clocks > HELD_AFTER + BEAT_EVERY, "a short pause would blame the clocks"
