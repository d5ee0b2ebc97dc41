"""Contracts for people: every version that is kept, and the page of one of them."""

import asyncio
from typing import Any
from urllib.parse import quote

import msgspec

from handrail.contract.model import Contract
from handrail.contract.page import Page, page_of
from handrail.engine.engine import Engine
from handrail.engine.ports import StoredContract
from handrail.terms.people import Roster
from handrail.web.problems import Problem


class VersionRow(msgspec.Struct, frozen=True):
    """One version as the list shows it. `state` is a word for people."""

    name: str
    version: int
    digest: str
    state: str
    in_force: bool

    @property
    def href(self) -> str:
        return f"/contracts/{quote(self.digest, safe='')}"


async def versions_of(engine: Engine) -> list[VersionRow]:
    """What is in force stands first, then by name, the newest version of each before the older."""
    head = await engine.store.head()
    rows = [_row(stored, in_force=head.contracts) for stored in await engine.store.contracts()]
    return sorted(rows, key=lambda row: (not row.in_force, row.name, -row.version, row.digest))


def _row(stored: StoredContract, *, in_force: tuple[str, ...]) -> VersionRow:
    is_in_force = stored.digest in in_force
    return VersionRow(
        name=stored.name,
        version=stored.version,
        digest=stored.digest,
        state="in force" if is_in_force else "not in force",
        in_force=is_in_force,
    )


async def version_page(engine: Engine, digest: str) -> dict[str, Any]:
    """What the template of one version needs. Raises Problem 404."""
    rows = await versions_of(engine)
    row = next((one for one in rows if one.digest == digest), None)
    if row is None:
        raise Problem(404, "not_found", "No version of a contract has this content hash.")
    _, roster = await engine.in_force()
    before = _before(row, rows)
    made = await asyncio.to_thread(
        _made,
        await engine.contract(digest),
        since=None if before is None else await engine.contract(before.digest),
        roster=roster,
    )
    return {"row": row, "contract": made}


def _before(row: VersionRow, rows: list[VersionRow]) -> VersionRow | None:
    """The version of the same name that came before it."""
    older = (one for one in rows if one.name == row.name and one.version < row.version)
    return max(older, key=lambda one: (one.version, one.digest), default=None)


def _made(contract: Contract, *, since: Contract | None, roster: Roster) -> Page:
    return page_of(contract, since=since, roster=roster)
