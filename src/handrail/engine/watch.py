"""What a look from outside means: which faults last, and who is told what. Pure.

One trouble of a kind: told when it begins, again each hour while it lasts, and when it is over.
What follows from another fault is not judged while that one lasts, so that one cause is one alarm.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, assert_never

import msgspec

from handrail.engine.heartbeat import Heartbeat
from handrail.engine.ports import Health
from handrail.engine.telling import tell_span

WatchKind = Literal["database", "engine", "clocks", "deliveries", "parked", "invariant"]
KINDS: tuple[WatchKind, ...] = (
    "database",
    "engine",
    "clocks",
    "deliveries",
    "parked",
    "invariant",
)
# Neither begun nor ended while the other one lasts: nothing is known of them, or they follow.
UNKNOWN_WITH: Mapping[WatchKind, frozenset[WatchKind]] = {
    "database": frozenset(KINDS) - {"database"},
    "engine": frozenset({"clocks", "deliveries"}),
}


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Above these something is wrong."""

    beat: timedelta = timedelta(seconds=30)  # the age of the latest heartbeat, either way
    clocks: timedelta = timedelta(seconds=30)  # how long a wake-up is overdue
    database: timedelta = timedelta(seconds=15)  # of silence: a node that restarts brings its own
    deliveries: timedelta = timedelta(minutes=2)  # how long a due delivery waits
    parked_max: int = 0
    again: timedelta = timedelta(hours=1)  # between two messages on one trouble


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What the database showed. `faults`: invariants and links of the ledger that do not hold."""

    at: datetime
    heartbeats: tuple[Heartbeat, ...]
    health: Health
    faults: tuple[str, ...] = ()


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """The database did not answer."""

    at: datetime
    reason: str


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """One fault for as long as it lasts. `told_at`: the last message that a channel took."""

    kind: WatchKind
    since: datetime
    said: str
    told_at: datetime | None = None


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One message about one trouble. `key` is the same at each repeat of this message."""

    key: str
    kind: WatchKind
    state: Literal["began", "lasts", "recovered"]
    since: datetime
    at: datetime
    said: str
    remedy: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The troubles after a look, and what is to be said of them.

    A trouble that is over stays in `troubles` until its message was taken.
    """

    found: Mapping[WatchKind, str]
    troubles: tuple[Trouble, ...]
    alarms: tuple[Alarm, ...]


def judge(*, seen: Look | Silence, open: Sequence[Trouble], limits: Limits) -> Judged:
    """Every alarm is due until `settle` hears that a channel took it."""
    found = faults_of(seen, limits=limits)
    known = {trouble.kind: trouble for trouble in open}
    # For one look more after it ended: what was held up needs a moment.
    lasting = {*found, *known}
    unknown = {kind for one in lasting for kind in UNKNOWN_WITH.get(one, frozenset())}
    troubles: list[Trouble] = []
    alarms: list[Alarm] = []
    for kind in KINDS:
        trouble = known.get(kind)
        if kind in unknown:
            troubles += [trouble] if trouble is not None else []
        elif kind in found:
            trouble = _lasting(kind, trouble, said=found[kind], now=seen.at)
            troubles.append(trouble)
            if _is_due(trouble, now=seen.at, limits=limits):
                alarms.append(_alarm(trouble, now=seen.at, is_over=False))
        elif trouble is not None and trouble.told_at is not None:
            troubles.append(trouble)
            alarms.append(_alarm(trouble, now=seen.at, is_over=True))
    return Judged(found=found, troubles=tuple(troubles), alarms=tuple(alarms))


def settle(
    troubles: Sequence[Trouble], *, taken: Sequence[Alarm], now: datetime
) -> tuple[Trouble, ...]:
    """The troubles once these alarms were taken by a channel."""
    by_kind = {alarm.kind: alarm for alarm in taken}
    kept: list[Trouble] = []
    for trouble in troubles:
        alarm = by_kind.get(trouble.kind)
        if alarm is None:
            kept.append(trouble)
        elif alarm.state != "recovered":
            kept.append(msgspec.structs.replace(trouble, told_at=now))
    return tuple(kept)


def _is_due(trouble: Trouble, *, now: datetime, limits: Limits) -> bool:
    if trouble.told_at is not None:
        return now - trouble.told_at >= limits.again
    return trouble.kind != "database" or now - trouble.since >= limits.database


def _lasting(kind: WatchKind, trouble: Trouble | None, *, said: str, now: datetime) -> Trouble:
    if trouble is None:
        return Trouble(kind=kind, since=now, said=said)
    return msgspec.structs.replace(trouble, said=said)


def _alarm(trouble: Trouble, *, now: datetime, is_over: bool) -> Alarm:
    state: Literal["began", "lasts", "recovered"] = "lasts"
    if is_over:
        state = "recovered"
    elif trouble.told_at is None:
        state = "began"
    since = int(trouble.since.timestamp())
    part: str = state
    if state == "lasts" and trouble.told_at is not None:
        part = f"after-{int(trouble.told_at.timestamp())}"
    return Alarm(
        key=f"watch-{trouble.kind}-{since}-{part}",
        kind=trouble.kind,
        state=state,
        since=trouble.since,
        at=now,
        said=trouble.said,
        remedy=remedy_of(trouble.kind),
    )


# --- what is wrong


def faults_of(seen: Look | Silence, *, limits: Limits) -> dict[WatchKind, str]:
    """What does not hold, in words without any name of a person. Empty: all is well."""
    match seen:
        case Silence():
            return {"database": f"The database does not answer: {seen.reason}"}
        case Look():
            said = {
                "engine": _engine(seen, limits),
                "clocks": _clocks(seen, limits),
                "deliveries": _deliveries(seen, limits),
                "parked": _parked(seen.health, limits),
                "invariant": _invariant(seen.faults),
            }
            return {kind: said[kind] for kind in KINDS if said.get(kind)}
        case _:
            assert_never(seen)


def _engine(look: Look, limits: Limits) -> str:
    """A heartbeat of the future counts as none: a node's clock that runs ahead would hide it."""
    beats = [beat for beat in look.heartbeats if beat.runs_clocks]
    if any(abs(look.at - beat.at) <= limits.beat for beat in beats):
        return ""
    if not beats:
        return "No node that runs clocks has a heartbeat."
    last = max(beats, key=lambda beat: (beat.at, beat.node))
    if last.at > look.at:
        return f"The heartbeat of {last.node} is {tell_span(last.at - look.at)} ahead of our clock."
    return f"No node has a heartbeat: the last was {tell_span(look.at - last.at)} ago, {last.node}."


def _clocks(look: Look, limits: Limits) -> str:
    due_at = look.health.oldest_due_at
    if due_at is not None and look.at - due_at > limits.clocks:
        late = tell_span(look.at - due_at)
        return f"Clocks stand: {look.health.overdue} wake-ups are due, the oldest for {late}."
    live = [
        beat
        for beat in look.heartbeats
        if beat.runs_clocks and abs(look.at - beat.at) <= limits.beat
    ]
    if live and all(_stands(beat, limits) for beat in live):
        return "Clocks stand: the nodes run, and none of them looks for what is due."
    return ""


def _stands(beat: Heartbeat, limits: Limits) -> bool:
    return beat.looked_at is not None and beat.at - beat.looked_at > limits.clocks


def _deliveries(look: Look, limits: Limits) -> str:
    due_at = look.health.oldest_delivery_at
    if due_at is None or look.at - due_at <= limits.deliveries:
        failing = look.health.failing_deliveries
        if failing:
            return f"Deliveries fail: {failing} could not be sent for over half an hour."
        return ""
    waiting = look.health.waiting_deliveries
    late = tell_span(look.at - due_at)
    return f"Deliveries age: {waiting} wait, the first of those that are late for {late}."


def _parked(health: Health, limits: Limits) -> str:
    if health.parked_deliveries <= limits.parked_max:
        return ""
    return f"{health.parked_deliveries} deliveries are parked: whoever they were for was not told."


def _invariant(faults: Sequence[str]) -> str:
    """The faults name leads and reps, so they stay here."""
    return f"{len(faults)} invariants of the stored state do not hold." if faults else ""


def remedy_of(kind: WatchKind) -> str:
    match kind:
        case "database":
            return "See that PostgreSQL runs and can be reached; `handrail serve` starts its own."
        case "engine":
            return "Look at the process of `handrail serve`, and start it again if it stands still."
        case "clocks":
            return "Read the node's log for `look_failed`, and start the node again."
        case "deliveries":
            return "Read the node's log for the channel, and try its provider by hand."
        case "parked":
            return "See *Not delivered* in the console: send each again, or tell the person."
        case "invariant":
            return (
                "Run `handrail ledger verify`; keep the database as it is until it is understood."
            )
        case _:
            assert_never(kind)
