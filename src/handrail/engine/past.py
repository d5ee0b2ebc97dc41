"""Leads as the ledger has them: what came in since an instant, for plans on real leads."""

from datetime import datetime

import msgspec

from handrail.engine.items import CaptureItem
from handrail.engine.ledger import Entry, read_entry
from handrail.engine.ports import Store
from handrail.engine.replay import CHUNK, opened_entries
from handrail.engine.vault import Vault
from handrail.terms.command import Capture


class Past(msgspec.Struct, frozen=True):
    """First captures in the order in which they were taken in. `erased`: people who are no more."""

    items: tuple[CaptureItem, ...]
    erased: int


async def leads_since(store: Store, vault: Vault, *, since: datetime, leads_max: int) -> Past:
    """The first capture of every lead that came in at `since` or later, the latest `leads_max`.

    What the same person sent afterwards is not in it. Raises Unreadable.
    """
    items: list[CaptureItem] = []
    erased = 0
    async for chunk in store.entries(after=0, chunk=CHUNK):
        first = [one for one in chunk if one.at >= since and _first(read_entry(one)) is not None]
        for entry in await opened_entries(store, vault, first):
            capture = _first(entry) if entry is not None else None
            if capture is None:
                erased += 1
            else:
                items.append(_item(capture))
    return Past(items=tuple(items[-leads_max:]), erased=erased)


def _first(entry: Entry) -> Capture | None:
    """The capture that made a lead; None when the entry is about anything else."""
    command = entry.command
    return command if isinstance(command, Capture) and command.id == entry.lead else None


def _item(capture: Capture) -> CaptureItem:
    return CaptureItem(
        id=capture.id,
        email=capture.personal.email,
        captured_at=capture.captured_at,
        attributes=capture.personal.attributes,
        signals=tuple((signal.name, signal.at) for signal in capture.signals),
        source=capture.source,
    )
