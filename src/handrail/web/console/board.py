"""The board: open handoffs, what breaches next first."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from handrail.contract.model import Contract
from handrail.engine.engine import Engine
from handrail.engine.ports import HandoffFilter
from handrail.engine.telling import spaced, tell_clock, tell_span
from handrail.engine.views import (
    HandoffView,
    handoff_view,
    most_urgent_first,
    next_clock,
    warned_from,
)
from handrail.kernel.decision import Case
from handrail.terms.people import Roster
from handrail.web.api.reading import Cursor, page_of, write_cursor

ROWS_MAX = 200
SCANNED_MAX = 2_000  # rows looked at for a page when only one lead type is asked for
SOON = timedelta(minutes=15)


class Asked(msgspec.Struct, frozen=True):
    """What the viewer wants to see."""

    team: str | None = None
    owner: str | None = None
    lead_type: str | None = None
    cursor: Cursor | None = None

    @property
    def is_filtered(self) -> bool:
        return any((self.team, self.owner, self.lead_type))

    def query(self, *, cursor: str | None) -> str:
        """As the query of a URL."""
        given = {"team": self.team, "owner": self.owner, "type": self.lead_type, "cursor": cursor}
        named = {name: value for name, value in given.items() if value}
        return f"?{urlencode(named)}" if named else ""


async def board_of(engine: Engine, asked: Asked) -> dict[str, Any]:
    """Everything that the board's templates need."""
    contract, roster = await engine.in_force()
    now = engine.clock.now()
    cases, following = await _cases(engine, asked)
    shown = {case.handoff.id: case for case in cases if case.handoff is not None}
    rows = most_urgent_first(handoff_view(case, roster=roster, now=now) for case in cases)
    health = await engine.store.health(now=now)
    return {
        "rows": [row_of(view, case=shown[view.id], now=now) for view in rows],
        "total": f"{health.open_handoffs:,}",
        "tallies": list(_tallies(rows, now=now)),
        "parked": health.parked_deliveries,
        "has_contract": contract is not None,
        "is_filtered": asked.is_filtered,
        "is_later": asked.cursor is not None,
        "first_url": "/" + asked.query(cursor=None),
        "next_url": "/" + asked.query(cursor=following) if following else None,
        "board_url": "/board" + asked.query(cursor=write_cursor(asked.cursor)),
        "choices": _choices(asked, contract=contract, roster=roster),
        "now": now,
    }


async def _cases(engine: Engine, asked: Asked) -> tuple[list[Case], str | None]:
    query = HandoffFilter(team=asked.team, owner=asked.owner, limit=ROWS_MAX)
    cursor = asked.cursor
    found: list[Case] = []
    for _ in range(SCANNED_MAX // ROWS_MAX):
        page = await page_of(engine, query, cursor=cursor)
        found.extend(row.case for row in page.cases if _is_of(row.case, asked.lead_type))
        cursor = page.next
        if cursor is None or len(found) >= ROWS_MAX or asked.lead_type is None:
            break
    return found, write_cursor(cursor)


def _is_of(case: Case, lead_type: str | None) -> bool:
    return case.handoff is not None and lead_type in (None, case.handoff.lead_type)


def row_of(view: HandoffView, *, case: Case, now: datetime) -> dict[str, Any]:
    """A handoff as the templates show it. `sign` changes when the row says something else."""
    assert case.handoff is not None
    clock = next_clock(case.handoff)
    title = view.name or view.email or view.lead
    under = [text for text in (view.email if view.name else None, view.company) if text]
    missed = sum(not breach.annulled for breach in view.breaches)
    told = (view.stage, view.owner, view.lead_type, view.due_at, view.urgency, missed)
    return {
        **{name: getattr(view, name) for name in view.__struct_fields__},
        "title": title,
        "under": " · ".join(under) or view.lead,
        "href": f"/leads/{quote(view.lead, safe='')}",
        "pooled": view.owner.startswith("team:"),
        "is_open": case.handoff.is_open,
        "missed": missed,
        "clock_name": tell_clock(clock.kind) if clock is not None else "no clock runs",
        "warn_at": warned_from(clock) if clock is not None else None,
        "left": _left(view.due_at, now=now),
        "sign": hashlib.sha256(repr(told).encode()).hexdigest()[:8],
    }


def _left(due_at: datetime | None, *, now: datetime) -> str:
    if due_at is None:
        return ""
    return tell_span(due_at - now) + (" late" if due_at <= now else "")


def _tallies(rows: Iterable[HandoffView], *, now: datetime) -> Iterable[tuple[str, int, str]]:
    shown = list(rows)
    soon = [row for row in shown if row.due_at is not None and now < row.due_at <= now + SOON]
    yield "paging", sum(row.urgency == "incident" for row in shown), "late"
    yield "missed", sum(row.urgency == "breached" for row in shown), "late"
    yield "due in 15 minutes", len(soon), "warn"
    yield "in a pool", sum(row.owner.startswith("team:") for row in shown), ""


Choice = tuple[str, str, list[tuple[str, str]], str]


def _choices(asked: Asked, *, contract: Contract | None, roster: Roster) -> list[Choice]:
    """The selects: name, label, options, what is chosen. A chosen value is always among them."""
    kinds = [kind.name for kind in contract.lead_types] if contract is not None else []
    people = {rep.id: rep.name for rep in roster.reps.values()}
    pools = {f"team:{team}": f"{team} pool" for team in roster.teams}
    lists: Mapping[str, tuple[str, Mapping[str, str], str | None]] = {
        "team": ("Team", {team: team for team in roster.teams}, asked.team),
        "owner": ("Owner", people | pools, asked.owner),
        "type": ("Type", {kind: spaced(kind) for kind in kinds}, asked.lead_type),
    }
    return [
        (name, label, list(_with_chosen(options, chosen).items()), chosen or "")
        for name, (label, options, chosen) in lists.items()
    ]


def _with_chosen(options: Mapping[str, str], chosen: str | None) -> dict[str, str]:
    return ({chosen: chosen} if chosen and chosen not in options else {}) | dict(options)
