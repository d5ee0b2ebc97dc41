"""A candidate decides beside the contract in force and acts on nothing; what differs is counted.

A shadow writes no event, effect, load or turn, and nothing to the ledger: what it would have done
lies in tables of its own. It looks only where a contract is chosen: at captures and signals of
leads without an open handoff. Each decision is compared on what really stood at that moment.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from handrail.contract.model import Contract
from handrail.engine.in_force import InForce
from handrail.engine.items import Refused
from handrail.engine.ports import Clock
from handrail.engine.standing import Standing, StandingAt
from handrail.kernel.decide import decide
from handrail.kernel.decision import Case, Decision, Evidence
from handrail.lab.verdict import DifferenceKind, Verdict, differences, verdict_of
from handrail.terms import command as cmd
from handrail.terms.evidence import AccountHistory

SHADOWS_MAX = 3  # at once: each is one more decision for every lead
MEAN_MAX = timedelta(milliseconds=10)  # of one decision; a real one takes a fraction of one
JUDGED_FROM = 20  # decisions before the mean is judged
PENDING_MAX = 1_000  # differences that wait to be written; above it only their number is kept

log = structlog.get_logger()


class ShadowRow(msgspec.Struct, frozen=True):
    """One candidate, and what came of it so far. `counts`: decisions that differ, by kind."""

    digest: str
    name: str
    version: int
    began_at: datetime
    began_by: str
    ended_at: datetime | None = None
    ended_why: str | None = None
    decisions: int = 0
    differing: int = 0
    spent_us: int = 0  # on all its decisions
    counts: Mapping[str, int] = {}


class Compared(msgspec.Struct, frozen=True):
    """One decision beside the real one, which is entry `seq` of the ledger."""

    digest: str
    seq: int
    at: datetime
    lead: str
    kinds: tuple[DifferenceKind, ...]
    real: Verdict
    shadow: Verdict
    spent_us: int


class ShadowTally(msgspec.Struct):
    """What a node has counted since it last wrote."""

    decisions: int = 0
    differing: int = 0
    spent_us: int = 0
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    listed: list[Compared] = msgspec.field(default_factory=list)

    def add(self, one: Compared) -> None:
        self.decisions += 1
        self.spent_us += one.spent_us
        if not one.kinds:
            return
        self.differing += 1
        for kind in one.kinds:
            self.counts[kind] = self.counts.get(kind, 0) + 1
        if len(self.listed) < PENDING_MAX:
            self.listed.append(one)


class ShadowStore(Protocol):
    """Where shadows and their differences are kept, beside the ledger."""

    async def begin(self, row: ShadowRow) -> None:
        """Anew, without what an earlier run of the same version counted."""
        ...

    async def end(self, digest: str, *, at: datetime, why: str) -> bool:
        """False when it does not run."""
        ...

    async def add(self, digest: str, tally: ShadowTally) -> None: ...
    async def shadows(self) -> list[ShadowRow]:
        """All of them, the latest first."""
        ...

    async def differences(self, digest: str, *, limit: int) -> list[Compared]:
        """The latest first."""
        ...


class Shadowing:
    """The shadows that one node runs. `refresh` and `flush` are called from its upkeep."""

    def __init__(self, *, store: ShadowStore, clock: Clock) -> None:
        self.store = store
        self._clock = clock
        self._live: dict[str, Contract] = {}
        self._tallies: dict[str, ShadowTally] = {}
        self._spent: dict[str, tuple[int, int]] = {}  # decisions, microseconds
        self._failed: dict[str, str] = {}

    @property
    def is_idle(self) -> bool:
        return not self._live

    def run(self, contracts: Sequence[Contract]) -> None:
        """These are the candidates from now on."""
        self._live = {one.digest: one for one in contracts if one.digest not in self._failed}

    def compare(
        self,
        *,
        in_force: InForce,
        standing: Standing,
        seq: int,
        before: Case | None,
        command: cmd.Command,
        account: AccountHistory,
        at_once: bool,
        real: Decision,
        now: datetime,
    ) -> list[Compared]:
        """What each candidate makes of it. Never raises: one that fails is switched off."""
        is_open = before is not None and before.handoff is not None and before.handoff.is_open
        if is_open or not isinstance(command, cmd.Capture | cmd.AddSignal):
            return []
        actual = verdict_of(real.case)
        found = []
        for candidate in list(self._live.values()):
            if not _would_decide(candidate, in_force=in_force, source=real.case.lead.source):
                continue
            staffing = StandingAt(of=standing, contract=candidate, now=now)
            evidence = Evidence(staffing=staffing, account=account, at_once=at_once)
            judged = self._judge(candidate, before, command, evidence, now)
            if judged is not None:
                found.append(
                    Compared(
                        digest=candidate.digest,
                        seq=seq,
                        at=now,
                        lead=real.case.lead.id,
                        kinds=differences(actual, judged[0]),
                        real=actual,
                        shadow=judged[0],
                        spent_us=judged[1],
                    )
                )
        return found

    def _judge(
        self,
        candidate: Contract,
        before: Case | None,
        command: cmd.Command,
        evidence: Evidence,
        now: datetime,
    ) -> tuple[Verdict, int] | None:
        """The candidate's verdict, and the microseconds that it took."""
        begun = self._clock.now()
        try:
            answer = decide(
                contract=candidate, case=before, command=command, evidence=evidence, now=now
            )
            assert isinstance(answer, Decision), answer
            verdict = verdict_of(answer.case)
        except Exception as fault:  # whatever it is, the real decision must not suffer from it
            self._fail(candidate.digest, f"{type(fault).__name__}: {fault}")
            return None
        return verdict, (self._clock.now() - begun) // timedelta(microseconds=1)

    def take(self, compared: Sequence[Compared]) -> None:
        """Count what was compared in a transaction that is committed."""
        for one in compared:
            self._tallies.setdefault(one.digest, ShadowTally()).add(one)
            decisions, spent_us = self._spent.get(one.digest, (0, 0))
            decisions, spent_us = decisions + 1, spent_us + one.spent_us
            self._spent[one.digest] = (decisions, spent_us)
            mean = timedelta(microseconds=spent_us // decisions)
            if decisions >= JUDGED_FROM and mean > MEAN_MAX and one.digest in self._live:
                self._fail(
                    one.digest, f"too slow: {mean // timedelta(microseconds=1)} us a decision"
                )

    def _fail(self, digest: str, why: str) -> None:
        log.warning("shadow_switched_off", digest=digest, reason=why)
        self._live.pop(digest, None)
        self._failed[digest] = why

    async def flush(self) -> None:
        """Write what was counted, and which candidates were switched off. What cannot be written
        is lost: a second's counts of a shadow are worth no wait."""
        tallies, self._tallies = self._tallies, {}
        for digest, tally in tallies.items():
            await self.store.add(digest, tally)
        for digest, why in list(self._failed.items()):
            await self.store.end(digest, at=self._clock.now(), why=why)
            del self._failed[digest]  # it is ended for every node; who begins it again may
            self._spent.pop(digest, None)


def _would_decide(candidate: Contract, *, in_force: InForce, source: str | None) -> bool:
    """Whether a lead of this source would be the candidate's, were it in force."""
    try:
        return in_force.adopting(candidate).of_source(source) is candidate
    except Refused:
        return False
