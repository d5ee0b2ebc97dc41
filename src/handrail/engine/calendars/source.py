"""What the engine needs of a calendar server. One implementation per kind, in `connectors`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

import msgspec

from handrail.terms.people import Span

OURS = "@handrail"  # ends the `uid` of what we write; in calendars it is not read again

CalendarKind = Literal["caldav", "google", "microsoft", "ics"]
FaultCode = Literal["unreachable", "limited", "lost_token", "refused", "bad_answer"]


class Access(msgspec.Struct, frozen=True):
    """One calendar and how to get in. `secret` is stored encrypted and shown nowhere.

    `secret` by kind: `username` and `password` (caldav), nothing (ics: the address is the secret),
    `access_token`, `refresh_token` and `expires_at` (google, microsoft).
    """

    address: str  # the collection's URL, the feed's URL, or the calendar's id
    secret: Mapping[str, str] = {}


class CalendarItem(msgspec.Struct, frozen=True):
    """One event as its source keeps it, with all its recurrences and exceptions.

    `body` holds what `times` needs and no more: neither titles nor places nor guests.
    """

    id: str  # of the source; an exception of a series has its own where the source says so
    body: bytes


Answer = Literal["accepted", "declined"]


class OurEntry(msgspec.Struct, frozen=True):
    """A meeting that we wrote, as it stands in the rep's calendar now; looked at and not kept.
    `answer`: the guest's, where one was invited from there. `span`: None where it cannot be said,
    as of a series. `is_gone`: deleted there, or called off."""

    uid: str
    title: str = ""
    answer: Answer | None = None
    span: Span | None = None
    sequence: int = 0
    is_gone: bool = False


class Changes(msgspec.Struct, frozen=True):
    """What is other since the cursor. `is_whole`: what is not among the items is gone. `ours`: of
    sources that tell it, the meetings that we wrote."""

    items: tuple[CalendarItem, ...]
    gone: tuple[str, ...] = ()
    cursor: str | None = None
    is_whole: bool = False
    ours: tuple[OurEntry, ...] = ()


class Times(msgspec.Struct, frozen=True):
    """Merged, ascending, clipped to what was asked for. `away`: out of office, `busy`: the rest
    that takes the rep's time (tentative too; cancelled, declined and free do not)."""

    busy: tuple[Span, ...] = ()
    away: tuple[Span, ...] = ()


class CalendarFault(Exception):
    """The server could not be read or written. The message says what a person can do about it.

    `lost_token`: only a new connection helps. `limited`: it asked for patience (`retry_after`).
    """

    def __init__(
        self, code: FaultCode, message: str, *, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message)
        self.code: FaultCode = code
        self.retry_after = retry_after


class CalendarEvent(msgspec.Struct, frozen=True):
    """A booked meeting as it stands in the rep's calendar and in the buyer's invitation."""

    uid: str  # the same for the whole life of the meeting
    sequence: int  # grows with each change, as iCalendar asks
    from_at: datetime
    until_at: datetime
    title: str
    description: str = ""
    location: str = ""
    organiser_name: str = ""
    organiser_email: str = ""
    guest_name: str = ""
    guest_email: str = ""


class Subscription(msgspec.Struct, frozen=True):
    """A server's promise to tell of changes until it expires."""

    id: str
    expires_at: datetime
    resource: str | None = None


class CalendarSource(Protocol):
    """Reads one kind of calendar. Every call may raise `CalendarFault`, and nothing else."""

    @property
    def kind(self) -> CalendarKind: ...

    async def changes(self, access: Access, *, cursor: str | None, window: Span) -> Changes:
        """All events that may touch the window when `cursor` is None (or has expired there), else
        what changed since. Takes at most half a minute."""
        ...

    def times(self, items: Sequence[CalendarItem], *, zone: str, window: Span) -> Times:
        """Pure. `zone`: of the rep (IANA name), for all-day events and floating times."""
        ...


@runtime_checkable
class WritableCalendar(CalendarSource, Protocol):
    """A calendar into which meetings are written."""

    async def put(self, access: Access, event: CalendarEvent) -> None:
        """Create it, or replace the one with this `uid`; any number of times to one effect."""
        ...

    async def remove(self, access: Access, *, uid: str) -> None:
        """Harmless where there is none."""
        ...


@runtime_checkable
class PushingCalendar(CalendarSource, Protocol):
    """A server that tells of changes; what it says proves nothing and makes us read."""

    async def subscribe(self, access: Access, *, url: str, token: str) -> Subscription: ...
    async def unsubscribe(self, access: Access, subscription: Subscription) -> None: ...


@runtime_checkable
class ProlongingCalendar(CalendarSource, Protocol):
    """A server whose promise to tell of changes can be made to last longer."""

    async def prolong(self, access: Access, subscription: Subscription) -> Subscription | None:
        """None where it is no more, and another is to be asked for."""
        ...


@runtime_checkable
class RenewingCalendar(CalendarSource, Protocol):
    """A server whose access runs out."""

    def expires_at(self, access: Access) -> datetime | None: ...
    async def renew(self, access: Access) -> Access:
        """With a new token; the old refresh token may be void from now on."""
        ...


@runtime_checkable
class FindingCalendar(CalendarSource, Protocol):
    """A server on which a person's calendar can be looked for."""

    async def find(self, access: Access) -> str:
        """The address of the calendar itself, where only the server was named."""
        ...


@runtime_checkable
class SharedCalendar(CalendarSource, Protocol):
    """A server whose administrator may let us into everybody's calendar, without their token."""

    @property
    def is_let_in(self) -> bool: ...
