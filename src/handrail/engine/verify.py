"""Whether the ledger is whole: every link, every column, every sealed value, every invariant."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from handrail.engine.ledger import chain, evidence_digest, read_entry
from handrail.engine.ports import Head, SealedEntry, Store
from handrail.engine.vault import Unreadable, Vault
from handrail.engine.verify_agreement import Agreed
from handrail.engine.verify_choices import Chosen

CHUNK = 2_000  # entries read at once: a few MB
FAULTS_MAX = 1_000  # whoever sees a thousand needs no more to start looking
DIGESTS_KEPT = 50_000  # of evidence already checked; above it some are checked again

Progress = Callable[[int], None]


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong. `place`: row, body, digest, a column, sealed, evidence, agreement
    or head."""

    seq: int
    place: str
    message: str


class VerifyReport(msgspec.Struct, frozen=True):
    """What was found. `head` is the hex digest of the last entry; `invariants` those broken."""

    ok: bool
    entries: int
    head: str
    faults: tuple[Fault, ...]
    invariants: tuple[str, ...]
    sealed: int = 0  # entries whose personal values were opened and are those committed to
    erased: int = 0  # entries of persons whose key was destroyed
    signatures: int = 0  # over versions of contracts, that hold
    adopted: int = 0  # versions put in force without signatures


async def verify(
    store: Store,
    vault: Vault | None,
    *,
    signed: bool = False,
    progress: Progress | None = None,
    chunk: int = CHUNK,
) -> VerifyReport:
    """Read the whole ledger and say what is wrong with it, each fault with its place.

    Runs beside a live engine: entries that are added meanwhile are read too. Without a vault the
    sealed values are not opened; their presence is not judged then. `signed`: a contract that was
    in force without signatures is a fault, as it is everywhere but in virtual worlds.
    """
    book = FaultBook()
    agreed = Agreed(store=store, say=book.add, signed=signed)
    chosen = Chosen(store=store, say=book.add)
    links = Chain(book)
    contents = Contents(store=store, vault=vault, book=book)
    head = await store.head()
    async for entries in store.entries(after=0, chunk=chunk):
        columns = links.take(entries, head=head)
        await contents.take(entries, columns)
        await agreed.take(entries)
        chosen.take(entries)
        if progress is not None:
            progress(links.count)
    links.end(head=head, now_at=await store.head())
    await contents.check_versions(head)
    await agreed.end(seq=links.seq)
    await chosen.end()
    invariants = tuple(await store.faults())
    return VerifyReport(
        ok=not book.faults and not invariants,
        entries=links.count,
        head=links.digest.hex(),
        faults=tuple(book.faults),
        invariants=invariants,
        sealed=contents.opened,
        erased=contents.erased,
        signatures=agreed.signatures,
        adopted=agreed.adopted,
    )


class FaultBook:
    """Faults in the order found; the first thousand."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, seq: int, place: str, message: str) -> None:
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(Fault(seq=seq, place=place, message=message))


class Columns(msgspec.Struct, gc=False):
    """What of a body stands in columns too, or leads to what lies beside the entry."""

    seq: int
    at: datetime
    kind: str
    lead: str | None = None
    handoff: str | None = None
    contract: str | None = None
    seal: str | None = None


_decode = msgspec.json.Decoder(Columns).decode


class Chain:
    """Follows the links from the first entry on, or from the one after `seq`."""

    def __init__(self, book: FaultBook, *, seq: int = 0, digest: bytes = bytes(32)) -> None:
        self.count = 0
        self.seq = seq
        self.digest = digest
        # Digests on which the next entry may stand: after a broken one, the stored and the true.
        # Empty after a gap: there is nothing to hold the next one against.
        self._before: tuple[bytes, ...] = (self.digest,)
        self._book = book
        self._contracts: dict[str, tuple[str, bool]] = {}  # by name: digest, whether of sources
        self._roster: str | None = None

    def take(self, entries: Sequence[SealedEntry], *, head: Head) -> list[Columns | None]:
        """Check one stretch. The columns of each entry, None where the body cannot be read."""
        found: list[Columns | None] = []
        for entry in entries:
            if entry.seq != self.seq + 1:
                self._gap(entry.seq)
            self._link(entry)
            columns = self._columns(entry)
            found.append(columns)
            if columns is not None and columns.kind != "case" and entry.seq <= head.seq:
                self._count_version(entry, columns)
            self.seq = entry.seq
            if entry.seq == head.seq and entry.digest != head.digest:
                self._book.add(entry.seq, "head", "the head's digest is not that of its entry")
        self.count += len(entries)
        return found

    def _gap(self, seq: int) -> None:
        first, last = self.seq + 1, seq - 1
        if last < first:
            self._book.add(seq, "row", f"entry {seq} follows entry {self.seq}: the order is wrong")
        elif first == last:
            self._book.add(first, "row", f"entry {first} is missing")
        else:
            self._book.add(first, "row", f"entries {first} to {last} are missing")
        self._before = ()

    def _link(self, entry: SealedEntry) -> None:
        computed = [chain(before, entry.body) for before in self._before]
        self._before = (entry.digest,)
        self.digest = entry.digest
        if computed and entry.digest not in computed:
            self._before = (entry.digest, *computed)
            self._book.add(
                entry.seq,
                "digest",
                f"the digest of entry {entry.seq} is not that of its body on top of the entry"
                " before: one of the three was changed",
            )

    def _columns(self, entry: SealedEntry) -> Columns | None:
        try:
            columns = _decode(entry.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            self._book.add(entry.seq, "body", f"the body cannot be read: {fault}")
            return None
        if (
            columns.seq != entry.seq
            or columns.at != entry.at
            or columns.kind != entry.kind
            or columns.lead != entry.lead
            or columns.handoff != entry.handoff
        ):
            self._differ(entry, columns)
        return columns

    def _differ(self, entry: SealedEntry, columns: Columns) -> None:
        for name in ("seq", "at", "kind", "lead", "handoff"):
            column, body = getattr(entry, name), getattr(columns, name)
            if column != body:
                self._book.add(
                    entry.seq, name, f"column {name} says {column}, the body of the entry {body}"
                )

    def _count_version(self, entry: SealedEntry, columns: Columns) -> None:
        if columns.kind == "contract":
            self._count_contract(entry, columns)
        elif columns.kind == "roster":
            self._roster = _roster_of(entry) or self._roster

    def _count_contract(self, entry: SealedEntry, columns: Columns) -> None:
        change = _change_of(entry)
        name = change.get("name")
        if isinstance(name, str) and columns.contract is not None:
            self._contracts[name] = (columns.contract, bool(change.get("sources")))

    def end(self, *, head: Head, now_at: Head) -> None:
        """`head` is the end as it was before reading began, `now_at` as it is after."""
        if self.seq < head.seq:
            first = self.seq + 1
            missing = f"entry {first} is" if first == head.seq else f"entries {first} on are"
            self._book.add(first, "row", f"{missing} missing: the head is at {head.seq}")
        elif self.seq > now_at.seq:
            self._book.add(self.seq, "head", f"the head is at {now_at.seq}, the last entry beyond")
        else:
            self._end_in_force(head)
        if self.count == 0 and head.seq == 0 and head.digest != bytes(32):
            self._book.add(0, "head", "the head of an empty ledger is not the zero digest")

    def _end_in_force(self, head: Head) -> None:
        versions = sorted(self._contracts.values())
        default = next((digest for digest, of_sources in versions if not of_sources), None)
        others = tuple(digest for digest, of_sources in versions if of_sources)
        for name, said, told in (
            ("contract", head.contract, default),
            ("contracts by source", list(head.others), list(others)),
            ("roster", head.roster, self._roster),
        ):
            if said != told:
                self._book.add(
                    head.seq, "head", f"the head has {name} {said} in force, the ledger {told}"
                )


def _change_of(entry: SealedEntry) -> dict[str, Any]:
    try:
        return read_entry(entry).change
    except (msgspec.DecodeError, ValueError):
        return {}


def _roster_of(entry: SealedEntry) -> str | None:
    digest = _change_of(entry).get("digest")
    return digest if isinstance(digest, str) else None


class Contents:
    """What lies beside the entries: personal values under their keys, evidence by digest."""

    def __init__(self, *, store: Store, vault: Vault | None, book: FaultBook) -> None:
        self._store = store
        self._vault = vault
        self._book = book
        self._seen: set[bytes] = set()
        self._contracts: dict[str, int] = {}
        self.opened = 0
        self.erased = 0

    async def take(self, entries: Sequence[SealedEntry], columns: Sequence[Columns | None]) -> None:
        await self._check_seals(
            [
                (entry, found.seal)
                for entry, found in zip(entries, columns, strict=True)
                if found is not None and (found.seal is not None or entry.sealed is not None)
            ]
        )
        for found in columns:
            if found is not None and found.contract is not None:
                self._contracts.setdefault(found.contract, found.seq)
        await self._check_evidence(
            [entry for entry in entries if b'"conditions":' in entry.body or _packs(entry)]
        )

    async def _check_seals(self, sealed: Sequence[tuple[SealedEntry, str | None]]) -> None:
        if self._vault is None or not sealed:
            return
        leads = sorted({entry.lead for entry, _ in sealed if entry.lead is not None})
        keys = await self._store.keys(leads)
        for entry, seal in sealed:
            fault = self._seal_fault(entry, seal, key=keys.get(entry.lead or ""))
            if fault is not None:
                self._book.add(entry.seq, "sealed", fault)

    def _seal_fault(self, entry: SealedEntry, seal: str | None, *, key: bytes | None) -> str | None:
        assert self._vault is not None
        if seal is None:
            return "there are sealed values to which the entry never committed"
        if key is None:
            self.erased += 1
            return None
        if entry.sealed is None:
            return "the sealed values are gone, though the person's key exists"
        try:
            self._vault.open(entry.sealed, key=key, commitment=seal)
        except Unreadable as fault:
            return str(fault)
        self.opened += 1
        return None

    async def _check_evidence(self, entries: Sequence[SealedEntry]) -> None:
        wanted: dict[bytes, int] = {}
        for entry in entries:
            for digest in _evidence_of(entry):
                if digest not in self._seen:
                    wanted.setdefault(digest, entry.seq)
        while wanted:  # what lists what others said, then what was kept apart
            wanted = await self._look_at(wanted)

    async def _look_at(self, wanted: dict[bytes, int]) -> dict[bytes, int]:
        """Each is there and unchanged. Returns what they refer to, by the entry that needs it."""
        apart: dict[bytes, int] = {}
        found = await self._store.evidence(list(wanted))
        for digest, seq in wanted.items():
            body = found.get(digest)
            if body is None:
                self._book.add(seq, "evidence", f"evidence {digest.hex()} is missing")
            elif evidence_digest(body) != digest:
                self._book.add(seq, "evidence", f"evidence {digest.hex()} was changed")
            else:
                apart.update((one, seq) for one in kept_apart(body) if one not in self._seen)
        if len(self._seen) > DIGESTS_KEPT:
            self._seen.clear()
        self._seen.update(wanted)
        return apart

    async def check_versions(self, head: Head) -> None:
        """Every contract that an entry names is kept, and so is the roster in force."""
        for digest, seq in self._contracts.items():
            if await self._store.contract(digest) is None:
                self._book.add(seq, "contract", f"contract {digest} is not kept")
        if head.roster is not None and await self._store.roster(head.roster) is None:
            self._book.add(head.seq, "head", f"roster {head.roster} is not kept")


def _packs(entry: SealedEntry) -> bool:
    return b'"packed":"' in entry.body


def kept_apart(body: bytes) -> list[bytes]:
    """The digests that a body of evidence refers to."""
    try:
        known = msgspec.json.decode(body)
        return [bytes.fromhex(one) for one in known.values() if isinstance(one, str)]
    except (msgspec.DecodeError, ValueError, AttributeError):
        return []


def _evidence_of(entry: SealedEntry) -> list[bytes]:
    """Digests of what a decision saw of people's days, and of the days that an entry changed."""
    try:
        read = read_entry(entry)
        seen = read.evidence.conditions if read.evidence is not None else None
        changed = (read.change or {}).get("conditions", {}).values()
        kept = [seen, *(one for one in changed if isinstance(one, str))]
        return [bytes.fromhex(one) for one in kept if one is not None]
    except Exception:  # whatever a changed byte does to it: the chain has already found that entry
        return []
