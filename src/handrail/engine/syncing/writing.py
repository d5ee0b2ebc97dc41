"""Whose calendars can be written: asked by what arranges meetings, answered by what reads them."""

from handrail.engine.calendars.source import Access, WritableCalendar
from handrail.engine.syncing.sync import Sync


class Writing:
    """Made before the engine that `Sync` stands on; nobody can be written to before that."""

    def __init__(self) -> None:
        self._sync: Sync | None = None

    def by(self, sync: Sync) -> None:
        self._sync = sync

    async def writable(self, rep: str) -> tuple[WritableCalendar, Access] | None:
        return await self._sync.writable(rep) if self._sync is not None else None
