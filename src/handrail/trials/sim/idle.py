"""I19: no lead waits in a pool while a member could take it, by the kernel's own judgement."""

from collections.abc import Iterator
from datetime import datetime

from handrail.engine.ledger import Entry
from handrail.engine.ports import LoadRow, Turn
from handrail.engine.standing import Standing, StandingAt
from handrail.engine.versions import compile_roster
from handrail.kernel.decision import Case
from handrail.kernel.pool import serve, waiting_of
from handrail.terms import event as ev
from handrail.terms.evidence import RepConditions
from handrail.terms.people import Roster
from handrail.trials.sim.book import Book
from handrail.trials.sim.world import World


class Idle:
    """Where people truly stand, counted by the book; no node's memory is asked."""

    def __init__(self, world: World) -> None:
        self._rosters: dict[str, Roster] = {}
        self._contracts = {plan.stored.digest: plan.contract for plan in world.contracts}
        self._truth: Standing | None = None

    def count(self, entry: Entry, book: Book) -> None:
        if entry.kind == "roster" and book.roster is not None:
            stored = book.roster.stored
            if stored.digest not in self._rosters:
                self._rosters[stored.digest] = compile_roster(stored)
            roster = self._rosters[stored.digest]
            if self._truth is None:
                self._truth = Standing(roster=roster)
            self._truth.adopt(roster)
        for event in entry.events:
            match event:
                case ev.Assigned(to=to) | ev.HandedOver(to=to) if to.rep is not None:
                    assert self._truth is not None
                    turn = Turn(seq=entry.seq, at=entry.at, team=to.team, rep=to.rep)
                    self._truth.add_turn(turn)
                case _:
                    pass

    def missed(
        self, *, book: Book, cases: dict[str, Case], first: datetime, last: datetime
    ) -> Iterator[str]:
        """Leads that could be bound whichever of the nodes' clocks one reads."""
        waiting = [case for case in cases.values() if _waits(case)]
        if not waiting or self._truth is None:
            return
        self._recount(self._truth, book)
        found = [self._bindable(self._truth, waiting, now) for now in sorted({first, last})]
        for row in sorted(set.intersection(*found)):
            yield f"I19: {row} is free"

    def _bindable(self, truth: Standing, waiting: list[Case], now: datetime) -> set[str]:
        handoff = waiting[0].handoff
        assert handoff is not None
        bindings = serve(
            waiting=[waiting_of(contracts=self._contracts, case=case) for case in waiting],
            staffing=StandingAt(of=truth, contract=self._contracts[handoff.contract], now=now),
            now=now,
        )
        return {f"{binding.handoff} waits while {binding.rep}" for binding in bindings}

    def _recount(self, truth: Standing, book: Book) -> None:
        for rep in truth.roster.reps:
            hands = book.hands_of(rep)
            truth.loads[rep] = LoadRow(open=hands.open, unworked=hands.unworked, timed=hands.timed)
            truth.set_conditions(rep, book.conditions.get(rep, RepConditions()))


def _waits(case: Case) -> bool:
    handoff = case.handoff
    return (
        handoff is not None
        and handoff.is_open
        and handoff.stage != "triage"
        and handoff.owner.rep is None
    )
