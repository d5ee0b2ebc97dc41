"""Cases and batches by hand, for the suites that hold both stores to one behaviour."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from handrail.engine.ports import Batch, Delivery, Head, SavedCase, SealedEntry, Store
from handrail.kernel.decision import Case
from handrail.terms.handoff import Handoff, Owner, Stage
from handrail.terms.lead import Lead
from handrail.terms.sla import Clock

T0 = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ADA = Owner(team="inbound", rep="ada")
POOL = Owner(team="inbound")


def minute(number: float) -> datetime:
    return T0 + timedelta(minutes=number)


def lead(id: str = "lena", *, email: str | None = None, **fields: Any) -> Lead:
    return Lead(id=id, captured_at=fields.pop("captured_at", T0), email=email, **fields)


def handoff(
    of: str = "lena", *, stage: Stage = "assigned", owner: Owner = ADA, **fields: Any
) -> Handoff:
    return Handoff(
        id=fields.pop("id", f"{of}/1"),
        lead=of,
        contract="c",
        opened_at=fields.pop("opened_at", T0),
        stage=stage,
        owner=owner,
        lead_type="demo",
        tier="A",
        threshold="asked",
        **fields,
    )


def timed(due_at: datetime) -> tuple[Clock, ...]:
    return (Clock(kind="first_action", opened_at=T0, due_at=due_at),)


def saved(
    handoff: Handoff | None = None,
    *,
    of: Lead | None = None,
    wake_at: datetime | None = None,
    is_new: bool = True,
    account: str | None = None,
    key: bytes = b"key",
) -> SavedCase:
    whose = of if of is not None else lead(handoff.lead if handoff is not None else "lena")
    if handoff is not None and handoff.is_open and wake_at is None:
        wake_at = minute(5)
    case = Case(lead=whose, handoff=handoff)
    return SavedCase(case=case, key=key, is_new=is_new, wake_at=wake_at, account=account)


def delivery(key: str, *, lead: str = "lena", due_at: datetime = T0) -> Delivery:
    return Delivery(
        key=key, lead=lead, handoff=f"{lead}/1", channel="email", body=b"{}", due_at=due_at
    )


def entry(seq: int, *, lead: str | None = "lena") -> SealedEntry:
    body = b'{"seq":%d}' % seq
    return SealedEntry(
        seq=seq,
        at=minute(seq),
        kind="case",
        lead=lead,
        handoff=None,
        body=body,
        digest=hashlib.sha256(body).digest(),
        sealed=b"sealed" if seq % 2 else None,
    )


def batch(after: Head, *cases: SavedCase, entries: int = 1, **parts: Any) -> Batch:
    """What one transaction writes, with as many entries as said."""
    told = [entry(after.seq + 1 + number) for number in range(entries)]
    head = Head(seq=told[-1].seq, digest=told[-1].digest) if told else after
    by_lead = {case.case.lead.id: case for case in cases}
    return Batch(head=head, cases=by_lead, entries=told, **parts)


async def write(store: Store, *cases: SavedCase, **parts: Any) -> Head:
    async with store.write() as unit:
        await unit.stage(batch(unit.head, *cases, **parts))
        return unit.head


def ids(cases: Iterable[Any]) -> list[str]:
    return [stored.case.lead.id for stored in cases]
