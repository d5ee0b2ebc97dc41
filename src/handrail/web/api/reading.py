"""What doors look up before they show it: a case, its entries, the contract it began under."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ledger import Entry, read_entry, reveal
from handrail.engine.ports import HandoffFilter, StoredCase
from handrail.engine.vault import Unreadable
from handrail.engine.views import Place, place_of
from handrail.web.problems import Fault, invalid

PAGE_MAX = 200
SKIP_MAX = 100_000  # rows that a cursor may have to pass over


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Behind the last row whose place in the order is known, and `skip` rows further."""

    at: datetime
    handoff: str
    skip: int = 0


class PageOf(msgspec.Struct, frozen=True):
    cases: list[StoredCase]
    next: Cursor | None


async def find_case(engine: Engine, handoff: str) -> StoredCase:
    """By handoff or lead id. Raises Refused when there is no handoff."""
    found = await engine.store.case_of_handoff(handoff)
    if found is None or found.case.handoff is None:
        raise Refused("not_found", f"no handoff {handoff!r}, and no lead of that id that has one")
    return found


async def entries_of(engine: Engine, stored: StoredCase) -> list[Entry]:
    """The lead's whole history, with what people typed, unless that was erased."""
    sealed = await engine.store.entries_of(stored.case.lead.id)
    entries = []
    for row in sealed:
        entry = read_entry(row)
        with suppress(Unreadable):  # erased: the entry stands without the words
            entry = reveal(entry, sealed=row.sealed, vault=engine.vault, key=stored.key)
        entries.append(entry)
    return entries


async def page_of(engine: Engine, query: HandoffFilter, *, cursor: Cursor | None = None) -> PageOf:
    """One page in the order of wake-ups. Only the store knows the place of some rows (it gave them
    a day): those are counted from the last one that we know."""
    skip = cursor.skip if cursor is not None else 0
    after = (cursor.at, cursor.handoff) if cursor is not None else None
    wanted = msgspec.structs.replace(query, limit=query.limit + skip, after=after)
    found = await engine.store.cases_of(wanted)
    cases = found[skip:]
    if len(found) < wanted.limit:
        return PageOf(cases=cases, next=None)
    return PageOf(cases=cases, next=_behind(found, after))


def _behind(found: Sequence[StoredCase], after: Place | None) -> Cursor | None:
    last, at_index = after, -1
    for index, stored in enumerate(found):
        place = place_of(stored.case.handoff) if stored.case.handoff is not None else None
        if place is not None and (last is None or place > last):
            last, at_index = place, index
    skip = len(found) - 1 - at_index
    if last is None or skip > SKIP_MAX:
        return None
    return Cursor(at=last[0], handoff=last[1], skip=skip)


async def scan(engine: Engine, query: HandoffFilter, *, rows_max: int) -> AsyncIterator[StoredCase]:
    """Page after page, up to a limit."""
    cursor: Cursor | None = None
    for _ in range(-(-rows_max // query.limit)):
        page = await page_of(engine, query, cursor=cursor)
        for stored in page.cases:
            yield stored
        cursor = page.next
        if cursor is None:
            return


def write_cursor(cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    return urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read_cursor(text: str | None) -> Cursor | None:
    """Raises Problem 422 for one that we did not write."""
    if not text:
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        cursor = msgspec.json.decode(raw, type=Cursor)
    except (ValueError, msgspec.MsgspecError):
        cursor = None
    if cursor is None or cursor.at.tzinfo is None or not 0 <= cursor.skip <= SKIP_MAX:
        raise invalid([Fault("cursor", "is not one that a page gave; begin without it")])
    if "\0" in cursor.handoff:
        raise invalid([Fault("cursor", "is not one that a page gave; begin without it")])
    return cursor
