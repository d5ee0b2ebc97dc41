"""Which people a decision consulted, noted while it looks; and the same read back for a replay."""

from datetime import datetime

from handrail.contract.model import Contract
from handrail.engine.ledger import EvidenceRecord
from handrail.engine.standing import Standing
from handrail.kernel.decision import Decision, Evidence
from handrail.kernel.reach import is_closed, reach_of
from handrail.terms import event as ev
from handrail.terms.evidence import (
    RepConditions,
    RepLoad,
    Staffing,
    TeamTally,
)
from handrail.terms.hours import WorkingTime
from handrail.terms.people import Roster

NO_CONDITIONS = RepConditions()


class Consulted:
    """A staffing that notes what is asked of it."""

    def __init__(self, below: Staffing) -> None:
        self._below = below
        self.loads: dict[str, RepLoad] = {}
        self.tallies: dict[str, dict[str, TeamTally]] = {}
        self.conditions_seen: dict[str, RepConditions] = {}
        self._saw_roster = False

    @property
    def roster(self) -> Roster:
        self._saw_roster = True
        return self._below.roster

    def load(self, rep: str) -> RepLoad:
        known = self.loads.get(rep)
        if known is None:
            known = self.loads[rep] = self._below.load(rep)
        return known

    def conditions(self, rep: str) -> RepConditions:
        conditions = self._below.conditions(rep)
        if conditions != NO_CONDITIONS:
            self.conditions_seen[rep] = conditions
        return conditions

    def tally(self, team: str, rep: str) -> TeamTally:
        tallies = self.tallies.setdefault(team, {})
        known = tallies.get(rep)
        if known is None:
            known = tallies[rep] = self._below.tally(team, rep)
        return known

    def hours(self, rep: str) -> WorkingTime:
        self._saw_roster = True
        self.conditions(rep)  # announced leave is part of the hours
        return self._below.hours(rep)

    def pool_hours(self, team: str) -> WorkingTime:
        found = self.roster.teams.get(team)
        for member in found.members if found is not None else ():
            self.conditions(member.rep)
        return self._below.pool_hours(team)

    def is_absent(self, rep: str, at: datetime) -> bool:
        return self._below.is_absent(rep, at)

    def next_midnight(self, rep: str, at: datetime) -> datetime:
        return self._below.next_midnight(rep, at)

    def record(
        self, *, conditions: str | None, evidence: Evidence, contract: Contract, decision: Decision
    ) -> EvidenceRecord:
        """What `decision` looked at, under `contract`."""
        is_judged = any(isinstance(one, ev.NoShowJudged) for one in decision.events)
        reach = reach_of(decision.case.lead, contract)
        looked = bool(self._saw_roster or self.loads or self.tallies or self.conditions_seen)
        return EvidenceRecord(
            roster=self._below.roster.digest if looked else None,
            loads=self.loads,
            tallies=self.tallies,
            conditions=conditions,
            account=evidence.account,
            at_once=evidence.at_once,
            risk=evidence.risk if is_judged else None,
            wishes=evidence.wishes and is_closed(reach),
        )


class Recorded:
    """The staffing as an entry recorded it: what a replay decides on."""

    def __init__(
        self,
        *,
        roster: Roster,
        record: EvidenceRecord,
        conditions: dict[str, RepConditions],
    ) -> None:
        self.roster = roster
        self._record = record
        self._conditions = conditions
        self._hours = Standing(roster=roster)
        for rep, known in conditions.items():
            if rep in roster.reps:
                self._hours.set_conditions(rep, known)

    def load(self, rep: str) -> RepLoad:
        return self._record.loads[rep]

    def conditions(self, rep: str) -> RepConditions:
        return self._conditions.get(rep, NO_CONDITIONS)

    def tally(self, team: str, rep: str) -> TeamTally:
        return self._record.tallies[team][rep]

    def hours(self, rep: str) -> WorkingTime:
        return self._hours.hours(rep)

    def pool_hours(self, team: str) -> WorkingTime:
        return self._hours.pool_hours(team)

    def is_absent(self, rep: str, at: datetime) -> bool:
        raise AssertionError("decisions on one case never ask who is absent")

    def next_midnight(self, rep: str, at: datetime) -> datetime:
        raise AssertionError("decisions on one case never ask for midnight")
