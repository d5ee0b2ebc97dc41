"""Values as rows and back: bodies are JSON, and what is searched for stands in columns."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import asyncpg
import msgspec

from handrail.contract.agreement import Agreement, AgreementBook, PersonKey
from handrail.engine.ports import (
    Batch,
    Choice,
    Delivery,
    Head,
    SavedCase,
    SealedEntry,
    StoredCase,
    StoredContract,
)
from handrail.engine.standing import HANDLING_KEPT
from handrail.kernel.decision import Case
from handrail.store.facets import account_of, is_timed
from handrail.terms.evidence import RepConditions
from handrail.terms.handoff import Handoff
from handrail.terms.lead import Lead


class _SparseLead(Lead, frozen=True, omit_defaults=True):
    pass


class _SparseHandoff(Handoff, frozen=True, omit_defaults=True):
    """A handoff of which only what differs from the defaults is written: a third of the bytes."""


_encode = msgspec.json.Encoder().encode
_lead_of = msgspec.json.Decoder(Lead).decode
_handoff_of = msgspec.json.Decoder(Handoff).decode
conditions_of = msgspec.json.Decoder(RepConditions).decode
_tables_of = msgspec.json.Decoder(dict[str, str]).decode
_agreement_of = msgspec.json.Decoder(Agreement).decode

Row = tuple[Any, ...]


class Part(NamedTuple):
    """Rows for the part of this name in `stage.sql`, and what it takes beside them."""

    name: str
    rows: list[Row]
    also: Row = ()

    @property
    def parameters(self) -> list[Any]:
        """The rows as columns, as the statement takes them."""
        return [*map(list, zip(*self.rows, strict=True)), *self.also]


def encode_lead(lead: Lead) -> bytes:
    return _encode(_SparseLead(*msgspec.structs.astuple(lead)))


def encode_handoff(handoff: Handoff) -> bytes:
    return _encode(_SparseHandoff(*msgspec.structs.astuple(handoff)))


def stored_case(*, state: bytes, key: bytes, body: bytes | None) -> StoredCase:
    handoff = _handoff_of(body) if body is not None else None
    return StoredCase(case=Case(lead=_lead_of(state), handoff=handoff), key=key)


def case_of(record: asyncpg.Record) -> StoredCase:
    return stored_case(state=record["state"], key=record["key"], body=record["body"])


def head_of(record: asyncpg.Record) -> Head:
    return Head(
        seq=record["seq"],
        digest=record["digest"],
        contract=record["contract"],
        roster=record["roster"],
        others=tuple(record["others"]),
    )


def entry_of(record: asyncpg.Record) -> SealedEntry:
    return SealedEntry(*record)


def choice_of(record: asyncpg.Record) -> Choice:
    person, channels, off, at, by = record
    return Choice(person=person, channels=tuple(channels), off=tuple(off), at=at, by=by)


def delivery_of(record: asyncpg.Record) -> Delivery:
    return Delivery(*record)


def contract_of(record: asyncpg.Record) -> StoredContract:
    return StoredContract(
        digest=record["digest"],
        name=record["name"],
        version=record["version"],
        source=record["source"],
        tables=_tables_of(record["tables"]),
    )


def book_of(versions: Iterable[asyncpg.Record], keys: Iterable[asyncpg.Record]) -> AgreementBook:
    found = [_agreement_of(record["body"]) for record in versions]
    people = [PersonKey(**dict(record)) for record in keys]
    return AgreementBook(
        versions={one.digest: one for one in found}, keys={one.public: one for one in people}
    )


def parts_of(batch: Batch) -> Iterator[Part]:
    """What the batch has to write, part by part."""
    yield from _case_parts(batch)
    yield from _rows("captures", batch.captures)
    yield from _rows("entries", (msgspec.structs.astuple(entry) for entry in batch.entries))
    yield from _rows("turns", (msgspec.structs.astuple(turn) for turn in batch.turns))
    yield from _rows("deliveries", (msgspec.structs.astuple(row) for row in batch.deliveries))
    yield from _people_parts(batch)
    yield from _rows(
        "armed", ((wake.kind, wake.id, at) for wake, at in batch.wakes.items() if at is not None)
    )
    yield from _rows(
        "disarmed", ((wake.kind, wake.id) for wake, at in batch.wakes.items() if at is None)
    )
    yield from _rows("evidence", batch.evidence.items())
    # The last of one handoff: a meeting that was moved again.
    booked = {meeting.handoff: meeting for meeting in batch.meetings}.values()
    yield from _rows("meetings", (msgspec.structs.astuple(meeting) for meeting in booked))
    yield from _rows(
        "contracts",
        (
            (row.digest, row.name, row.version, row.source, _encode(row.tables).decode())
            for row in batch.contracts
        ),
    )
    yield from _agreement_parts(batch)
    yield from _rows("rosters", (msgspec.structs.astuple(row) for row in batch.rosters))
    yield from _rows("idempotency", (msgspec.structs.astuple(row) for row in batch.idempotency))


def _agreement_parts(batch: Batch) -> Iterator[Part]:
    """What ends comes before what begins: one version of a name is in force, one key counts."""
    versions = sorted(batch.agreements, key=lambda row: (row.state == "in_force", row.digest))
    yield from _rows(
        "agreements",
        ((row.digest, row.name, row.version, row.state, _encode(row)) for row in versions),
    )
    keys = sorted(batch.person_keys, key=lambda row: (row.is_live, row.public))
    yield from _rows(
        "person_keys",
        (
            (row.public, row.address, row.registered_at, row.registered_by, row.withdrawn_at)
            for row in keys
        ),
    )


def head_parameters(head: Head) -> Row:
    return (head.seq, head.digest, head.contract, head.roster, list(head.others))


def _case_parts(batch: Batch) -> Iterator[Part]:
    new = [saved for saved in batch.cases.values() if saved.is_new]
    known = [saved for saved in batch.cases.values() if not saved.is_new]
    yield from _rows("new_leads", map(_lead_row, new))
    yield from _rows("new_handoffs", _handoff_rows(new))
    yield from _rows("known_leads", map(_lead_row, known))
    yield from _rows("superseded", map(_latest_row, known))
    yield from _rows("known_handoffs", _handoff_rows(known))


def _people_parts(batch: Batch) -> Iterator[Part]:
    seq = batch.head.seq
    loads = (
        (rep, row.open, row.unworked, row.timed, row.extra) for rep, row in batch.loads.items()
    )
    yield from _rows("loads", loads, seq)
    conditions = ((rep, _encode(row)) for rep, row in batch.conditions.items())
    yield from _rows("conditions", conditions, seq)
    yield from _rows("handling", batch.handling, seq, HANDLING_KEPT)
    yield from _rows("choices", map(_choice_row, batch.choices))


def _choice_row(choice: Choice) -> Row:
    """Names of channels and kinds, none of which has a comma."""
    return (choice.person, ",".join(choice.channels), ",".join(choice.off), choice.at, choice.by)


def _rows(name: str, rows: Iterable[Row], *also: Any) -> Iterator[Part]:
    """The part, if there are any rows."""
    found = list(rows)
    if found:
        yield Part(name, found, also)


def _lead_row(saved: SavedCase) -> Row:
    lead = saved.case.lead
    return (lead.id, lead.email, encode_lead(lead), saved.key)


def _latest_row(saved: SavedCase) -> Row:
    handoff = saved.case.handoff
    return (saved.case.lead.id, handoff.id if handoff is not None else None)


def _handoff_rows(cases: Iterable[SavedCase]) -> Iterator[Row]:
    for saved in cases:
        handoff = saved.case.handoff
        if handoff is not None:
            clock = handoff.clock("first_action")
            yield (
                handoff.id,
                handoff.lead,
                handoff.is_open,
                handoff.stage,
                handoff.owner.team,
                handoff.owner.rep,
                account_of(saved),
                saved.case.lead.captured_at,
                handoff.opened_at,
                saved.wake_at,
                clock.due_at if clock is not None else None,
                handoff.met_at,
                is_timed(handoff),
                encode_handoff(handoff),
                handoff.incident.opened_at if handoff.incident is not None else None,
                handoff.load,
            )
