"""Whether alerts led to their act: shares by kind, person and channel, and what to demote. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from handrail.lab.proportion import wilson

WEEK = timedelta(days=7)
WEEKS_IN_A_ROW = 4  # so long below the floor, and the kind is proposed for demotion
FLOOR = 0.30

_TURN_ENDS = ("rejected", "disqualified", "merged")
_CONTACT = ("first_action", "acted", "conversation", "meeting_booked", "sql")
_STEER = ("overridden", "incident_closed", "incident_silenced")
# What counts as the act that an alert asks for. Of acts that are not here, any counts.
COUNTS: dict[str, tuple[str, ...]] = {
    "contact": (*_CONTACT, "accepted", *_TURN_ENDS),
    "accept": ("accepted", *_TURN_ENDS),
    "steer": (*_STEER, *_CONTACT, "accepted", *_TURN_ENDS),
    "take_step": (*_CONTACT, *_TURN_ENDS),
    "confirm": ("meeting_confirmed", *_CONTACT, *_TURN_ENDS),
    "rebook": ("meeting_booked", *_TURN_ENDS),
    "prepare": ("meeting_moved", "meeting_cancelled", *_CONTACT, *_TURN_ENDS),
    "complete": ("completed", *_TURN_ENDS),
}
ACTS = frozenset(
    (
        *_CONTACT,
        *_STEER,
        *_TURN_ENDS,
        "accepted",
        "completed",
        "paused",
        "recycled",
        "meeting_confirmed",
    )
)


class Told(msgspec.Struct, frozen=True):
    """One alert that a channel took. `made_at`: when it was decided; `act`: its code."""

    kind: str
    act: str
    to: str
    channel: str
    handoff: str
    made_at: datetime
    sent_at: datetime
    until: datetime


class Did(msgspec.Struct, frozen=True):
    """One act of a person on a handoff, at the act's own time. `what`: the name of its event."""

    handoff: str
    what: str
    at: datetime


class Share(msgspec.Struct, frozen=True):
    """`told`: whose window is over, or whose act was done; `open`: neither, not counted."""

    name: str
    told: int
    acted: int
    open: int
    share: float | None
    low: float | None  # of Wilson's interval, 95 %
    high: float | None


class Demotion(msgspec.Struct, frozen=True):
    """A kind of which too few were acted on, week after week. The weeks, the oldest first."""

    kind: str
    told: tuple[int, ...]
    acted: tuple[int, ...]
    low: float
    high: float


class AlertReport(msgspec.Struct, frozen=True):
    """`moot`: done before the message went out; it led to nothing and is not counted."""

    from_at: datetime
    until: datetime
    moot: int
    kinds: tuple[Share, ...]
    people: tuple[Share, ...]
    channels: tuple[Share, ...]
    demote: tuple[Demotion, ...]
    complete: bool = True


def alert_report(
    told: Iterable[Told],
    did: Iterable[Did],
    *,
    from_at: datetime,
    until: datetime,
    now: datetime,
    complete: bool = True,
) -> AlertReport:
    """Of what went out from `from_at` to before `until`. The input's order decides nothing."""
    acts = _by_handoff(did)
    within = [one for one in told if from_at <= one.sent_at < until]
    live = [one for one in within if not _is_moot(one, acts.get(one.handoff, ()))]
    seen = [(one, acted_on(one, acts.get(one.handoff, ()), now=now)) for one in live]
    return AlertReport(
        from_at=from_at,
        until=until,
        moot=len(within) - len(live),
        kinds=_shares(seen, lambda one: one.kind),
        people=_shares(seen, lambda one: one.to),
        channels=_shares(seen, lambda one: one.channel),
        demote=_demotions(seen, until=min(until, now)),
        complete=complete,
    )


def acted_on(one: Told, acts: Sequence[Did], *, now: datetime) -> bool | None:
    """Whether the act was done within the window; None while it may still be."""
    if any(one.sent_at <= did.at < one.until and _counts(did, one) for did in acts):
        return True
    return False if now >= one.until else None


def _is_moot(one: Told, acts: Sequence[Did]) -> bool:
    return any(one.made_at <= did.at < one.sent_at and _counts(did, one) for did in acts)


def _counts(did: Did, one: Told) -> bool:
    return did.what in COUNTS.get(one.act, ACTS)


def _by_handoff(did: Iterable[Did]) -> dict[str, list[Did]]:
    found: dict[str, list[Did]] = defaultdict(list)
    for one in did:
        found[one.handoff].append(one)
    return found


_Seen = Sequence[tuple[Told, bool | None]]


def _shares(seen: _Seen, name_of: Callable[[Told], str]) -> tuple[Share, ...]:
    by_name: dict[str, list[bool | None]] = defaultdict(list)
    for one, acted in seen:
        by_name[name_of(one)].append(acted)
    return tuple(_share(name, by_name[name]) for name in sorted(by_name))


def _share(name: str, found: Sequence[bool | None]) -> Share:
    acted, still = found.count(True), found.count(None)
    told = len(found) - still
    low, high = _interval(acted, told) if told else (None, None)
    share = round(acted / told, 4) if told else None
    return Share(name, told, acted, still, share, low, high)


def _demotions(seen: _Seen, *, until: datetime) -> tuple[Demotion, ...]:
    """By weeks that end with `until`; a week in which none was sent breaks the row."""
    by_kind: dict[str, list[list[bool]]] = defaultdict(lambda: [[] for _ in range(WEEKS_IN_A_ROW)])
    for one, acted in seen:
        ago = -((one.sent_at - until) // WEEK) - 1
        if acted is not None and 0 <= ago < WEEKS_IN_A_ROW:
            by_kind[one.kind][WEEKS_IN_A_ROW - 1 - ago].append(acted)
    return tuple(
        _demotion(kind, weeks)
        for kind, weeks in sorted(by_kind.items())
        if all(week and sum(week) < FLOOR * len(week) for week in weeks)
    )


def _demotion(kind: str, weeks: Sequence[Sequence[bool]]) -> Demotion:
    told, acted = tuple(map(len, weeks)), tuple(map(sum, weeks))
    low, high = _interval(sum(acted), sum(told))
    return Demotion(kind, told, acted, low, high)


def _interval(part: int, count: int) -> tuple[float, float]:
    low, high = wilson(part / count, count)
    return round(max(0.0, low), 4), round(min(1.0, high), 4)
