"""A small simulator of the first action: which windows would have closed unmet.

Leads come when they came. The kernel routes each on what has been given out so far; the rep takes
one lead after the other, within the shifts of the roster. What it leaves out: meetings and calls,
escalation after the first breach, a pool's order by deadline, caps while leads wait in a pool, and
what becomes of a handoff after its first work. So it compares two versions; it foretells no day.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Protocol

import msgspec

from handrail.lab.plan.chance import part_of_one
from handrail.terms.hours import NoWorkingTime, WorkingTime


class Assumptions(msgspec.Struct, frozen=True):
    """Medians, in seconds of working time, of exponential draws that follow from lead and seed."""

    response_seconds: int = 180  # from being free to the first action
    handling_seconds: int = 300  # from the first action to being free again
    seed: int = 1


class Routed(msgspec.Struct, frozen=True):
    """Where the kernel sends a lead. `reps`: one, or those who may take it from the pool."""

    team: str
    reps: tuple[str, ...]
    due_at: datetime
    is_timed: bool  # its window makes a rep busy, see `same_day`
    extra: int = 0  # hundredths by which it fills more of its owner's hands than one


class Desk(Protocol):
    """The kernel with a roster on which the simulator counts what it gives out."""

    def route(self, place: int) -> Routed | None:
        """Decide the lead at this place now; None when it is not for a rep."""
        ...

    def give(self, *, rep: str, routed: Routed, at: datetime) -> None: ...
    def act(self, *, rep: str, routed: Routed) -> None:
        """The first action was taken."""
        ...

    def finish(self, *, rep: str, routed: Routed) -> None: ...
    def hours(self, rep: str) -> WorkingTime: ...


class Fate(msgspec.Struct, frozen=True):
    """What became of one assigned lead. `rep` is None when nobody of the team ever works."""

    team: str
    rep: str | None
    breached: bool


class Arrival(msgspec.Struct, frozen=True):
    place: int
    lead: str
    at: datetime


def predict(
    arrivals: Sequence[Arrival], *, desk: Desk, assumptions: Assumptions
) -> dict[int, Fate]:
    """The fate of every lead that the desk routes, by its place. `arrivals` ascend by time."""
    floor = _Floor(desk=desk, assumptions=assumptions)
    fates: dict[int, Fate] = {}
    for arrival in arrivals:
        floor.move_to(arrival.at)
        routed = desk.route(arrival.place)
        if routed is not None:
            fates[arrival.place] = floor.take(arrival, routed)
    return fates


class _Turn(msgspec.Struct, frozen=True):
    rep: str
    acted_at: datetime
    free_at: datetime


class _Floor:
    """Who works on what until when."""

    def __init__(self, *, desk: Desk, assumptions: Assumptions) -> None:
        self._desk = desk
        self._assumptions = assumptions
        self._free_at: dict[str, datetime] = {}
        self._given: dict[str, int] = {}
        self._ahead: list[tuple[datetime, int, str, Routed, bool]] = []  # acts and ends
        self._count = 0

    def move_to(self, at: datetime) -> None:
        """First actions and ends up to this instant are known to the desk."""
        while self._ahead and self._ahead[0][0] <= at:
            _, _, rep, routed, ends = heappop(self._ahead)
            if ends:
                self._desk.finish(rep=rep, routed=routed)
            else:
                self._desk.act(rep=rep, routed=routed)

    def take(self, arrival: Arrival, routed: Routed) -> Fate:
        """The lead goes to the first who can take it; who was given fewer, where several can."""
        turn = self._turn(arrival, routed)
        if turn is None:
            return Fate(routed.team, None, breached=True)
        self._give(turn, routed, arrival.at)
        return Fate(routed.team, turn.rep, breached=turn.acted_at >= routed.due_at)

    def _turn(self, arrival: Arrival, routed: Routed) -> _Turn | None:
        """Who acts on it when; None when nobody ever works."""
        starts = [
            (start, self._given.get(rep, 0), rep)
            for rep in routed.reps
            if (start := self._start(rep, arrival.at)) is not None
        ]
        if not starts:
            return None
        start, _, rep = min(starts)
        hours, given = self._desk.hours(rep), self._assumptions
        response = _drawn(given.response_seconds, given.seed, arrival.lead, "response")
        handling = _drawn(given.handling_seconds, given.seed, arrival.lead, "handling")
        try:
            acted_at = hours.add(start, response)
            return _Turn(rep, acted_at, hours.add(acted_at, handling))
        except NoWorkingTime:
            return None

    def _start(self, rep: str, at: datetime) -> datetime | None:
        return self._desk.hours(rep).next_start(max(at, self._free_at.get(rep, at)))

    def _give(self, turn: _Turn, routed: Routed, at: datetime) -> None:
        self._desk.give(rep=turn.rep, routed=routed, at=at)
        self._free_at[turn.rep] = turn.free_at
        self._given[turn.rep] = self._given.get(turn.rep, 0) + 1
        self._count += 2
        heappush(self._ahead, (turn.acted_at, self._count, turn.rep, routed, False))
        heappush(self._ahead, (turn.free_at, self._count + 1, turn.rep, routed, True))


def _drawn(median_seconds: int, *names: object) -> timedelta:
    """Exponential, in whole seconds from 1: the same for a lead under either version."""
    seconds = -math.log(part_of_one(*names)) / math.log(2) * median_seconds
    return timedelta(seconds=max(1, round(seconds)))
