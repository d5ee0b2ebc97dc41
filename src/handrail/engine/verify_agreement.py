"""Whether everything that was ever in force was in force by right: signatures, keys, instants.

The entries about versions and keys are folded anew, and each step is judged again on what stood
before it: a signature by its bytes, an activation by whom it needed then.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from handrail.contract.agreement import (
    Activated,
    AgreementBook,
    AgreementEvent,
    Lapsed,
    Ratified,
    RolledBack,
    Signature,
    Signed,
)
from handrail.contract.diff import changed_sections
from handrail.contract.model import Contract
from handrail.engine.items import Refused
from handrail.engine.ledger import Entry, read_entry
from handrail.engine.ports import SealedEntry, Store
from handrail.engine.versions import compile_contract
from handrail.kernel import agreement as kernel
from handrail.kernel.agreement_folds import evolve_book
from handrail.kernel.signers import AgreementRefusal, Terms, counted, lacking

KINDS = frozenset({"agreement", "contract"})

LOOKS_MAX = 10  # at versions that somebody changes meanwhile
LATER_CHUNK = 500  # entries read at once

Say = Callable[[int, str, str], None]
"""Tells of one fault: the entry, its place, what is wrong."""

_events_of = list[AgreementEvent]


class Agreed:
    """Follows what was agreed, entry by entry. `signed`: an adoption is a fault."""

    def __init__(self, *, store: Store, say: Say, signed: bool) -> None:
        self._store = store
        self._say = say
        self._signed = signed
        self._contracts: dict[str, Contract | None] = {}
        self.book = AgreementBook()
        self.signatures = 0  # that hold
        self.adopted = 0

    async def take(self, entries: Sequence[SealedEntry]) -> None:
        for stored in entries:
            if stored.kind not in KINDS:
                continue
            try:
                entry = read_entry(stored)
                events = msgspec.convert(entry.change.get("agreement", []), _events_of)
            except Exception as wrong:  # whatever a changed byte does; the chain found it already
                self._say(stored.seq, "agreement", f"it cannot be read: {wrong}")
                continue
            if stored.kind == "contract" and not events:
                self._adopt(stored.seq, f"version {entry.change.get('version')}")
            for event in events:
                told = await self._judge(event, entry)
                if told is not None:
                    self._say(stored.seq, "agreement", told)
                self.book = evolve_book(self.book, event, at=entry.at, actor=entry.actor)

    def _adopt(self, seq: int, what: str) -> None:
        self.adopted += 1
        if self._signed:
            self._say(seq, "agreement", f"{what} was put in force without signatures (adopted)")

    async def _judge(self, event: AgreementEvent, entry: Entry) -> str | None:
        """What is wrong with the step, on what stood before it."""
        match event:
            case Signed():
                return self._judge_signature(event, entry)
            case Activated(ground="adopted"):
                self._adopt(entry.seq, f"{event.name} version {event.version}")
                return None
            case Activated():
                return await self._judge_activation(event, entry)
            case Ratified(digest=digest):
                return await self._judge_ratified(digest)
            case Lapsed(digest=digest, to=to):
                held = self._emergency_of(digest)
                is_due = held is not None and held.lapses_at <= entry.at and held.back_to == to
                return None if is_due else f"no emergency of {digest[:12]} was over then"
            case RolledBack(digest=digest, to=to):
                return self._judge_rollback(event)
            case _:
                return None

    def _emergency_of(self, digest: str) -> Any:
        found = self.book.versions.get(digest)
        return found.emergency if found is not None and found.state == "in_force" else None

    def _judge_signature(self, event: Signed, entry: Entry) -> str | None:
        found = self.book.versions.get(event.digest)
        if found is None:
            return f"{event.address} signed {event.digest[:12]}, which was never drafted"
        given = Signature(
            role=event.role,
            address=event.address,
            public=event.public,
            signature=event.signature,
            at=entry.at,
        )
        alone = msgspec.structs.replace(found, signatures=(given,))
        if not counted(self.book, alone):
            return (
                f"the signature of {event.address} as {event.role} over {found.name} version "
                f"{found.version} is not by a key of theirs that counted then"
            )
        self.signatures += 1
        return None

    async def _judge_activation(self, event: Activated, entry: Entry) -> str | None:
        """Decided again: it must come out the same."""
        terms = await self._terms(event.digest)
        if terms is None:
            return f"the content of version {event.version} is not kept as it was signed"
        wish = kernel.Wish(emergency=event.emergency.reason if event.emergency else None)
        answer = kernel.activate(self.book, terms=terms, wish=wish, lacks=(), now=entry.at)
        if isinstance(answer, AgreementRefusal):
            return f"{event.name} version {event.version} was put in force, though {answer.message}"
        again = answer[0] if answer else None
        if not isinstance(again, Activated) or _right(again) != _right(event):
            return f"{event.name} version {event.version} was put in force by another right"
        return None

    async def _judge_ratified(self, digest: str) -> str | None:
        found, terms = self.book.versions.get(digest), await self._terms(digest)
        if found is None or terms is None or found.emergency is None:
            return f"there was no emergency {digest[:12]} to sign"
        answer = lacking(self.book, found, terms)
        return answer.message if isinstance(answer, AgreementRefusal) else None

    def _judge_rollback(self, event: RolledBack) -> str | None:
        found = self.book.versions.get(event.digest)
        name = found.name if found is not None else ""
        answer = kernel.roll_back(self.book, name=name, to=event.to, reason=event.reason, lacks=())
        return answer.message if isinstance(answer, AgreementRefusal) else None

    async def _terms(self, digest: str) -> Terms | None:
        contract = await self._contract(digest)
        if contract is None:
            return None
        ruling = self.book.ruling(contract.name)
        rules = await self._contract(ruling.digest) if ruling is not None else None
        if rules is None:
            return Terms(contract=contract)
        return Terms(contract=contract, ruling=rules, changed=changed_sections(rules, contract))

    async def _contract(self, digest: str) -> Contract | None:
        """As stored, if it still is what its digest says."""
        if digest not in self._contracts:
            stored = await self._store.contract(digest)
            try:
                found = compile_contract(stored) if stored is not None else None
            except Refused:
                found = None
            whole = found is not None and found.digest == digest
            self._contracts[digest] = found if whole else None
        return self._contracts[digest]

    async def end(self, *, seq: int) -> None:
        """What is stored of versions and keys is what the entries tell; `seq`: the last of them.

        Somebody may go on meanwhile: what they add of versions is judged too, and looked at again.
        """
        for _ in range(LOOKS_MAX):
            stored = await self._store.agreements()
            later = []
            async for entries in self._store.entries(after=seq, chunk=LATER_CHUNK):
                later += [entry for entry in entries if entry.kind in KINDS]
                seq = entries[-1].seq
            if not later:
                self._compare(stored, seq=seq)
                return
            await self.take(later)
        self._say(seq, "agreement", "versions changed at every look: verify once more")

    def _compare(self, stored: AgreementBook, *, seq: int) -> None:
        for what, told, kept in (
            ("version", self.book.versions, stored.versions),
            ("key", self.book.keys, stored.keys),
        ):
            for name in sorted({*told, *kept}):
                if told.get(name) != kept.get(name):
                    self._say(seq, "agreement", f"{what} {name} is stored otherwise than recorded")


def _right(event: Activated) -> tuple[object, ...]:
    """By what it is in force. Which sections differ is judged by whoever signs, not here."""
    return (event.digest, event.ground, event.before, event.emergency)
