"""One transaction of the store in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile

from handrail.contract.agreement import AgreementBook
from handrail.engine.ports import (
    Batch,
    Head,
    IdempotencyRow,
    LookUp,
    StandingDelta,
    StoredCase,
    Turn,
    WakeKey,
)
from handrail.kernel.decision import Case
from handrail.store.facets import WORKING_MAX
from handrail.store.memory_tables import Tables
from handrail.terms.handoff import Handoff


class MemoryUnit:
    """A `Unit`. It sees what it has staged; nobody else does before it ends well."""

    head: Head

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._is_open = True
        self.head = tables.head

    def end(self) -> None:
        self._is_open = False

    async def look_up(
        self,
        *,
        captures: Sequence[str],
        emails: Sequence[str],
        accounts: Sequence[str],
        with_last: bool,
    ) -> LookUp:
        tables = self._live()
        known = {key: tables.captures[key] for key in captures if key in tables.captures}
        people = {email: tables.emails[email] for email in emails if email in tables.emails}
        working = {account: self._working(account) for account in accounts}
        last = {account: self._last(account) for account in accounts if with_last}
        return LookUp(
            captures=known,
            people=people,
            cases=self._cases({**dict.fromkeys(known.values()), **dict.fromkeys(people.values())}),
            working={account: found for account, found in working.items() if found},
            last={account: found for account, found in last.items() if found is not None},
        )

    async def cases(self, leads: Sequence[str]) -> dict[str, StoredCase]:
        self._live()
        return self._cases(dict.fromkeys(leads))

    async def due(self, *, now: datetime, limit: int) -> list[StoredCase]:
        due = self._live().case_agenda.due(now=now, limit=limit)
        return [self._case(lead) for lead, _ in due]

    async def due_wakes(self, *, now: datetime, limit: int) -> list[tuple[WakeKey, datetime]]:
        return self._live().wake_agenda.due(now=now, limit=limit)

    async def waiting(self, *, team: str, limit: int) -> list[StoredCase]:
        return self._earliest(self._live().waiting_by.get(team, {}), limit)

    async def owned(self, *, rep: str, limit: int) -> list[StoredCase]:
        return self._earliest(self._live().owned_by.get(rep, {}), limit)

    async def owned_count(self, *, team: str) -> int:
        return len(self._live().open_by.get(team, ()))

    async def standing(self, *, after: int, turns_from: datetime) -> StandingDelta:
        tables = self._live()
        return StandingDelta(
            loads={rep: row for rep, (seq, row) in tables.loads.items() if seq > after},
            conditions={rep: row for rep, (seq, row) in tables.conditions.items() if seq > after},
            turns=[turn for turn in _turns_after(tables, after) if turn.at >= turns_from],
            handling={rep: list(row) for rep, (seq, row) in tables.handling.items() if seq > after},
        )

    async def agreements(self) -> AgreementBook:
        return self._live().book()

    async def last_turns(self) -> Mapping[tuple[str, str], datetime]:
        return dict(self._live().last_turns)

    async def idempotent(self, key: str) -> IdempotencyRow | None:
        return self._live().idempotency.get(key)

    async def stage(self, batch: Batch) -> None:
        self._live().stage(batch)
        self.head = batch.head

    def _live(self) -> Tables:
        assert self._is_open, "the transaction has ended"
        return self._tables

    def _cases(self, leads: Mapping[str, None]) -> dict[str, StoredCase]:
        return {lead: self._case(lead) for lead in leads if lead in self._tables.leads}

    def _case(self, lead: str) -> StoredCase:
        row = self._tables.leads[lead]
        return StoredCase(case=Case(lead=row.lead, handoff=self._latest(lead)), key=row.key)

    def _latest(self, lead: str) -> Handoff | None:
        latest = self._tables.leads[lead].latest
        return self._tables.handoffs[latest].handoff if latest is not None else None

    def _earliest(self, leads: Mapping[str, None], limit: int) -> list[StoredCase]:
        wakes = self._tables.case_wakes
        found = sorted(leads, key=lambda lead: (wakes[lead], lead))
        return [self._case(lead) for lead in found[:limit]]

    def _working(self, account: str) -> list[tuple[str, str]]:
        tables = self._tables
        found = [self._latest(lead) for lead in tables.working_by.get(account, ())]
        rows = [(tables.came_at(held), held.lead, held.owner.rep) for held in found if held]
        return [(lead, rep) for _, lead, rep in sorted(rows)[:WORKING_MAX] if rep is not None]

    def _last(self, account: str) -> tuple[str, datetime] | None:
        tables = self._tables
        held = [tables.handoffs[key].handoff for key in tables.handoffs_by.get(account, ())]
        came = sorted(((tables.came_at(one), one.id, one.owner.rep) for one in held), reverse=True)
        owners = [rep for _, _, rep in came if rep is not None]
        return (owners[0], came[0][0]) if owners else None


def _turns_after(tables: Tables, after: int) -> list[Turn]:
    """Entries were put in in order, so that those after one are found from the end."""
    numbers = list(takewhile(lambda seq: seq > after, reversed(tables.turns)))
    return [turn for seq in reversed(numbers) for turn in sorted(tables.turns[seq], key=_place)]


def _place(turn: Turn) -> tuple[datetime, str, str, str]:
    """In what order turns of one entry come."""
    return (turn.at, turn.team, turn.rep, turn.kind)
