"""The agreement carried out: what the kernel says of drafts, signatures and versions is recorded.

Every step is an entry of the ledger, in the one serialised transaction; the rows that it changes
are written with it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
import structlog

from handrail.contract.agreement import (
    Activated,
    ActivationDenied,
    Agreement,
    AgreementBook,
    AgreementEvent,
    KeyRegistered,
    KeyWithdrawn,
    Lapsed,
    RolledBack,
    Signer,
)
from handrail.contract.diff import changed_sections
from handrail.contract.findings import Finding
from handrail.contract.model import Contract
from handrail.engine.alerts.message import ACTIVATION_DENIED
from handrail.engine.in_force import change_of
from handrail.engine.items import Refused
from handrail.engine.ports import Store, StoredContract, WakeKey
from handrail.engine.versions import whole_contract
from handrail.engine.work import Work
from handrail.kernel import agreement as kernel
from handrail.kernel.agreement_folds import evolve_book
from handrail.kernel.signers import (
    AgreementRefusal,
    Answer,
    Terms,
    counted,
    needed,
)

ASKED_MAX = 1  # questions at once for which a version is read: anybody may ask, and each costs
TRY_AGAIN = timedelta(hours=1)  # a lapse that cannot be yet

T = TypeVar("T")
log = structlog.get_logger()


class Agreements:
    """What people do with versions of contracts, over one node's engine."""

    def __init__(
        self,
        *,
        store: Store,
        transact: Callable[[Callable[[Work], Awaitable[Any]]], Awaitable[Any]],
        load: Callable[[str], Awaitable[Contract]],
    ) -> None:
        self._store = store
        self._transact = transact
        self._load = load
        self._asked = asyncio.Semaphore(ASKED_MAX)

    async def book(self) -> AgreementBook:
        return await self._store.agreements()

    async def versions(self) -> list[Agreement]:
        """All that is kept, by name and number; candidates that nobody drafted too, and what was
        in force before versions were drafted."""
        book, head = await self.book(), await self._store.head()
        return [
            book.versions.get(row.digest)
            or Agreement(
                digest=row.digest,
                name=row.name,
                version=row.version,
                state="in_force" if row.digest in head.contracts else "draft",
                is_adopted=row.digest in head.contracts,
            )
            for row in await self._store.contracts()
        ]

    async def one(self, digest: str) -> Agreement:
        """Raises Refused `not_found`."""
        found = next((one for one in await self.versions() if one.digest == digest), None)
        if found is None:
            raise _unknown(digest)
        return found

    async def stored(self, digest: str) -> StoredContract:
        """Raises Refused `not_found`."""
        stored = await self._store.contract(digest)
        if stored is None:
            raise _unknown(digest)
        return stored

    async def terms(self, contract: Contract) -> Terms:
        """A version beside the one whose rules say who signs it."""
        return await self._terms(await self.book(), contract)

    async def missing(self, digest: str) -> tuple[Signer, ...]:
        """Whose signatures a version needs and has not; none for one that needs no more."""
        book = await self.book()
        found = book.versions.get(digest)
        if found is None or (found.state in ("in_force", "former") and found.emergency is None):
            return ()
        async with self._asked:
            terms = await self._terms(book, await self._contract(digest))
        have = {one.signer for one in counted(book, found)}
        return tuple(one for one in needed(terms).signers if one not in have)

    # --- keys

    async def register_key(
        self, address: str, public: str, *, actor: str, instead: bool = False
    ) -> None:
        """Let a public key count for an address. Raises Refused."""

        async def do(work: Work) -> None:
            book = await work.unit.agreements()
            answer = kernel.register_key(book, address=address, public=public, instead=instead)
            record(work, book, answer, actor=actor)

        await self._transact(do)

    async def withdraw_key(self, address: str, *, reason: str, actor: str) -> None:
        async def do(work: Work) -> None:
            book = await work.unit.agreements()
            answer = kernel.withdraw_key(book, address=address, reason=reason)
            record(work, book, answer, actor=actor)

        await self._transact(do)

    # --- versions

    async def draft(
        self, stored: StoredContract, findings: Sequence[Finding], *, actor: str
    ) -> bool:
        """Keep a version with what its proofs found; False when it was kept already."""
        contract = await asyncio.to_thread(whole_contract, stored)

        async def do(work: Work) -> bool:
            book = await work.unit.agreements()
            answer = kernel.draft(book, contract=contract, findings=findings)
            is_new = bool(events_of(answer))
            if is_new:
                work.batch.contracts.append(stored)
            record(work, book, answer, actor=actor)
            return is_new

        return bool(await self._transact(do))

    async def sign(
        self, digest: str, *, role: str, address: str, signature: str, actor: str
    ) -> Agreement:
        """Take a signature over a drafted version, by the statement of `contract.agreement`."""
        contract = await self._contract(digest)

        async def do(work: Work) -> Agreement:
            book = await work.unit.agreements()
            terms = await self._terms(book, contract)
            answer = kernel.sign(book, terms=terms, role=role, address=address, signature=signature)
            return record(work, book, answer, actor=actor).versions[digest]

        found: Agreement = await self._transact(do)
        return found

    async def activate(self, digest: str, wish: kernel.Wish, *, actor: str) -> Agreement:
        """Put a version in force at once, or let it come into force at an instant."""
        contract = await self._contract(digest)

        async def do(work: Work) -> Agreement:
            book = await work.unit.agreements()
            terms = await self._terms(book, contract)
            answer = kernel.activate(
                book, terms=terms, wish=wish, lacks=lacks(work, contract), now=work.now
            )
            await self._check_sources(work, contract)
            after = record(work, book, answer, actor=actor, contract=contract)
            return after.versions[digest]

        found: Agreement = await self._transact(do)
        return found

    async def activate_content(
        self, contract: Contract, wish: kernel.Wish, *, actor: str
    ) -> Agreement:
        """Put these very bytes in force. Raises Refused `altered` when others were signed."""
        book = await self.book()
        if contract.digest in book.versions:
            return await self.activate(contract.digest, wish, actor=actor)
        signed = kernel.signed_instead(book, contract)
        if signed is None:
            raise Refused(*_words(kernel.undrafted(contract)))
        other = await self._contract(signed.digest)
        raise Refused(*_words(kernel.altered(signed, contract, changed_sections(other, contract))))

    async def roll_back(
        self, name: str | None, *, to: str | None, reason: str, actor: str
    ) -> Agreement:
        """Return to an earlier version of the contract of that name, by default the only one."""

        async def do(work: Work) -> Agreement:
            book = await work.unit.agreements()
            named = name if name is not None else _only_name(book)
            found = book.in_force(named)
            target = to or (found.before if found is not None else None)
            known = book.versions.get(target or "")
            contract = await self._load(known.digest) if known is not None else None
            answer = kernel.roll_back(
                book,
                name=named,
                to=to,
                reason=reason,
                lacks=lacks(work, contract) if contract is not None else (),
            )
            if contract is not None and contract.name == named:
                await self._check_sources(work, contract)
            after = record(work, book, answer, actor=actor, contract=contract)
            assert known is not None
            return after.versions[known.digest]

        returned: Agreement = await self._transact(do)
        return returned

    # --- time

    async def wake(self, work: Work, digest: str) -> None:
        """What is due of one version: it comes into force, or an emergency lapses. What cannot be
        is recorded and told, and what is in force stays."""
        book = await work.unit.agreements()
        found = book.versions.get(digest)
        if found is None:
            return
        try:
            if kernel.is_ripe(found, now=work.now):
                await self._ripen(work, book, found)
            elif kernel.is_over(found, now=work.now):
                await self._lapse(work, book, found)
        except Refused as refused:
            _deny(work, book, found, refused)
            if found.emergency is not None:
                work.batch.wakes[_key(digest)] = work.now + TRY_AGAIN

    async def _ripen(self, work: Work, book: AgreementBook, found: Agreement) -> None:
        contract = await self._contract(found.digest)
        answer = kernel.activate(
            book,
            terms=await self._terms(book, contract),
            wish=kernel.Wish(),
            lacks=lacks(work, contract),
            now=work.now,
        )
        await self._check_sources(work, contract)
        record(work, book, answer, actor="system", contract=contract)

    async def _lapse(self, work: Work, book: AgreementBook, found: Agreement) -> None:
        assert found.emergency is not None
        contract = await self._load(found.emergency.back_to)
        answer = kernel.lapse(found, lacks=lacks(work, contract))
        record(work, book, answer, actor="system", contract=contract)

    async def returning(self, work: Work) -> list[Contract]:
        """The versions that come back when the emergencies in force lapse: nothing may bar them."""
        held = [one.emergency for one in (await work.unit.agreements()).versions.values()]
        return [await self._load(one.back_to) for one in held if one is not None]

    async def _check_sources(self, work: Work, contract: Contract) -> None:
        """Raises Refused where a lapse would find its leads taken."""
        for back in await self.returning(work):
            if back.name != contract.name:
                work.in_force.adopting(back).adopting(contract)

    # --- contents

    async def _contract(self, digest: str) -> Contract:
        """The version as stored, hashed again. Raises Refused.

        Beside the loop: with large tables it takes seconds, for which no clock must wait.
        """
        return await asyncio.to_thread(whole_contract, await self.stored(digest))

    async def _terms(self, book: AgreementBook, contract: Contract) -> Terms:
        ruling = book.ruling(contract.name)
        if ruling is None:
            return Terms(contract=contract)
        rules = await self._load(ruling.digest)
        return Terms(contract=contract, ruling=rules, changed=changed_sections(rules, contract))


def _unknown(digest: str) -> Refused:
    return Refused("not_found", f"no version {digest!r} was drafted or in force here")


def _only_name(book: AgreementBook) -> str:
    names = sorted({one.name for one in book.versions.values() if one.state == "in_force"})
    if len(names) != 1:
        several = (
            f"{', '.join(names)} are in force: say which by its name"
            if names
            else "none is in force"
        )
        raise Refused("not_found", f"which contract? {several}")
    return names[0]


def _key(digest: str) -> WakeKey:
    return WakeKey(kind="contract", id=digest)


def lacks(work: Work, contract: Contract) -> tuple[str, ...]:
    """Teams that the contract names and the roster in force, if there is one, has not."""
    if work.head.roster is None:
        return ()
    return tuple(sorted(contract.teams_named() - set(work.standing.roster.teams)))


# --- recording


def events_of(answer: Answer) -> tuple[AgreementEvent, ...]:
    """Raises Refused where the kernel says no."""
    if isinstance(answer, AgreementRefusal):
        raise Refused(*_words(answer))
    return answer


def _words(refusal: AgreementRefusal) -> tuple[str, str]:
    return refusal.code, refusal.message


def adopt(work: Work, book: AgreementBook, contract: Contract, *, actor: str) -> None:
    """In force without a signature: for virtual worlds only, and marked as such for ever."""
    before = book.in_force(contract.name)
    event = Activated(
        digest=contract.digest,
        name=contract.name,
        version=contract.version,
        ground="adopted",
        before=before.digest if before is not None else None,
        owners=dict(contract.owners),
    )
    record(work, book, (event,), actor=actor, contract=contract)


def record(
    work: Work,
    book: AgreementBook,
    answer: Answer,
    *,
    actor: str,
    contract: Contract | None = None,
) -> AgreementBook:
    """Write what was decided, if anything. `contract`: the version that is in force by it."""
    events = events_of(answer)
    if not events:
        return book
    after = book
    for event in events:
        after = evolve_book(after, event, at=work.now, actor=actor)
    now_in_force = next((to for to in map(_put_in_force, events) if to is not None), None)
    if now_in_force is None:
        _append(work, events, kind="agreement", actor=actor, digest=_about(events[0]))
    else:
        assert contract is not None
        assert contract.digest == now_in_force
        work.put_in_force(contract)  # may refuse, so before anything is written
        _append(work, events, kind="contract", actor=actor, digest=now_in_force, of=contract)
    _save(work, book, after)
    return after


def _append(
    work: Work,
    events: Sequence[AgreementEvent],
    *,
    kind: str,
    actor: str,
    digest: str | None,
    of: Contract | None = None,
) -> None:
    change: dict[str, Any] = {"agreement": [msgspec.to_builtins(event) for event in events]}
    if of is not None:
        change |= change_of(of)
    work.append(kind=kind, actor=actor, contract=digest, change=change)


def _save(work: Work, before: AgreementBook, after: AgreementBook) -> None:
    """The rows that differ, and when each is to be looked at again."""
    for digest, agreement in after.versions.items():
        known = before.versions.get(digest)
        if agreement == known:
            continue
        work.batch.agreements.append(agreement)
        was_at = _wakes_at(known) if known is not None else None
        at = _wakes_at(agreement)
        if at != was_at:
            work.batch.wakes[_key(digest)] = at
    work.batch.person_keys.extend(
        key for public, key in after.keys.items() if before.keys.get(public) != key
    )


def _wakes_at(agreement: Agreement) -> Any:
    if agreement.state == "scheduled":
        return agreement.activate_at
    return agreement.emergency.lapses_at if agreement.emergency is not None else None


def _put_in_force(event: AgreementEvent) -> str | None:
    match event:
        case Activated(digest=digest):
            return digest
        case Lapsed(to=to) | RolledBack(to=to):
            return to
        case _:
            return None


def _about(event: AgreementEvent) -> str | None:
    return None if isinstance(event, KeyRegistered | KeyWithdrawn) else event.digest


def _deny(work: Work, book: AgreementBook, found: Agreement, refused: Refused) -> None:
    log.error(
        "activation_denied", contract=found.name, version=found.version, reason=refused.message
    )
    event = ActivationDenied(digest=found.digest, code=refused.code, message=refused.message)
    record(work, book, (event,), actor="system")
    rules = work.in_force.by_name.get(found.name)
    if rules is not None:
        work.tell_apart(
            ACTIVATION_DENIED,
            to=f"team:{rules.triage.team}",
            about=f"{found.name} version {found.version}",
            reason=refused.message,
        )
