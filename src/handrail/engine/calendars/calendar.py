"""One connected calendar as it is kept, and where it is kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from handrail.engine.calendars.source import CalendarItem, CalendarKind, Subscription

State = Literal["connected", "lost"]


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """`writes`: booked meetings are written into it; one of a rep at most. `place`: the host, to be
    shown; the whole address is sealed beside what opens it, since that of a feed is a secret.

    `fresh_at`: when it was last read; `due_at`: when it is to be read again; `read_at`: when
    it was last read whole. `fault`: why the last reading failed, in words.
    `lost`: only connecting it again helps.
    """

    id: str
    rep: str
    kind: CalendarKind
    place: str
    sealed: bytes
    writes: bool
    at: datetime
    by: str
    due_at: datetime
    state: State = "connected"
    cursor: str | None = None
    read_at: datetime | None = None
    fresh_at: datetime | None = None
    tries: int = 0
    fault: str | None = None
    told_at: datetime | None = None
    subscription: Subscription | None = None


class CalendarStore(Protocol):
    """Of no ledger: what is decided by is in `RepConditions`. All raise StoreUnavailable."""

    async def add(self, calendar: Calendar) -> bool:
        """False where the rep already has one that writes, and this is to be another."""
        ...

    async def calendar(self, id: str) -> Calendar | None: ...
    async def calendars(self, *, rep: str | None = None) -> list[Calendar]:
        """By rep, then by when they were connected."""
        ...

    async def claim(self, *, now: datetime, limit: int, lease_until: datetime) -> list[Calendar]:
        """Those that are due, first due first; nobody else gets them before `lease_until`."""
        ...

    async def save(
        self,
        calendar: Calendar,
        *,
        items: Sequence[CalendarItem] = (),
        gone: Sequence[str] = (),
        is_whole: bool = False,
    ) -> bool:
        """In one step, and the lease is over; the subscription stays as it stands. False, and
        nothing is written, when it was removed or connected anew meanwhile. `is_whole`: the items
        before are forgotten."""
        ...

    async def subscribed(self, calendar: Calendar, subscription: Subscription) -> bool:
        """What its server promises now. False when it was removed or connected anew meanwhile."""
        ...

    async def wake(self, id: str, *, now: datetime) -> bool:
        """It is due now. False where there is none."""
        ...

    async def items(self, id: str) -> list[CalendarItem]: ...
    async def remove(self, id: str) -> Calendar | None:
        """With all that is kept of it."""
        ...
