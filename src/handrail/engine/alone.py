"""Each lead decided alone: the kernel on a roster's `state`, without a store.

What a lead brings about is not counted for the next one, so the lines do not depend on the order
of the file.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from handrail.contract.facts import Facts
from handrail.contract.findings import Finding
from handrail.contract.model import Contract
from handrail.contract.roster import RosterFile, check_working_time
from handrail.engine.intake import read_capture
from handrail.engine.items import CaptureItem
from handrail.engine.standing import Standing, StandingAt
from handrail.engine.start import conditions_of, loads_of, turns_of
from handrail.kernel.assess import assess
from handrail.kernel.decide import decide
from handrail.kernel.decision import Decision, Evidence
from handrail.kernel.evolve import evolve
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.evidence import AccountHistory, RepConditions, RepLoad, TeamTally
from handrail.terms.hours import WorkingTime
from handrail.terms.lead import Lead
from handrail.terms.people import Roster
from handrail.terms.signal import Signal

NO_ACCOUNT = AccountHistory()


class CandidateLine(msgspec.Struct, frozen=True, gc=False):
    """One rep who was looked at. Keys and their order are the command line's promise."""

    rep: str
    eligible: bool
    reason: str
    rank: int | None


class Line(msgspec.Struct, frozen=True):
    """What was decided of one lead. Keys and their order are the command line's promise."""

    lead: str
    fit: int
    intent: int
    lead_type: str
    tier: str
    stage: str  # of the handoff, else nurture or excluded
    rule: str | None
    owner: str | None
    threshold: str | None
    candidates: tuple[CandidateLine, ...]
    missing: tuple[str, ...]


class Alone:
    """A contract and a roster at one instant, ready for any number of leads.

    `standing`: where people stand, when that is more than the roster's `state`.
    """

    def __init__(
        self,
        *,
        contract: Contract,
        roster: RosterFile,
        now: datetime,
        standing: Standing | None = None,
    ) -> None:
        self._contract = contract
        self._now = now
        below = StandingAt(of=standing or standing_of(roster), contract=contract, now=now)
        self._evidence = Evidence(staffing=Still(below), at_once=True)

    def decide(self, item: CaptureItem) -> Line:
        """Decide one lead as if it were the only one. The same lead always gives the same line."""
        decision = decide(
            contract=self._contract,
            case=None,
            command=_capture(item, self._now),
            evidence=self._evidence,
            now=self._now,
        )
        assert isinstance(decision, Decision), "a capture is never refused"
        return self._line(decision)

    def _line(self, decision: Decision) -> Line:
        lead, handoff = decision.case.lead, decision.case.handoff
        routings = decision.reasons.routings
        if handoff is None:
            seen = assess(contract=self._contract, lead=lead, account=NO_ACCOUNT, now=self._now)
            lead_type, tier = seen.lead_type.name, seen.tier
        else:
            lead_type, tier = handoff.lead_type, handoff.tier
        return Line(
            lead=lead.id,
            fit=lead.scores["fit"],
            intent=lead.scores["intent"],
            lead_type=lead_type,
            tier=tier,
            stage=lead.state if handoff is None else handoff.stage,
            rule=routings[0].rule if routings else None,
            owner=str(handoff.owner) if handoff is not None else None,
            threshold=handoff.threshold if handoff is not None else None,
            candidates=tuple(
                CandidateLine(rep=one.rep, eligible=one.eligible, reason=one.reason, rank=one.rank)
                for one in (routings[0].candidates if routings else ())
            ),
            missing=decision.reasons.missing,
        )


def latest_capture(items: Iterable[CaptureItem]) -> datetime | None:
    """The latest `captured_at` that is given."""
    return max((item.captured_at for item in items if item.captured_at is not None), default=None)


def _capture(item: CaptureItem, now: datetime) -> cmd.Capture:
    captured_at = item.captured_at or now
    return cmd.Capture(
        id=item.id,
        captured_at=captured_at,
        signals=tuple(Signal(name=name, at=at or captured_at) for name, at in item.signals),
        personal=cmd.Personal(email=item.email, attributes=item.attributes),
    )


def idle_teams(*, contract: Contract, roster: RosterFile, now: datetime) -> tuple[Finding, ...]:
    """Teams that a business clock could never run for."""
    if contract.sla.clock != "business":
        return ()
    teams = contract.teams_named() & set(roster.roster.teams)
    return check_working_time(roster.roster, now=now, teams=teams, places=roster.places)


def facts_seen(contract: Contract, line: dict[str, object]) -> Facts:
    """All that conditions see of a lead line at its own `captured_at`."""
    item = read_capture(line, place="example")
    assert isinstance(item, CaptureItem), f"no lead line: {item}"
    assert item.captured_at is not None, "an example tells when it is"
    now = item.captured_at
    lead = lead_of(item, now=now)
    return assess(contract=contract, lead=lead, account=NO_ACCOUNT, now=now).facts


def lead_of(item: CaptureItem, *, now: datetime) -> Lead:
    """The lead that one capture makes, before anything is decided of it."""
    command = _capture(item, now)
    captured = ev.Captured(
        id=command.id,
        captured_at=command.captured_at,
        signals=command.signals,
        personal=command.personal,
    )
    return evolve(None, captured, at=now).lead


# --- where people stand


def standing_of(file: RosterFile) -> Standing:
    """The roster's `state` as counts of turns, loads and conditions."""
    standing = Standing(roster=file.roster)
    standing.loads.update(loads_of(file.state))
    for rep, conditions in conditions_of(file.state).items():
        standing.set_conditions(rep, conditions)
    for turn in turns_of(file.state, file.roster):
        standing.add_turn(turn)
    return standing


class Still:
    """A `Staffing` in which nothing happens: each answer is worked out once."""

    def __init__(self, below: StandingAt) -> None:
        self._below = below
        self._loads: dict[str, RepLoad] = {}
        self._tallies: dict[tuple[str, str], TeamTally] = {}

    @property
    def roster(self) -> Roster:
        return self._below.roster

    def load(self, rep: str) -> RepLoad:
        known = self._loads.get(rep)
        if known is None:
            known = self._loads[rep] = self._below.load(rep)
        return known

    def tally(self, team: str, rep: str) -> TeamTally:
        known = self._tallies.get((team, rep))
        if known is None:
            known = self._tallies[team, rep] = self._below.tally(team, rep)
        return known

    def conditions(self, rep: str) -> RepConditions:
        return self._below.conditions(rep)

    def hours(self, rep: str) -> WorkingTime:
        return self._below.hours(rep)

    def pool_hours(self, team: str) -> WorkingTime:
        return self._below.pool_hours(team)

    def is_absent(self, rep: str, at: datetime) -> bool:
        return self._below.is_absent(rep, at)

    def next_midnight(self, rep: str, at: datetime) -> datetime:
        return self._below.next_midnight(rep, at)
