"""One transaction in the making: decisions are taken, counted, recorded, then staged at once."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from handrail.contract.model import Contract
from handrail.engine.consulted import Consulted
from handrail.engine.day import DayChange
from handrail.engine.in_force import InForce, no_contract_for
from handrail.engine.ledger import (
    Entry,
    encode,
    encode_conditions,
    evidence_digest,
    write_entry,
)
from handrail.engine.load import share_of
from handrail.engine.notices import Notices
from handrail.engine.ports import (
    Batch,
    Head,
    SavedCase,
    StoredCase,
    Turn,
    Unit,
    WakeKey,
)
from handrail.engine.shadow import Compared, Shadowing
from handrail.engine.standing import Standing, StandingAt
from handrail.engine.vault import Vault
from handrail.engine.waiting import stays_after_breach, waits_in, waits_since
from handrail.kernel.clockwork import wake_at
from handrail.kernel.decide import decide
from handrail.kernel.decision import Case, Decision, Evidence, Refusal
from handrail.kernel.pool import next_free_at, serve, waiting_of
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.evidence import AccountHistory, RepConditions
from handrail.terms.handoff import Handoff
from handrail.terms.risk import FIRST_WEIGHTS, RiskWeights

SERVE_FIRST = 200  # waiting handoffs looked at when somebody comes free
SERVE_MAX = 2_000  # ... when none of the first could be bound
OVERDUE_MAX = 10_000  # wake-ups of teams and reps; there are no more of these than people
NO_HISTORY = AccountHistory()
LOOK_AGAIN = timedelta(days=1)  # a pool nobody is known to serve is still looked at daily


class Work:
    """What one transaction knows and will write. Thrown away with it when it fails."""

    def __init__(
        self,
        *,
        unit: Unit,
        standing: Standing,
        contracts: dict[str, Contract],
        load: Callable[[str], Awaitable[object]],
        in_force: InForce,
        vault: Vault,
        notices: Notices,
        now: datetime,
        shadowing: Shadowing | None = None,
        risk: RiskWeights = FIRST_WEIGHTS,
    ) -> None:
        self.unit = unit
        self.standing = standing
        self.contracts = contracts
        self._load = load
        self.in_force = in_force
        self.now = now
        self.batch = Batch(head=unit.head)
        self.shadowed: list[Compared] = []
        self._shadowing = shadowing
        self._risk = risk
        self._vault = vault
        self._notices = notices
        self._keys: dict[str, bytes] = {}
        self._cases: dict[str, Case] = {}
        self._new: set[str] = set()
        self._touched: set[str] = set()  # teams of whom somebody may have become free
        self._pooled: set[str] = set()  # teams whose pool grew
        self._accounts: dict[str, dict[str, str | None]] = {}

    # --- cases

    async def know(self, stored: Iterable[StoredCase]) -> None:
        """Cases as the store has them; one already worked on here stays as it is.

        An open handoff may have begun under a version that this node has never read.
        """
        for item in stored:
            lead, handoff = item.case.lead.id, item.case.handoff
            if lead not in self._cases:
                self._cases[lead] = item.case
                self._keys[lead] = item.key
                if handoff is not None and self._may_decide(item.case):
                    await self._load(handoff.contract)

    def _may_decide(self, case: Case) -> bool:
        """Whether the version of the case's latest handoff may be asked again."""
        is_open = case.handoff is not None and case.handoff.is_open
        return is_open or self.in_force.default is None

    def case(self, lead: str) -> Case | None:
        return self._cases.get(lead)

    def contract_for(self, case: Case | None, *, source: str | None = None) -> Contract:
        """The version under which an open handoff began; else the one in force for the source.

        `source`: of the capture that is taken in; without one the lead's own. A lead whose source
        nobody takes any more goes on as its last handoff did. Raises `Refused`.
        """
        handoff = case.handoff if case is not None else None
        if handoff is not None and handoff.is_open:
            return self.contracts[handoff.contract]
        named = source or (case.lead.source if case is not None else None)
        found = self.in_force.of_source(named)
        if found is None and handoff is not None:
            found = self.contracts[handoff.contract]
        if found is None:
            raise no_contract_for(named)
        return found

    def staffing(self, contract: Contract) -> StandingAt:
        return StandingAt(of=self.standing, contract=contract, now=self.now)

    # --- deciding

    def decide(
        self,
        *,
        lead: str,
        command: cmd.Command,
        actor: str,
        account: AccountHistory = NO_HISTORY,
        contract: Contract | None = None,
    ) -> Decision | Refusal:
        """Take one decision and count everything that it brings about. `contract`: another than
        the case's own, to which it is migrated."""
        before = self._cases.get(lead)
        if contract is None:
            source = command.source if isinstance(command, cmd.Capture) else None
            contract = self.contract_for(before, source=source)
        consulted = Consulted(self.staffing(contract))
        evidence = Evidence(
            staffing=consulted, account=account, at_once=self._notices.at_once, risk=self._risk
        )
        answer = decide(
            contract=contract, case=before, command=command, evidence=evidence, now=self.now
        )
        if isinstance(answer, Decision):
            self._shadow(before=before, command=command, account=account, real=answer)
            self._count(before=before, decision=answer)
            if answer.events:
                self._record(
                    lead=lead,
                    command=command,
                    actor=actor,
                    contract=contract,
                    before=before,
                    consulted=consulted,
                    evidence=evidence,
                    decision=answer,
                )
            self._save(answer.case)
        return answer

    def _shadow(
        self,
        *,
        before: Case | None,
        command: cmd.Command,
        account: AccountHistory,
        real: Decision,
    ) -> None:
        """Before anything of the real decision is counted: candidates see what it saw."""
        if self._shadowing is None or self._shadowing.is_idle:
            return
        self.shadowed += self._shadowing.compare(
            in_force=self.in_force,
            standing=self.standing,
            seq=self.batch.head.seq + 1,
            before=before,
            command=command,
            account=account,
            at_once=self._notices.at_once,
            real=real,
            now=self.now,
        )

    def _record(
        self,
        *,
        lead: str,
        command: cmd.Command,
        actor: str,
        contract: Contract,
        before: Case | None,
        consulted: Consulted,
        evidence: Evidence,
        decision: Decision,
    ) -> None:
        if lead not in self._keys:
            self._keys[lead] = self._vault.new_key()
            self._new.add(lead)
        seen = consulted.conditions_seen
        kept = {rep: self.kept_conditions(known) for rep, known in seen.items()}
        digest = self._keep(encode_conditions(kept)) if kept else None
        handoff = decision.case.handoff
        entry = self.append(
            kind="case",
            actor=actor,
            lead=lead,
            handoff=handoff.id if handoff is not None else None,
            contract=contract.digest,
            command=command,
            events=decision.events,
            evidence=consulted.record(
                conditions=digest,
                evidence=evidence,
                contract=contract,
                decision=decision,
            ),
            reasons=decision.reasons,
            change=self._change_of(before=before, command=command, decision=decision),
        )
        self.batch.deliveries += self._notices.deliveries(
            case=decision.case,
            effects=decision.effects,
            contract=contract,
            seq=entry.seq,
            now=self.now,
        )

    def tell_apart(self, what: str, *, to: str, about: str, reason: str) -> None:
        """Of the entry that was just appended, which is of no lead."""
        seq = self.batch.head.seq
        self.batch.deliveries += self._notices.apart(
            what=what, to=to, about=about, reason=reason, seq=seq, now=self.now
        )

    def append(self, *, kind: str, actor: str, **parts: Any) -> Entry:
        """Link one entry to the chain."""
        head = self.batch.head
        entry = Entry(seq=head.seq + 1, at=self.now, kind=kind, actor=actor, **parts)
        key = self._keys.get(entry.lead) if entry.lead is not None else None
        sealed = write_entry(entry=entry, previous=head.digest, vault=self._vault, key=key)
        self.batch.entries.append(sealed)
        self.batch.head = msgspec.structs.replace(head, seq=sealed.seq, digest=sealed.digest)
        self.standing.seq = sealed.seq
        return entry

    def kept_conditions(self, conditions: RepConditions) -> RepConditions | str:
        """A rep's day as an entry or its evidence holds it: one with a calendar is kept apart, by
        its digest, so that one rep's new meeting does not write down everybody's week again."""
        return self._keep(encode(conditions)) if conditions.calendar else conditions

    def _keep(self, body: bytes) -> str:
        digest = evidence_digest(body)
        self.batch.evidence[digest] = body
        return digest.hex()

    def _save(self, case: Case) -> None:
        lead = case.lead.id
        handoff = case.handoff
        self._cases[lead] = case
        account = handoff.account if handoff is not None else None
        self.batch.cases[lead] = SavedCase(
            case=case,
            key=self._keys[lead],
            is_new=lead in self._new,
            wake_at=wake_at(handoff, now=self.now),
            account=account,
        )
        if account is not None and handoff is not None:
            working = self._accounts.setdefault(account, {})
            working[lead] = handoff.owner.rep if handoff.is_open else None

    def park(self, lead: str, *, until: datetime) -> None:
        """Leave a case as it is and look again later: its decision failed."""
        self.batch.cases[lead] = SavedCase(
            case=self._cases[lead],
            key=self._keys[lead],
            is_new=False,
            wake_at=until,
            account=None,
        )

    # --- counting

    def _count(self, *, before: Case | None, decision: Decision) -> None:
        old = before.handoff if before is not None else None
        self._shift_load(share_of(old), share_of(decision.case.handoff))
        self._touched |= stays_after_breach(decision.events)
        for event in decision.events:
            match event:
                case ev.Assigned(to=owner) | ev.HandedOver(to=owner) if owner.rep is not None:
                    self._turn(team=owner.team, rep=owner.rep, kind="given")
                case ev.Rejected(credit=True, team=str(team)) if old is not None:
                    if old.owner.rep is not None:
                        self._turn(team=team, rep=old.owner.rep, kind="credited")
                case ev.MeetingMissed(credit=True, rep=rep, team=str(team)):
                    self._turn(team=team, rep=rep, kind="credited")
                case ev.FirstAction(rep=rep, acted_at=acted_at) if old is not None:
                    self._observe(old, rep=rep, acted_at=acted_at)
                case ev.HandedOver(to=owner):
                    self._pooled.add(owner.team)
                case ev.Pooled(to=owner, reason=reason):
                    self._pooled.add(owner.team)
                    if reason == "override":  # the others were just found to have nobody free
                        self._touched.add(owner.team)
                case _:
                    pass

    def _shift_load(self, before: Any, after: Any) -> None:
        if before == after:
            return
        if before is not None:
            owner, (open_, unworked, timed, extra) = before
            row = self.standing.add_load(
                owner, open=-open_, unworked=-unworked, timed=-timed, extra=-extra
            )
            self.batch.loads[owner] = row
            self.touch_rep(owner)
        if after is not None:
            owner, (open_, unworked, timed, extra) = after
            row = self.standing.add_load(
                owner, open=open_, unworked=unworked, timed=timed, extra=extra
            )
            self.batch.loads[owner] = row

    def touch_rep(self, rep: str) -> None:
        """The rep may have become free: the pools that they serve are looked at."""
        if rep in self.standing.roster.reps:
            self._touched.update(self.standing.roster.teams_of(rep))

    def touch_team(self, team: str) -> None:
        self._touched.add(team)

    def _turn(self, *, team: str, rep: str, kind: Any) -> None:
        turn = Turn(seq=self.batch.head.seq + 1, at=self.now, team=team, rep=rep, kind=kind)
        self.batch.turns.append(turn)
        self.standing.add_turn(turn)

    def _observe(self, handoff: Handoff, *, rep: str, acted_at: datetime) -> None:
        if handoff.owner.rep != rep or handoff.assigned_at is None:
            return
        minutes = max(0, -int((handoff.assigned_at - acted_at) // timedelta(minutes=1)))
        self.standing.observe(rep, minutes)
        self.batch.handling.append((rep, minutes))

    # --- people

    def _change_of(
        self, *, before: Case | None, command: cmd.Command, decision: Decision
    ) -> dict[str, Any]:
        """What a decision says about people's days."""
        day = DayChange(conditions=self._conditions, now=self.now)
        day.take(before=before, command=command, decision=decision)
        self.batch.free(day.freed)
        self.batch.meetings += day.meetings
        changed = day.changed
        for rep, conditions in changed.items():
            self.set_conditions(rep, conditions)
        kept = {rep: self.kept_conditions(known) for rep, known in changed.items()}
        return {"conditions": kept} if kept else {}

    def _conditions(self, rep: str) -> RepConditions:
        return self.standing.conditions.get(rep, RepConditions())

    def set_conditions(self, rep: str, conditions: RepConditions) -> None:
        """Count another view of a rep's day; what lies in the past is dropped."""
        current = msgspec.structs.replace(
            conditions,
            busy=tuple(span for span in conditions.busy if span.until_at > self.now),
        )
        self.standing.set_conditions(rep, current)
        self.batch.conditions[rep] = current
        self.touch_rep(rep)

    def account_history(
        self,
        *,
        lead: str,
        account: str | None,
        working: Iterable[tuple[str, str]],
        last: tuple[str, datetime] | None,
    ) -> AccountHistory:
        """What other leads of the account say, those decided in this transaction included."""
        if account is None:
            return AccountHistory()
        owners: dict[str, str | None] = dict(working)
        owners.update(self._accounts.get(account, {}))
        reps = self.standing.roster.reps
        workers = [
            (other, rep)
            for other, rep in sorted(owners.items())
            if other != lead and rep is not None and rep in reps
        ]
        return AccountHistory(
            working_owner=workers[0][1] if workers else None,
            last_owner=last[0] if last is not None else None,
            last_lead_at=last[1] if last is not None else None,
        )

    # --- pools

    async def serve_pools(self) -> None:
        """Bind the waiting of every pool that was touched, and set its next wake-up."""
        if self._pooled - self._touched:
            await self._touch_overdue()
        seen: set[str] = set()
        while self._touched:
            teams = sorted(self._touched)
            seen.update(teams)
            self._touched.clear()
            if any(self.standing.waiting(team) for team in teams):
                await self._serve(teams)
        for team in sorted(seen | self._pooled):
            self._arm(team)

    async def _touch_overdue(self) -> None:
        """A pool that grew is armed anew: first comes whoever its overdue wake-up is about."""
        for key, _ in await self.unit.due_wakes(now=self.now, limit=OVERDUE_MAX):
            if key.kind == "team" and key.id in self._pooled:
                self._touched.add(key.id)

    async def _serve(self, teams: list[str]) -> None:
        for limit in (SERVE_FIRST, SERVE_MAX):
            waiting: list[Case] = []
            full = False
            for team in teams:
                if self.standing.waiting(team):
                    stored = await self.unit.waiting(team=team, limit=limit)
                    full = full or len(stored) == limit
                    await self.know(stored)
            waiting = [case for case in self._cases.values() if waits_in(case.handoff, teams)]
            if self._bind(waiting) or not full:
                return

    def _bind(self, waiting: list[Case]) -> int:
        if not waiting:
            return 0
        longest = min(waiting, key=waits_since)
        contract = self.contract_for(longest)
        bindings = serve(
            waiting=[waiting_of(contracts=self.contracts, case=case) for case in waiting],
            staffing=self.staffing(contract),
            now=self.now,
        )
        for binding in bindings:
            self.decide(
                lead=binding.lead,
                command=cmd.Bind(rep=binding.rep, team=binding.team),
                actor="system",
            )
        return len(bindings)

    def _arm(self, team: str) -> None:
        """The team wakes when a member may next become free; at the latest in a day."""
        if team not in self.standing.roster.teams:
            return
        at: datetime | None = None
        contract = self.in_force.first
        if self.standing.waiting(team) and contract is not None:
            found = next_free_at(team=team, staffing=self.staffing(contract), now=self.now)
            latest = self.now + LOOK_AGAIN
            at = min(found, latest) if found is not None else latest
        self.batch.wakes[WakeKey(kind="team", id=team)] = at

    def put_in_force(self, contract: Contract) -> None:
        """Handoffs of its sources that begin from now on begin under it, in the place of the
        version of its name. Raises `Refused` where another contract takes the same leads."""
        self.in_force = self.in_force.adopting(contract)
        self.contracts[contract.digest] = contract
        self.batch.head = self.in_force.head_of(self.batch.head)

    def adopt_head(self, **parts: Any) -> None:
        self.batch.head = msgspec.structs.replace(self.batch.head, **parts)

    @property
    def head(self) -> Head:
        return self.batch.head

    @property
    def has_counted(self) -> bool:
        """Whether the standing holds what only this transaction has seen."""
        batch = self.batch
        return bool(batch.entries or batch.turns or batch.loads or batch.conditions)

    @property
    def has_something(self) -> bool:
        batch = self.batch
        return bool(
            batch.entries or batch.cases or batch.wakes or batch.idempotency or batch.contracts
        )
