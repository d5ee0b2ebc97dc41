"""Contracts for people: every version that is kept, and the page of one of them."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from handrail.contract.agreement import Agreement, AgreementBook, Signer
from handrail.contract.diff import changed_sections
from handrail.contract.model import Contract
from handrail.contract.page import SignatureLine, page_of
from handrail.engine.engine import Engine
from handrail.engine.ports import StoredContract
from handrail.kernel.signers import Terms, counted, needed
from handrail.web.problems import Problem

DAY = "%d %B %Y, %H:%M UTC"
_FIRST = ("in_force", "scheduled", "draft", "former", "kept")


class VersionRow(msgspec.Struct, frozen=True):
    """One version as the list shows it. `told` says in words how it stands; `tone` how grave."""

    name: str
    version: int
    digest: str
    state: str
    told: str
    signed: str
    tone: str = ""

    @property
    def href(self) -> str:
        return f"/contracts/{quote(self.digest, safe='')}"


async def versions_of(engine: Engine) -> list[VersionRow]:
    """What is in force stands first, then what may come, then what was; newest versions first."""
    book = await engine.agreements.book()
    rows = [_row(stored, book) for stored in await engine.store.contracts()]
    return sorted(
        rows, key=lambda row: (_FIRST.index(row.state), row.name, -row.version, row.digest)
    )


def _row(stored: StoredContract, book: AgreementBook) -> VersionRow:
    found = book.versions.get(stored.digest)
    told, tone = ("kept", "") if found is None else _standing(found)
    return VersionRow(
        name=stored.name,
        version=stored.version,
        digest=stored.digest,
        state="kept" if found is None else found.state,
        told=told,
        signed="nobody" if found is None else _signed(found, book),
        tone=tone,
    )


def _standing(found: Agreement) -> tuple[str, str]:
    """How a version stands, in words, and how grave that is."""
    match found.state:
        case "in_force" if found.emergency is not None:
            return f"in force in an emergency, until {_at(found.emergency.lapses_at)}", "late"
        case "in_force" if found.is_adopted:
            return "in force without signatures", "warn"
        case "in_force":
            return "in force", "stage"
        case "scheduled":
            assert found.activate_at is not None
            return f"comes into force {_at(found.activate_at)}", "stage"
        case "draft" if found.denied is not None:
            return f"draft; could not come into force: {found.denied.message}", "late"
        case "draft":
            return "draft", "warn"
        case "former":
            return "lapsed" if found.has_lapsed else "no longer in force", ""


def _at(at: datetime) -> str:
    return at.strftime(DAY)


def _signed(found: Agreement, book: AgreementBook) -> str:
    """Who signed under a key that counts; of a version that was agreed, who signed it then."""
    given = found.signatures if found.is_agreed else counted(book, found)
    return ", ".join(sorted(str(one.signer) for one in given)) or "nobody"


async def version_page(engine: Engine, digest: str) -> dict[str, Any]:
    """What the template of one version needs. Raises Problem 404."""
    rows = await versions_of(engine)
    row = next((one for one in rows if one.digest == digest), None)
    if row is None:
        raise Problem(404, "not_found", "No version of a contract has this content hash.")
    book = await engine.agreements.book()
    found = book.versions.get(digest)
    contract = await engine.contract(digest)
    before = _before(row, rows)
    _, roster = await engine.in_force()
    made = await asyncio.to_thread(
        page_of,
        contract,
        findings=found.findings if found is not None and found.is_proved else None,
        lines=None if found is None else await _lines(engine, book, found, contract),
        since=None if before is None else await engine.contract(before.digest),
        roster=roster,
    )
    return {"row": row, "contract": made}


def _before(row: VersionRow, rows: list[VersionRow]) -> VersionRow | None:
    """The version of the same name that came before it."""
    older = (one for one in rows if one.name == row.name and one.version < row.version)
    return max(older, key=lambda one: (one.version, one.digest), default=None)


async def _lines(
    engine: Engine, book: AgreementBook, found: Agreement, contract: Contract
) -> tuple[SignatureLine, ...]:
    """Whose word was given, and whose is awaited as long as the version is not agreed."""
    given = found.signatures if found.is_agreed else counted(book, found)
    signed = tuple(
        SignatureLine(role=one.role, address=one.address, at=one.at, key=one.public)
        for one in given
    )
    if found.is_agreed:
        return signed
    have = {one.signer for one in given}
    return (*signed, *_awaited(await _signers(engine, book, contract), have))


def _awaited(wanted: Iterable[Signer], have: set[Signer]) -> tuple[SignatureLine, ...]:
    return tuple(SignatureLine(one.role, one.address) for one in wanted if one not in have)


async def _signers(engine: Engine, book: AgreementBook, contract: Contract) -> tuple[Signer, ...]:
    ruling = book.ruling(contract.name)
    if ruling is None or ruling.digest == contract.digest:
        return needed(Terms(contract=contract)).signers
    rules = await engine.contract(ruling.digest)
    changed = changed_sections(rules, contract)
    return needed(Terms(contract=contract, ruling=rules, changed=changed)).signers
