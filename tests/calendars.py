"""A calendar server in memory that does what a test asks of it, and a node that reads it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from handrail.engine.calendars.secrets import Secrets
from handrail.engine.calendars.source import (
    Access,
    CalendarEvent,
    CalendarFault,
    CalendarItem,
    CalendarKind,
    Changes,
    OurEntry,
    Times,
)
from handrail.engine.syncing.connecting import Connecting
from handrail.engine.syncing.sync import Sync
from handrail.store.calendars import MemoryCalendars
from handrail.terms.people import Span
from tests.story import MASTER, Story


class FakeCalendars:
    """A `WritableCalendar`. `said`: by address, the times of each event; `fault`: what fails."""

    kind: CalendarKind = "caldav"

    def __init__(self) -> None:
        self.said: dict[str, dict[str, Span]] = {}
        self.fault: CalendarFault | None = None
        self.asked: list[str | None] = []  # cursors
        self.hangs: set[str] = set()  # addresses
        self.written: dict[str, CalendarEvent] = {}
        self.ours: dict[str, OurEntry] = {}  # by uid

    async def changes(self, access: Access, *, cursor: str | None, window: Span) -> Changes:
        self.asked.append(cursor)
        if access.address in self.hangs:
            await asyncio.Event().wait()
        if self.fault is not None:
            raise self.fault
        events = self.said.get(access.address, {})
        items = tuple(
            CalendarItem(id=id, body=msgspec.json.encode(span)) for id, span in events.items()
        )
        ours = tuple(self.ours.values())
        return Changes(items=items, cursor=str(len(self.asked)), is_whole=True, ours=ours)

    def times(self, items: Sequence[CalendarItem], *, zone: str, window: Span) -> Times:
        spans = [msgspec.json.decode(item.body, type=Span) for item in items]
        return Times(busy=tuple(sorted(spans)))

    async def put(self, access: Access, event: CalendarEvent) -> None:
        self.written[event.uid] = event

    async def remove(self, access: Access, *, uid: str) -> None:
        self.written.pop(uid, None)


class CalendarNode:
    """What a node has beside its engine for calendars."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.server = FakeCalendars()
        self.store = MemoryCalendars()
        self.sources: dict[CalendarKind, FakeCalendars] = {"caldav": self.server}
        self.sync = self.made(read_max_s=0.05)
        self._number = 0
        self.connecting = Connecting(
            engine=story.engine,
            store=self.store,
            sync=self.sync,
            sources=self.sources,
            chance=self._counted,
        )

    def made(self, *, read_max_s: float) -> Sync:
        return Sync(
            engine=self.story.engine,
            store=self.store,
            secrets=Secrets([MASTER]),
            sources=self.sources,
            read_max_s=read_max_s,
            look_max_s=0.1,
        )

    def _counted(self, size: int) -> bytes:
        self._number += 1
        return self._number.to_bytes(size, "big")

    async def connect(self, rep: str, *busy: Span, writes: bool = False) -> str:
        address = f"https://dav.example/{rep}"
        self.server.said[address] = {str(number): span for number, span in enumerate(busy)}
        access = Access(address=address, secret={"username": rep, "password": "sesame"})
        calendar = await self.connecting.connect(
            rep, kind="caldav", access=access, writes=writes, by="person:mo"
        )
        return calendar.id

    async def until(self, minutes: float) -> None:
        """Let time pass minute by minute: calendars are read, and what is due is taken."""
        while (self.story.clock.now() - _start()).total_seconds() < minutes * 60:
            at = (self.story.clock.now() - _start()).total_seconds() / 60
            await self.story.until(min(at + 1, minutes))
            while not await self.sync.look():
                pass


def _start() -> datetime:
    return datetime(2026, 3, 2, 14, tzinfo=UTC)
