"""The same again: every recorded decision taken anew on what was recorded, and held against it."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Literal

import msgspec

from handrail.contract.model import Contract
from handrail.engine.consulted import Recorded
from handrail.engine.items import Refused
from handrail.engine.ledger import Entry, EvidenceRecord, encode, read_entry, reveal
from handrail.engine.ports import SealedEntry, Store
from handrail.engine.recorded_before import as_before
from handrail.engine.vault import Unreadable, Vault
from handrail.engine.versions import EMPTY_ROSTER, compile_contract, compile_roster
from handrail.kernel.decide import decide
from handrail.kernel.decision import Case, Evidence, Reasons, Refusal
from handrail.kernel.evolve import evolve
from handrail.terms.command import Capture
from handrail.terms.event import Event
from handrail.terms.evidence import RepConditions
from handrail.terms.people import Roster

CHUNK = 1_000  # entries read at once
CASES_KEPT = 20_000  # of open leads, 2-3 kB each; an older one is folded again from its entries
CONDITIONS_KEPT = 10_000
VERSIONS_KEPT = 64  # contracts and rosters, compiled
DIFFERENCES_MAX = 1_000  # whoever sees a thousand needs no more to start looking

Progress = Callable[[int], None]
What = Literal["events", "reasons", "refused", "not_recorded", "unreadable", "failed"]


class Difference(msgspec.Struct, frozen=True):
    """A decision that came out otherwise: `recorded` and `replayed` are what differs."""

    seq: int
    lead: str
    handoff: str | None
    what: What
    recorded: Any
    replayed: Any


class ReplayReport(msgspec.Struct, frozen=True):
    """`decisions` were taken again, `equal` of them byte for byte; `erased` could not be."""

    ok: bool
    decisions: int
    equal: int
    erased: int
    differences: tuple[Difference, ...]


async def replay(
    store: Store,
    vault: Vault,
    *,
    handoff: str | None = None,
    progress: Progress | None = None,
) -> ReplayReport:
    """Take every recorded decision again, or those of one handoff (or lead) id.

    Raises LookupError when nothing is recorded under the id.
    """
    replayer = Replayer(store=store, vault=vault)
    if handoff is None:
        async for entries in store.entries(after=0, chunk=CHUNK):
            await replayer.take([entry for entry in entries if entry.kind == "case"])
            if progress is not None:
                progress(replayer.decisions + replayer.erased)
    else:
        lead, entries = await entries_about(store, handoff)
        await replayer.take(entries, only=None if lead == handoff else handoff)
    return replayer.report()


async def entries_about(store: Store, id: str) -> tuple[str, list[SealedEntry]]:
    """The lead behind a handoff (or lead) id, and all its entries. Raises LookupError."""
    found = await store.case_of_handoff(id)
    lead = found.case.lead.id if found is not None else id
    entries = await store.entries_of(lead)
    if not entries:
        raise LookupError(f"nothing is recorded of a handoff or lead {id!r}")
    return lead, entries


async def opened_entries(
    store: Store, vault: Vault, stored: Sequence[SealedEntry]
) -> list[Entry | None]:
    """The entries with their personal values; None for an erased person. Raises Unreadable."""
    keys = await store.keys(sorted({entry.lead for entry in stored if entry.lead is not None}))
    return [_opened(entry, key=keys.get(entry.lead or ""), vault=vault) for entry in stored]


def _opened(stored: SealedEntry, *, key: bytes | None, vault: Vault) -> Entry | None:
    entry = read_entry(stored)
    if entry.seal is None:
        return entry
    if key is None:
        return None
    if stored.sealed is None:
        raise Unreadable("the sealed values are gone, though the person's key exists")
    return reveal(entry, sealed=stored.sealed, vault=vault, key=key)


class Replayer:
    """Folds each lead's case from its entries, and decides each of them again beside it."""

    def __init__(self, *, store: Store, vault: Vault) -> None:
        self.decisions = 0
        self.equal = 0
        self.erased = 0
        self._store = store
        self._vault = vault
        self._differences: list[Difference] = []
        self._cases: OrderedDict[str, Case] = OrderedDict()
        self._contracts: dict[str, Contract] = {}
        self._rosters: dict[str, Roster] = {}
        self._conditions: OrderedDict[str, dict[str, RepConditions]] = OrderedDict()

    def report(self) -> ReplayReport:
        return ReplayReport(
            ok=not self._differences,
            decisions=self.decisions,
            equal=self.equal,
            erased=self.erased,
            differences=tuple(self._differences),
        )

    async def take(self, stored: Sequence[SealedEntry], *, only: str | None = None) -> None:
        """Decide these again, in their order. `only`: count those of this handoff alone."""
        keys = await self._store.keys(sorted({item.lead for item in stored if item.lead}))
        for item in stored:
            if item.lead is None:
                continue
            counts = only is None or item.handoff == only
            try:
                entry = _opened(item, key=keys.get(item.lead), vault=self._vault)
            except (Unreadable, msgspec.DecodeError, ValueError) as fault:
                self._differ(item, "unreadable", recorded=None, replayed=str(fault))
                continue
            if entry is None:
                self.erased += counts
                self._cases.pop(item.lead, None)
                continue
            await self._take(item, entry, counts=counts)
        self._shed()

    async def _take(self, stored: SealedEntry, entry: Entry, *, counts: bool) -> None:
        assert entry.lead is not None
        known, before = await self._case_before(entry)
        if not known:
            self.erased += counts  # what came before it was of a person who is erased
            return
        if counts:
            self.decisions += 1
            if await self._is_equal(stored, entry, before):
                self.equal += 1
        after = before
        for event in entry.events:
            after = evolve(after, event, at=entry.at)
        if after is not None:
            self._cases[entry.lead] = after

    async def _case_before(self, entry: Entry) -> tuple[bool, Case | None]:
        """Whether it can be known, and the case as this entry found it."""
        assert entry.lead is not None
        case = self._cases.pop(entry.lead, None)
        if case is not None:
            return True, case
        if isinstance(entry.command, Capture) and entry.command.id == entry.lead:
            return True, None  # a lead has the id of its first capture
        return await self._folded(entry)

    async def _folded(self, until: Entry) -> tuple[bool, Case | None]:
        assert until.lead is not None
        stored = [e for e in await self._store.entries_of(until.lead) if e.seq < until.seq]
        case: Case | None = None
        with suppress(Unreadable):
            for entry in await opened_entries(self._store, self._vault, stored):
                if entry is None:
                    return False, None
                for event in entry.events:
                    case = evolve(case, event, at=entry.at)
        return True, case

    def _shed(self) -> None:
        while len(self._cases) > CASES_KEPT:
            self._cases.popitem(last=False)
        while len(self._conditions) > CONDITIONS_KEPT:
            self._conditions.popitem(last=False)

    # --- one decision

    async def _is_equal(self, stored: SealedEntry, entry: Entry, before: Case | None) -> bool:
        try:
            answer = await self._decide(entry, before)
        except KeyError as fault:
            return self._differ(stored, "not_recorded", recorded=None, replayed=str(fault))
        except (Refused, AssertionError) as fault:
            return self._differ(stored, "failed", recorded=None, replayed=str(fault))
        if isinstance(answer, Refusal):
            return self._differ(stored, "refused", recorded=entry.events, replayed=answer)
        events, reasons = answer
        if encode(as_before(events, entry.events)) != encode(entry.events):
            return self._differ(stored, "events", recorded=entry.events, replayed=events)
        if encode(reasons) != encode(entry.reasons or Reasons()):
            return self._differ(stored, "reasons", recorded=entry.reasons, replayed=reasons)
        return True

    async def _decide(
        self, entry: Entry, before: Case | None
    ) -> tuple[tuple[Event, ...], Reasons] | Refusal:
        if entry.command is None or entry.contract is None:
            raise KeyError("the command or the contract")
        record = entry.evidence or EvidenceRecord()
        contract = await self._contract(entry.contract)
        staffing = Recorded(
            roster=await self._roster(record.roster),
            record=record,
            conditions=await self._conditions_of(record.conditions),
        )
        answer = decide(
            contract=contract,
            case=before,
            command=entry.command,
            evidence=Evidence(
                staffing=staffing,
                account=record.account,
                at_once=record.at_once,
                risk=record.risk,
                wishes=record.wishes,
            ),
            now=entry.at,
        )
        if isinstance(answer, Refusal):
            return answer
        return answer.events, answer.reasons

    def _differ(
        self, stored: SealedEntry, what: What, *, recorded: object, replayed: object
    ) -> bool:
        if len(self._differences) < DIFFERENCES_MAX:
            self._differences.append(
                Difference(
                    seq=stored.seq,
                    lead=stored.lead or "",
                    handoff=stored.handoff,
                    what=what,
                    recorded=msgspec.to_builtins(recorded),
                    replayed=msgspec.to_builtins(replayed),
                )
            )
        return False

    # --- what the decision was taken on

    async def _contract(self, digest: str) -> Contract:
        known = self._contracts.get(digest)
        if known is None:
            stored = await self._store.contract(digest)
            if stored is None:
                raise KeyError(f"contract {digest}")
            known = compile_contract(stored)
            _keep(self._contracts, digest, known)
        return known

    async def _roster(self, digest: str | None) -> Roster:
        if digest is None:
            return EMPTY_ROSTER
        known = self._rosters.get(digest)
        if known is None:
            stored = await self._store.roster(digest)
            if stored is None:
                raise KeyError(f"roster {digest}")
            known = compile_roster(stored)
            _keep(self._rosters, digest, known)
        return known

    async def _conditions_of(self, digest: str | None) -> dict[str, RepConditions]:
        if digest is None:
            return {}
        known = self._conditions.get(digest)
        if known is None:
            raw = bytes.fromhex(digest)
            body = (await self._store.evidence([raw])).get(raw)
            if body is None:
                raise KeyError(f"conditions {digest}")
            known = await self._days_of(_conditions_decoder.decode(body))
            self._conditions[digest] = known
        return known

    async def _days_of(self, kept: dict[str, RepConditions | str]) -> dict[str, RepConditions]:
        """With those that were kept apart put in their places."""
        apart = {bytes.fromhex(one) for one in kept.values() if isinstance(one, str)}
        found = await self._store.evidence(sorted(apart)) if apart else {}
        if len(found) < len(apart):
            raise KeyError(f"conditions {sorted(apart - found.keys())[0].hex()}")
        return {
            rep: _day_decoder.decode(found[bytes.fromhex(one)]) if isinstance(one, str) else one
            for rep, one in kept.items()
        }


_conditions_decoder = msgspec.json.Decoder(dict[str, RepConditions | str])
_day_decoder = msgspec.json.Decoder(RepConditions)


def _keep(table: dict[str, Any], digest: str, version: object) -> None:
    if len(table) >= VERSIONS_KEPT:
        table.clear()
    table[digest] = version
