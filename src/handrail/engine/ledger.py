"""Ledger entries: what was asked, what it was judged on, what came of it, chained by hashes."""

import base64
import hashlib
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from handrail.engine.ports import SealedEntry
from handrail.engine.vault import Vault, blank
from handrail.kernel.decision import Reasons
from handrail.terms.command import Command, Personal
from handrail.terms.event import Event
from handrail.terms.evidence import AccountHistory, RepLoad, TeamTally
from handrail.terms.risk import RiskWeights

PACK_FROM = 1_000  # bytes of evidence and reasons above which they are compressed
PACK_LEVEL = 6
EVIDENCE_DIGEST_BYTES = 16


class EvidenceRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a decision looked at. Rosters and conditions by digest, loads and turns in place.

    `tallies` are by team, then rep. `conditions` is the hex digest of a stored map of the
    consulted reps' conditions (those that say anything); the fairness window follows from the
    contract. `at_once`: notifications were delivered by the commit itself. `risk`: what the signs
    of a missed meeting weighed, where one was judged. `wishes`: the buyer may not be contacted,
    and the decision minded it.
    """

    roster: str | None = None
    loads: dict[str, RepLoad] = {}
    tallies: dict[str, dict[str, TeamTally]] = {}
    conditions: str | None = None
    account: AccountHistory = AccountHistory()
    at_once: bool = False
    risk: RiskWeights | None = None
    wishes: bool = False


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record of the ledger. Personal values are not in it: `seal` is their salted hash."""

    seq: int
    at: datetime
    kind: str
    actor: str
    lead: str | None = None
    handoff: str | None = None
    contract: str | None = None
    command: Command | None = None
    events: tuple[Event, ...] = ()
    evidence: EvidenceRecord | None = None
    reasons: Reasons | None = None
    packed: str | None = None  # evidence and reasons, compressed, when they are large
    change: dict[str, Any] = {}  # of rosters, contracts, conditions
    seal: str | None = None


class _Packed(msgspec.Struct, frozen=True, omit_defaults=True):
    evidence: EvidenceRecord
    reasons: Reasons


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Entry)
_packed_decoder = msgspec.json.Decoder(_Packed)


def chain(previous: bytes, body: bytes) -> bytes:
    """The digest that links an entry to the one before it."""
    return hashlib.sha256(previous + body).digest()


def encode(value: Any) -> bytes:
    """Canonical JSON: keys of mappings sorted, fields in the order of their declaration."""
    return _encoder.encode(value)


def write_entry(
    *,
    entry: Entry,
    previous: bytes,
    vault: Vault,
    key: bytes | None,
) -> SealedEntry:
    """Seal the personal values, pack what is large, and link the entry to the chain."""
    personal = _personal_of(entry)
    commitment, sealed = (None, None)
    if personal is not None and key is not None:
        commitment, sealed = vault.seal(personal, key=key)
        entry = msgspec.structs.replace(
            entry,
            command=blank(entry.command),
            events=tuple(blank(event) for event in entry.events),
            seal=commitment,
        )
    body = encode(_pack(entry))
    return SealedEntry(
        seq=entry.seq,
        at=entry.at,
        kind=entry.kind,
        lead=entry.lead,
        handoff=entry.handoff,
        body=body,
        digest=chain(previous, body),
        sealed=sealed,
    )


def read_entry(stored: SealedEntry) -> Entry:
    """The entry as it was recorded, without personal values."""
    entry = _decoder.decode(stored.body)
    if entry.packed is None:
        return entry
    packed = _packed_decoder.decode(zlib.decompress(base64.b64decode(entry.packed)))
    return msgspec.structs.replace(
        entry, packed=None, evidence=packed.evidence, reasons=packed.reasons
    )


def reveal(entry: Entry, *, sealed: bytes | None, vault: Vault, key: bytes) -> Entry:
    """The entry with its personal values put back."""
    if entry.seal is None or sealed is None:
        return entry
    values = vault.open(sealed, key=key, commitment=entry.seal)
    command, *events = values
    return msgspec.structs.replace(
        entry,
        seal=None,
        command=_filled(entry.command, command),
        events=tuple(
            _filled(event, personal) for event, personal in zip(entry.events, events, strict=True)
        ),
    )


def _filled(value: Any, personal: Personal) -> Any:
    if personal == _NOTHING:
        return value
    return msgspec.structs.replace(value, personal=personal)


def _personal_of(entry: Entry) -> list[Personal] | None:
    """Of the command, then of each event; None when there is nothing personal in any."""
    values = [getattr(entry.command, "personal", _NOTHING)]
    values += [getattr(event, "personal", _NOTHING) for event in entry.events]
    return values if any(value != _NOTHING for value in values) else None


_NOTHING = Personal()


def _pack(entry: Entry) -> Entry:
    if entry.evidence is None or entry.reasons is None:
        return entry
    size = len(entry.evidence.loads) + sum(
        len(routing.candidates) for routing in entry.reasons.routings
    )
    if size * 40 < PACK_FROM:
        return entry
    plain = encode(_Packed(evidence=entry.evidence, reasons=entry.reasons))
    packed = base64.b64encode(zlib.compress(plain, PACK_LEVEL)).decode()
    return msgspec.structs.replace(entry, evidence=None, reasons=None, packed=packed)


def evidence_digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:EVIDENCE_DIGEST_BYTES]


def encode_conditions(conditions: Mapping[str, Any]) -> bytes:
    return encode(dict(conditions))
