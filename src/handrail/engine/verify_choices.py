"""Whether people are told over the channels that they chose: the rows, held to the entries."""

from collections.abc import Sequence
from typing import Any

from handrail.engine.ledger import Entry, read_entry
from handrail.engine.ports import SealedEntry, Store
from handrail.engine.verify_agreement import Say


class Chosen:
    """Follows the entries of kind `choice`. A choice older than those has none, and is let be."""

    def __init__(self, *, store: Store, say: Say) -> None:
        self._store = store
        self._say = say
        self._told: dict[str, tuple[Entry, dict[str, Any]]] = {}  # the latest, by person

    def take(self, entries: Sequence[SealedEntry]) -> None:
        for stored in entries:
            if stored.kind != "choice":
                continue
            try:
                entry = read_entry(stored)
                chosen = dict(entry.change["choice"])
            except Exception as wrong:  # whatever a changed byte does; the chain found it already
                self._say(stored.seq, "choice", f"it cannot be read: {wrong}")
                continue
            self._told |= {person: (entry, one) for person, one in chosen.items()}

    async def end(self) -> None:
        for person, (entry, told) in sorted(self._told.items()):
            kept = await self._store.choice(person)
            if kept is not None and kept.at > entry.at:
                continue  # somebody chose meanwhile
            stands = kept is not None and {"channels": [*kept.channels], "off": [*kept.off]} == told
            if not stands:
                self._say(entry.seq, "choice", f"{person}'s is stored otherwise than recorded")
