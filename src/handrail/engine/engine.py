"""The engine: takes commands to the kernel and what it decides to the store, once each."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from handrail.contract.model import Contract
from handrail.engine.agreement import Agreements, adopt, lacks
from handrail.engine.booking.booking import Bookings
from handrail.engine.crash import CrashPoints, NoCrash
from handrail.engine.in_force import InForce, check_can_take_leads, in_force_of
from handrail.engine.items import (
    CaptureItem,
    Receipt,
    Refused,
    account_of,
    capture_of,
    receipt_of,
)
from handrail.engine.notices import ConsoleOnly, Notices
from handrail.engine.people import People
from handrail.engine.ports import (
    Clock,
    Head,
    IdempotencyRow,
    LoadRow,
    RefusedOverlap,
    Store,
    StoredContract,
    StoredRoster,
    Turn,
    Unit,
)
from handrail.engine.shadow import Shadowing
from handrail.engine.standing import Standing
from handrail.engine.vault import Vault
from handrail.engine.versions import EMPTY_ROSTER, compile_contract, compile_roster, whole_contract
from handrail.engine.wakeups import look_first, take_due
from handrail.engine.work import Work
from handrail.kernel.decision import Case, Refusal
from handrail.terms import command as cmd
from handrail.terms.evidence import RepConditions
from handrail.terms.people import Roster
from handrail.terms.risk import FIRST_WEIGHTS
from handrail.terms.signal import Signal

TICK_MAX = 500  # wake-ups taken in one transaction
TURNS_KEPT = timedelta(days=62)  # the longest month that a cap or a fairness window counts in
LONG_TURNS_KEPT = timedelta(days=367)  # when the fairness window is a quarter or a year

T = TypeVar("T")


class Engine:
    """One node. Many may run on one store: its write transactions are one at a time."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        vault: Vault,
        notices: Notices | None = None,
        crash: CrashPoints | None = None,
        shadowing: Shadowing | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.vault = vault
        self.shadowing = shadowing
        self.notices = notices or ConsoleOnly()
        self._crash = crash or NoCrash()
        self._turn = asyncio.Lock()
        self._contracts: dict[str, Contract] = {}
        self._rosters: dict[str, Roster] = {}
        self._last_read: dict[str, bool] = {}  # by contract: does it look at earlier leads?
        self._standing: Standing | None = None
        self.agreements = Agreements(store=store, transact=self._transact, load=self.contract)
        self.people = People(transact=self._transact)
        self.bookings = Bookings(
            store=store,
            transact=self._transact,
            load=self.contract,
            contracts=self._contracts,
            remembered=lambda: self._standing,
            now=clock.now,
        )
        self.risk = FIRST_WEIGHTS
        """What the signs of a missed meeting weigh, as it was learned last."""
        self.failures = 0  # decisions that failed an assertion; the health page shows them
        self.committed: Callable[[int], None] = lambda seq: None

    # --- transactions

    async def _transact(self, do: Callable[[Work], Awaitable[T]]) -> T:
        """Run `do` in one transaction: everything it decides is durable when this returns."""
        async with self._turn:
            try:
                async with self.store.write() as unit:
                    work = await self._begin(unit)
                    try:
                        answer = await do(work)
                    except Refused:
                        if work.has_counted:
                            self.forget()
                        raise
                    await work.serve_pools()
                    self._crash.reached("decided")
                    if work.has_something:
                        await unit.stage(work.batch)
                    self._crash.reached("staged")
            except Refused:
                raise
            except BaseException:
                self.forget()  # it may have counted what was never written
                raise
            self._crash.reached("committed")
            if self.shadowing is not None:
                self.shadowing.take(work.shadowed)
            self.committed(work.head.seq)
            return answer

    async def _begin(self, unit: Unit) -> Work:
        now = self.clock.now()
        head = unit.head
        in_force = await self._in_force(head)
        standing = await self._fresh_standing(unit, in_force, now)
        return Work(
            unit=unit,
            standing=standing,
            contracts=self._contracts,
            load=self.contract,
            in_force=in_force,
            vault=self.vault,
            notices=self.notices,
            now=now,
            shadowing=self.shadowing,
            risk=self.risk,
        )

    async def _fresh_standing(self, unit: Unit, in_force: InForce, now: datetime) -> Standing:
        head = unit.head
        known = self._standing
        roster = await self._roster(head.roster)
        long = any(contract.fairness_window in ("quarter", "year") for contract in in_force)
        turns_from = now - (LONG_TURNS_KEPT if long else TURNS_KEPT)
        if known is None:
            known = Standing(roster=roster)
            known.apply(await unit.standing(after=0, turns_from=turns_from), seq=head.seq)
            known.know_last(await unit.last_turns())
            self._standing = known
        elif known.seq != head.seq:
            delta = await unit.standing(after=known.seq, turns_from=turns_from)
            known.apply(delta, seq=head.seq)
        if known.roster.digest != roster.digest:
            known.adopt(roster)
        return known

    def forget(self) -> None:
        """Read anew what is remembered of people: rows were written beside this engine."""
        self._standing = None

    # --- versions

    async def contract(self, digest: str) -> Contract:
        """A version by its digest, compiled once.

        Raises `Refused` where it was changed since: a node decides nothing by what nobody signed.
        """
        known = self._contracts.get(digest)
        if known is None:
            stored = await self.store.contract(digest)
            assert stored is not None, f"the ledger names contract {digest}, the store lacks it"
            known = whole_contract(stored)
            self._contracts[digest] = known
        return known

    async def _roster(self, digest: str | None) -> Roster:
        if digest is None:
            return EMPTY_ROSTER
        known = self._rosters.get(digest)
        if known is None:
            stored = await self.store.roster(digest)
            assert stored is not None, f"the ledger names roster {digest}, the store lacks it"
            known = compile_roster(stored)
            self._rosters[digest] = known
        return known

    async def in_force(self) -> tuple[Contract | None, Roster]:
        """The contract to show where one is shown (the one for every source), and the roster."""
        head = await self.store.head()
        return (await self._in_force(head)).first, await self._roster(head.roster)

    async def contracts_in_force(self) -> InForce:
        return await self._in_force(await self.store.head())

    async def _in_force(self, head: Head) -> InForce:
        return in_force_of([await self.contract(digest) for digest in head.contracts])

    async def adopt_contract(self, stored: StoredContract, *, actor: str) -> None:
        """Put a version in force without signatures, in the place of the one of its name.

        For virtual worlds: rehearsals, simulations, tests. Production goes by `agreements`, and
        verifying the ledger tells of whatever was adopted.
        """
        contract = compile_contract(stored)

        async def do(work: Work) -> None:
            if stored.digest in work.head.contracts:
                return
            missing = lacks(work, contract)
            if missing:
                raise Refused(
                    "unknown_team",
                    f"the contract names teams that the roster lacks: {', '.join(missing)}",
                )
            work.batch.contracts.append(stored)
            adopt(work, await work.unit.agreements(), contract, actor=actor)

        await self._transact(do)

    async def adopt_roster(self, stored: StoredRoster, *, actor: str) -> None:
        """Put a roster in force at once. Who left it is out of every rotation now."""
        roster = compile_roster(stored)

        async def do(work: Work) -> None:
            if work.head.roster == stored.digest:
                return
            await self._check_teams(work, roster)
            departed = sorted(set(work.standing.roster.reps) - set(roster.reps))
            self._rosters[stored.digest] = roster
            work.standing.adopt(roster)
            work.adopt_head(roster=stored.digest)
            work.batch.rosters.append(stored)
            work.append(
                kind="roster",
                actor=actor,
                change={"name": roster.name, "digest": stored.digest, "departed": departed},
            )
            for rep in departed:
                await self.people.leave(work, rep=rep, why="departed", actor=actor)
            for rep in sorted(roster.reps):
                work.touch_rep(rep)
                await self.people.watch_leave(work, rep)

        await self._transact(do)

    async def _check_teams(self, work: Work, roster: Roster) -> None:
        """A roster that lacks a team which a contract or an open handoff names is refused."""
        returning = await self.agreements.returning(work)
        named = work.in_force.teams_named.union(*(one.teams_named() for one in returning))
        lacking = sorted((named | set(work.standing.roster.teams)) - set(roster.teams))
        for team in lacking:
            count = await work.unit.owned_count(team=team)
            if count or team in named:
                raise Refused(
                    "unknown_team",
                    f"the roster lacks team {team!r}, which "
                    + (
                        "a contract in force, or before an emergency, names"
                        if team in named
                        else "was in force"
                    )
                    + f" and {count} open handoffs belong to; add the team, or move them first",
                )

    # --- commands

    async def capture(
        self,
        items: Sequence[CaptureItem],
        *,
        actor: str,
        idempotency: tuple[str, bytes] | None = None,
    ) -> list[Receipt]:
        """Take captures in, in their order, in one transaction. Known ids change nothing."""

        async def do(work: Work) -> list[Receipt]:
            known = await self._known_answer(work, idempotency)
            if known is not None:
                return msgspec.json.decode(known, type=list[Receipt])
            check_can_take_leads(work.in_force, work.standing.roster)
            receipts = await self._capture_all(work, items, actor)
            if idempotency is not None:
                self._remember(work, idempotency, receipts)
            return receipts

        return await self._transact(do)

    def _reads_last(self, work: Work) -> bool:
        """Whether an account's earlier leads matter to any contract in force."""
        return any(self._contract_reads_last(contract) for contract in work.in_force)

    def _contract_reads_last(self, contract: Contract) -> bool:
        known = self._last_read.get(contract.digest)
        if known is None:
            known = contract.reads("account.last_owner", "account.last_lead_days")
            self._last_read[contract.digest] = known
        return known

    async def _capture_all(
        self, work: Work, items: Sequence[CaptureItem], actor: str
    ) -> list[Receipt]:
        accounts = [account_of(item) for item in items]
        emails = [item.email for item in items if item.email is not None]
        known = await work.unit.look_up(
            captures=[item.id for item in items],
            emails=emails,
            accounts=sorted({account for account in accounts if account is not None}),
            with_last=self._reads_last(work),
        )
        await work.know(known.cases.values())
        leads = dict(known.captures)
        people = dict(known.people)
        receipts = []
        for item, account in zip(items, accounts, strict=True):
            if item.id in leads:
                receipts.append(_receipt(work, item.id, leads[item.id], duplicate=True))
                continue
            lead = people.get(item.email, item.id) if item.email is not None else item.id
            history = work.account_history(
                lead=lead,
                account=account,
                working=known.working.get(account, ()) if account is not None else (),
                last=known.last.get(account) if account is not None else None,
            )
            work.decide(
                lead=lead, command=capture_of(item, now=work.now), actor=actor, account=history
            )
            leads[item.id] = lead
            if item.email is not None:
                people.setdefault(item.email, lead)
            work.batch.captures.append((item.id, lead))
            receipts.append(_receipt(work, item.id, lead, duplicate=False))
        return receipts

    async def command(
        self,
        handoff: str,
        command: cmd.Command,
        *,
        actor: str,
        idempotency: tuple[str, bytes] | None = None,
        only_if: Callable[[Case], None] | None = None,
    ) -> Receipt:
        """Take one command to the case of a handoff (or lead) id. Raises `Refused`.

        `only_if`: raises `Refused` where the case is not any more as whoever asks believes; it is
        asked in the transaction that decides.
        """
        found = await self.store.case_of_handoff(handoff)
        lead = found.case.lead.id if found is not None else handoff

        async def do(work: Work) -> Receipt:
            known = await self._known_answer(work, idempotency)
            if known is not None:
                return msgspec.json.decode(known, type=Receipt)
            await work.know((await work.unit.cases([lead])).values())
            case = work.case(lead)
            if case is None:
                raise Refused("not_found", f"no handoff or lead {handoff!r}")
            if only_if is not None:
                only_if(case)
            look_first(work, lead, command)
            answer = work.decide(lead=lead, command=command, actor=actor)
            if isinstance(answer, Refusal):
                raise Refused(answer.code, answer.message, missing=answer.missing)
            receipt = _receipt(work, lead, lead, duplicate=False)
            if idempotency is not None:
                self._remember(work, idempotency, receipt)
            return receipt

        try:
            return await self._transact(do)
        except RefusedOverlap as fault:
            raise Refused("double_booked", "the rep already has a meeting then") from fault

    async def _known_answer(
        self, work: Work, idempotency: tuple[str, bytes] | None
    ) -> bytes | None:
        """The answer given to this key before; looked up in the transaction that remembers it.
        The same key with another body is refused."""
        if idempotency is None:
            return None
        key, digest = idempotency
        row = await work.unit.idempotent(key)
        if row is None:
            return None
        if row.body_digest != digest:
            raise Refused("key_reused", "this Idempotency-Key came with another body before")
        return row.answer

    def _remember(self, work: Work, idempotency: tuple[str, bytes], answer: Any) -> None:
        key, digest = idempotency
        work.batch.idempotency.append(
            IdempotencyRow(
                key=key, body_digest=digest, answer=msgspec.json.encode(answer), at=work.now
            )
        )

    async def signal(self, lead: str, name: str, *, at: datetime | None, actor: str) -> Receipt:
        """Add a behaviour to a known lead."""
        now = self.clock.now()
        signal = Signal(name=name, at=min(at, now) if at is not None else now)
        return await self.command(lead, cmd.AddSignal(signal=signal), actor=actor)

    # --- people

    async def assume(
        self,
        *,
        loads: Mapping[str, LoadRow],
        conditions: Mapping[str, RepConditions],
        turns: Sequence[Turn],
    ) -> None:
        """Begin from where things stand: what a rehearsal's roster says in `state`.

        `turns` are (at, team, rep), ascending. Not for a store that holds handoffs.
        """

        async def do(work: Work) -> None:
            for owner, row in loads.items():
                work.standing.loads[owner] = row
                work.batch.loads[owner] = row
            for rep, known in conditions.items():
                work.set_conditions(rep, known)
            entry = work.append(kind="conditions", actor="system", change={"assumed": True})
            for had in turns:
                turn = msgspec.structs.replace(had, seq=entry.seq)
                work.standing.add_turn(turn)
                work.batch.turns.append(turn)

        await self._transact(do)

    # --- time

    async def tick(self, *, limit: int = TICK_MAX) -> int:
        """Take the due wake-ups, earliest first; returns how many there were."""

        async def do(work: Work) -> int:
            taken = await take_due(
                work,
                limit=limit,
                watch_leave=self.people.watch_leave,
                wake_contract=self.agreements.wake,
            )
            self.failures += len(taken.failed)
            return taken.count

        return await self._transact(do)


def _receipt(work: Work, capture: str, lead: str, *, duplicate: bool) -> Receipt:
    case = work.case(lead)
    assert case is not None
    return receipt_of(case=case, capture=capture, duplicate=duplicate)
