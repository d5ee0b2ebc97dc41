"""The store in memory: PostgreSQL's twin for rehearsals, simulations and trying things out.

It behaves like `store.postgres` to whoever looks through the port; one suite holds both to it.
Nothing survives the process.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import assert_never

import msgspec

from handrail.contract.agreement import AgreementBook
from handrail.engine.ports import (
    Choice,
    Delivery,
    DeliveryState,
    HandoffFilter,
    Head,
    Health,
    Queue,
    SealedEntry,
    SentTo,
    StoredCase,
    StoredContract,
    StoredRoster,
    Unit,
    Which,
)
from handrail.engine.retries import FAILING_FROM
from handrail.kernel.decision import Case
from handrail.store.facets import COUNTED_MAX, NEVER
from handrail.store.memory_faults import faults_of
from handrail.store.memory_tables import HandoffRow, Tables
from handrail.store.memory_unit import MemoryUnit

DIGEST = "digest-"  # with which the keys of digests begin
_ENDED = ("delivered", "cancelled", "moved", "folded")


class MemoryStore:
    """A `Store` of dictionaries. Transactions wait for each other as in the database."""

    def __init__(self) -> None:
        self._tables = Tables()
        self._turn = asyncio.Lock()
        self._leases: dict[str, datetime] = {}

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        async with self._turn:
            unit = MemoryUnit(self._tables)
            try:
                yield unit
            except BaseException:
                self._tables.journal.undo()
                raise
            finally:
                unit.end()
            self._tables.commit()

    async def head(self) -> Head:
        with self._tables.journal.hidden():
            return self._tables.head

    async def case_of_handoff(self, handoff: str) -> StoredCase | None:
        with self._tables.journal.hidden():
            row = self._tables.handoffs.get(handoff)
            if row is not None:
                return self._case(row)
            lead = self._tables.leads.get(handoff)
            if lead is None or lead.latest is None:
                return None
            return self._case(self._tables.handoffs[lead.latest])

    async def cases_of(self, query: HandoffFilter) -> list[StoredCase]:
        with self._tables.journal.hidden():
            rows = [row for row in self._tables.handoffs.values() if _matches(row, query)]
            rows.sort(key=_place)
            return [self._case(row) for row in rows[: query.limit]]

    def _case(self, row: HandoffRow) -> StoredCase:
        lead = self._tables.leads[row.handoff.lead]
        return StoredCase(case=Case(lead=lead.lead, handoff=row.handoff), key=lead.key)

    async def entries_of(self, lead: str) -> list[SealedEntry]:
        with self._tables.journal.hidden():
            return [
                self._tables.ledger[seq] for seq in sorted(self._tables.entries_by.get(lead, ()))
            ]

    async def keys(self, leads: Sequence[str]) -> dict[str, bytes]:
        with self._tables.journal.hidden():
            rows = {lead: self._tables.leads.get(lead) for lead in leads}
            return {lead: row.key for lead, row in rows.items() if row is not None and row.key}

    async def entries(self, *, after: int, chunk: int) -> AsyncIterator[Sequence[SealedEntry]]:
        while True:
            with self._tables.journal.hidden():
                ledger = self._tables.ledger
                until = min(after + chunk, self._tables.head.seq)
                found = [ledger[seq] for seq in range(after + 1, until + 1) if seq in ledger]
            if not found:
                return
            yield found
            after = found[-1].seq

    async def evidence(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        with self._tables.journal.hidden():
            known = self._tables.evidence
            return {digest: known[digest] for digest in digests if digest in known}

    async def contract(self, digest: str) -> StoredContract | None:
        with self._tables.journal.hidden():
            return self._tables.contracts.get(digest)

    async def contracts(self) -> list[StoredContract]:
        with self._tables.journal.hidden():
            return sorted(
                self._tables.contracts.values(), key=lambda row: (row.name, row.version, row.digest)
            )

    async def agreements(self) -> AgreementBook:
        with self._tables.journal.hidden():
            return self._tables.book()

    async def roster(self, digest: str) -> StoredRoster | None:
        with self._tables.journal.hidden():
            return self._tables.rosters.get(digest)

    async def next_wake(self) -> datetime | None:
        with self._tables.journal.hidden():
            first = [
                *(at for _, at in self._tables.case_agenda.due(now=None, limit=1)),
                *(at for _, at in self._tables.wake_agenda.due(now=None, limit=1)),
            ]
        return min(first, default=None)

    async def claim_deliveries(
        self, *, now: datetime, limit: int, lease_until: datetime, besides: Sequence[str] = ()
    ) -> list[Delivery]:
        due = [row for row in _due(self._free(now), now) if row.channel not in besides]
        due.sort(key=_due_order)
        return self._leased(due[:limit], until=lease_until)

    async def claim_of_channel(
        self, channel: str, *, now: datetime, limit: int, lease_until: datetime, which: Which
    ) -> list[Delivery]:
        free = [row for row in self._free(now) if row.channel == channel]
        match which:
            case "tried":
                found = sorted((row for row in free if row.tries > 0), key=_due_order)
            case "moving":
                moving = (row for row in _due(free, now) if row.move_at and row.move_at <= now)
                found = sorted(moving, key=lambda row: (row.move_at or now, row.key))
            case "due":
                found = sorted(_due(free, now), key=_due_order)
            case "judged":
                found = sorted((row for row in _due(free, now) if row.judged), key=_due_order)
            case _:
                assert_never(which)
        return sorted(self._leased(found[:limit], until=lease_until), key=_due_order)

    def _free(self, now: datetime) -> list[Delivery]:
        with self._tables.journal.hidden():
            return [
                row
                for row in self._tables.waiting_deliveries.values()
                if self._leases.get(row.key, now) <= now
            ]

    def _leased(self, rows: list[Delivery], *, until: datetime) -> list[Delivery]:
        for row in rows:
            self._leases[row.key] = until
        return rows

    async def record_delivery(self, delivery: Delivery) -> None:
        with self._tables.journal.hidden():
            known = self._tables.deliveries.get(delivery.key)
            if known is None:
                raise KeyError(f"no delivery {delivery.key}")
            if known.state in _ENDED and delivery.state != "delivered":
                return
            self._leases.pop(delivery.key, None)
            self._tables.record_delivery(
                msgspec.structs.replace(
                    known,
                    due_at=delivery.due_at,
                    tries=delivery.tries,
                    state=delivery.state,
                    reason=delivery.reason,
                    move_at=delivery.move_at,
                    sent_at=delivery.sent_at,
                )
            )

    async def move_delivery(
        self, delivery: Delivery, *, to: Delivery, again: bool = False, by_person: bool = False
    ) -> bool:
        with self._tables.journal.hidden():
            known = self._tables.deliveries.get(delivery.key)
            if known is None or known.state in _ENDED:
                return False
            there = self._tables.deliveries.get(to.key)
            may_return = by_person or (again and there is not None and not there.tries)
            if there is not None and not (may_return and there.state == "moved"):
                return False
            self._leases.pop(delivery.key, None)
            self._tables.move_delivery(
                msgspec.structs.replace(
                    known,
                    state="moved",
                    tries=delivery.tries,
                    reason=delivery.reason,
                    decided=to.decided,
                ),
                to=msgspec.structs.replace(
                    known,
                    key=to.key,
                    channel=to.channel,
                    due_at=to.due_at,
                    tries=0,
                    state="waiting",
                    reason=None,
                    move_at=to.move_at,
                    judged=to.judged,
                    decided=to.decided,
                ),
            )
            return True

    async def decide_delivery(self, delivery: Delivery) -> bool:
        with self._tables.journal.hidden():
            known = self._tables.deliveries.get(delivery.key)
            if known is None or known.state != "parked":
                return False
            self._tables.record_delivery(delivery)
            return True

    async def wake_deliveries(self, channel: str, *, now: datetime) -> int:
        with self._tables.journal.hidden():
            tables = self._tables
            found = [
                row
                for row in tables.waiting_deliveries.values()
                if row.channel == channel and row.due_at > now and row.tries > 0
            ]
            for row in found:
                tables.record_delivery(msgspec.structs.replace(row, due_at=now))
            return len(found)

    async def unjudged(self, channel: str, *, now: datetime, limit: int) -> list[Delivery]:
        free = [row for row in self._free(now) if row.channel == channel and not row.judged]
        return sorted(_due(free, now), key=_due_order)[:limit]

    async def let_go(self, keys: Sequence[str]) -> None:
        with self._tables.journal.hidden():
            for key in keys:
                row = self._tables.waiting_deliveries.get(key)
                if row is not None:
                    self._tables.record_delivery(msgspec.structs.replace(row, judged=True))

    async def sent_to(self, recipients: Sequence[str], *, since: datetime) -> list[SentTo]:
        with self._tables.journal.hidden():
            rows = sorted(self._tables.deliveries.values(), key=lambda row: row.key)
        found = [
            SentTo(row.recipient, row.sent_at, row.key.startswith(DIGEST))
            for row in rows
            if row.recipient in recipients
            and row.recipient is not None
            and row.sent_at is not None
            and row.sent_at > since
        ]
        return sorted(found, key=lambda one: one.at)

    async def open_digests(
        self, channel: str, recipients: Sequence[str], *, now: datetime
    ) -> list[Delivery]:
        found = [
            row
            for row in self._free(now)
            if row.channel == channel and row.recipient in recipients and _is_open_digest(row)
        ]
        return sorted(found, key=_due_order)

    async def fold(self, keys: Sequence[str], *, digest: Delivery, stem: str, now: datetime) -> int:
        free = {row.key: row for row in self._free(now)}
        with self._tables.journal.hidden():
            known = self._tables.deliveries.get(digest.key)
            if known is None:
                self._tables.move_delivery(digest, to=digest)
            elif digest.key not in free or known.tries:
                return 0
            taken = [row for key in keys if (row := free.get(key)) is not None and not row.judged]
            for row in taken:
                self._leases.pop(row.key, None)
                self._tables.record_delivery(
                    msgspec.structs.replace(row, state="folded", folded_into=stem, judged=True)
                )
            return len(taken)

    async def waiting_alone(self, recipients: Sequence[str]) -> dict[str, int]:
        with self._tables.journal.hidden():
            return dict(
                Counter(
                    row.recipient
                    for row in self._tables.waiting_deliveries.values()
                    if row.recipient in recipients
                    and row.recipient is not None
                    and row.judged
                    and not row.key.startswith(DIGEST)
                )
            )

    async def unfold(self, stem: str, *, besides: Sequence[str] = ()) -> int:
        with self._tables.journal.hidden():
            rows = [
                row
                for row in self._tables.deliveries.values()
                if row.folded_into == stem and row.key not in besides
            ]
            for row in rows:
                self._tables.record_delivery(
                    msgspec.structs.replace(row, state="waiting", folded_into=None)
                )
            return len(rows)

    async def folded(self, stem: str) -> list[Delivery]:
        with self._tables.journal.hidden():
            rows = [row for row in self._tables.deliveries.values() if row.folded_into == stem]
        return sorted(rows, key=_due_order)

    async def deliveries_of(self, lead: str) -> list[Delivery]:
        with self._tables.journal.hidden():
            keys = self._tables.deliveries_by.get(lead, ())
            found = [self._tables.deliveries[key] for key in keys]
        return sorted(found, key=_due_order)

    async def choice(self, person: str) -> Choice | None:
        return self._tables.choices.get(person)

    async def delivery(self, key: str) -> Delivery | None:
        with self._tables.journal.hidden():
            return self._tables.deliveries.get(key)

    async def deliveries_in(
        self, state: DeliveryState, *, after: str, limit: int
    ) -> list[Delivery]:
        with self._tables.journal.hidden():
            rows = self._tables.deliveries.values()
            found = [row for row in rows if row.state == state and row.key > after]
        return sorted(found, key=lambda row: row.key)[:limit]

    async def queues(self, channels: Sequence[str]) -> list[Queue]:
        with self._tables.journal.hidden():
            waiting: dict[str, list[Delivery]] = {}
            for row in self._tables.waiting_deliveries.values():
                if row.channel in channels:
                    waiting.setdefault(row.channel, []).append(row)
            return [_queue(channel, rows) for channel, rows in sorted(waiting.items())]

    async def meeting_starts(
        self, reps: Sequence[str], *, since: datetime
    ) -> dict[str, tuple[datetime, ...]]:
        found: dict[str, tuple[datetime, ...]] = {}
        with self._tables.journal.hidden():
            for rep in reps:
                rows = [self._tables.meetings[key] for key in self._tables.meetings_by.get(rep, ())]
                starts = sorted(row.from_at for row in rows if row.from_at >= since)
                if starts:
                    found[rep] = tuple(starts)
        return found

    async def health(self, *, now: datetime) -> Health:
        with self._tables.journal.hidden():
            tables = self._tables
            agendas = (tables.case_agenda, tables.wake_agenda)
            overdue = sum(agenda.count_due(now=now, limit=COUNTED_MAX) for agenda in agendas)
            first = [at for agenda in agendas for _, at in agenda.due(now=now, limit=1)]
            parked = sum(1 for row in tables.deliveries.values() if row.state == "parked")
            return Health(
                overdue=min(overdue, COUNTED_MAX),
                oldest_due_at=min(first, default=None),
                waiting_deliveries=min(len(tables.waiting_deliveries), COUNTED_MAX),
                parked_deliveries=min(parked, COUNTED_MAX),
                open_handoffs=len(tables.open_handoffs),
                failing_deliveries=sum(
                    row.tries >= FAILING_FROM for row in tables.waiting_deliveries.values()
                ),
                oldest_delivery_at=min(
                    _late(tables.waiting_deliveries.values(), now), default=None
                ),
            )

    async def faults(self) -> list[str]:
        with self._tables.journal.hidden():
            return faults_of(self._tables)

    async def close(self) -> None:
        """Nothing is held."""


def _late(rows: Iterable[Delivery], now: datetime) -> list[datetime]:
    """Since when each is late: one that failed twice since it was made, however far its next try
    is; else since it was due."""
    tried = [_made_at(row) for row in rows if row.tries >= 2]
    return tried + [row.due_at for row in rows if row.tries < 2 and row.due_at <= now]


def _queue(channel: str, rows: Sequence[Delivery]) -> Queue:
    tried = [row for row in rows if row.tries > 0 and row.reason is not None]
    worst = min(tried, key=lambda row: (-row.tries, row.key), default=None)
    since = min(_made_at(row) if row.tries > 0 else row.due_at for row in rows)
    return Queue(channel, len(rows), since, worst.reason if worst is not None else None)


def _made_at(row: Delivery) -> datetime:
    return msgspec.json.decode(row.body, type=_Made).at or row.due_at


class _Made(msgspec.Struct):
    at: datetime | None = None


def _is_open_digest(row: Delivery) -> bool:
    return row.key.startswith(DIGEST) and row.state == "waiting" and row.tries == 0


def _due(rows: Iterable[Delivery], now: datetime) -> list[Delivery]:
    return [row for row in rows if row.due_at <= now]


def _due_order(row: Delivery) -> tuple[datetime, str]:
    return (row.due_at, row.key)


def _place(row: HandoffRow) -> tuple[datetime, str]:
    return (row.wake_at or NEVER, row.handoff.id)


def _matches(row: HandoffRow, query: HandoffFilter) -> bool:
    handoff = row.handoff
    return (
        (handoff.is_open or not query.open_only)
        and query.team in (None, handoff.owner.team)
        and query.owner in (None, str(handoff.owner))
        and query.stage in (None, handoff.stage)
        and (handoff.incident is not None or not query.incident_only)
        and (query.after is None or _place(row) > query.after)
    )
