"""Servers that tell of changes: asked to, kept at it, and known again when they tell.

What they tell is believed in nothing: it makes us read. Without it calendars are read as often as
ever, so that a server that falls silent costs minutes and nothing else.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from handrail.engine.calendars.calendar import Calendar, CalendarStore
from handrail.engine.calendars.source import (
    Access,
    CalendarFault,
    CalendarKind,
    CalendarSource,
    ProlongingCalendar,
    PushingCalendar,
    Subscription,
)

PATH = "/hooks/calendar"
PURPOSE = b"handrail pushes of calendars"
RENEW_BEFORE = timedelta(hours=12)
ASK_EVERY = timedelta(hours=1)  # of a server that refuses, or grants less than `RENEW_BEFORE`
ASK_MAX_S = 15.0
END_MAX_S = 5.0
GAP = timedelta(seconds=2)  # many changes at once are told one by one, and read together

log = structlog.get_logger()


class Pushes:
    """`masters`: the keys from which tokens follow: no table holds one, and a calendar's opens no
    other's. `base_url`: under which servers reach us; None where they are not to be asked.

    `heard`: called when something was told, so that this node looks at once.
    """

    def __init__(
        self,
        *,
        store: CalendarStore,
        masters: Sequence[bytes],
        base_url: str | None,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._keys = [hmac.digest(master, PURPOSE, hashlib.sha256) for master in masters]
        self._base_url = base_url.rstrip("/") if base_url is not None else None
        self._now = now
        self._asked_at: dict[str, datetime] = {}
        self._heard_at: dict[str, datetime] = {}
        self.heard: Callable[[], None] = _nothing

    # --- asking

    async def keep(self, calendar: Calendar, source: CalendarSource, access: Access) -> None:
        """Have its server tell of changes for some time to come; what goes wrong is logged, since
        the calendar is read all the same. Raises StoreUnavailable."""
        now = self._now()
        if self._base_url is None or not isinstance(source, PushingCalendar):
            return
        known = calendar.subscription
        if known is not None and known.expires_at - now > RENEW_BEFORE:
            return
        asked_at = self._asked_at.get(calendar.id)
        if asked_at is not None and now - asked_at < ASK_EVERY:
            return
        self._asked_at[calendar.id] = now
        try:
            async with asyncio.timeout(ASK_MAX_S):
                made = await self._made(calendar, source, access)
        except (CalendarFault, TimeoutError) as fault:
            log.warning("calendar_not_pushed", calendar=calendar.id, reason=str(fault))
            return
        await self._store.subscribed(calendar, made)

    async def _made(
        self, calendar: Calendar, source: PushingCalendar, access: Access
    ) -> Subscription:
        known = calendar.subscription
        if known is not None and isinstance(source, ProlongingCalendar):
            longer = await source.prolong(access, known)
            if longer is not None:
                return longer
        url = f"{self._base_url}{PATH}/{calendar.kind}/{calendar.id}"
        token = self.token(calendar.kind, calendar.id)
        made = await source.subscribe(access, url=url, token=token)
        if known is not None:
            await self.end(calendar, source, access)
        return made

    async def end(self, calendar: Calendar, source: CalendarSource, access: Access) -> None:
        """As far as the server can be reached: else it tells until its promise runs out, of a
        calendar that is not here any more."""
        if calendar.subscription is None or not isinstance(source, PushingCalendar):
            return
        try:
            async with asyncio.timeout(END_MAX_S):
                await source.unsubscribe(access, calendar.subscription)
        except (CalendarFault, TimeoutError) as fault:
            log.info("calendar_still_pushed", calendar=calendar.id, reason=str(fault))

    def token(self, kind: CalendarKind, calendar: str) -> str:
        """By which its server shows that it is the one that was asked."""
        return _token(self._keys[0], kind, calendar)

    # --- being told

    def is_theirs(self, kind: CalendarKind, calendar: str, tokens: Iterable[str]) -> bool:
        """Whether one of these is what only the server that we asked can know."""
        same = [
            hmac.compare_digest(
                _token(key, kind, calendar).encode(), token.encode("utf-8", "replace")
            )
            for token in tokens
            for key in self._keys
        ]
        return any(same)

    async def told(self, calendar: str, *, of_itself: bool = False) -> None:
        """The calendar is read soon. `of_itself`: the server's promise is in doubt, and is asked
        for again. Raises StoreUnavailable."""
        now = self._now()
        known = await self._store.calendar(calendar)
        if known is None:
            return
        if of_itself and known.subscription is not None:
            self._asked_at.pop(calendar, None)
            await self._store.subscribed(known, replace(known.subscription, expires_at=now))
        self._heard_at[calendar] = now
        due_at = now if known.fresh_at is None else max(now, known.fresh_at + GAP)
        await self._store.wake(calendar, now=due_at)
        self.heard()

    def was_heard(self, calendar: str, *, since: datetime) -> bool:
        """Something was told while it was being read: what was read may be older."""
        heard_at = self._heard_at.pop(calendar, None)
        return heard_at is not None and heard_at >= since


def _token(key: bytes, kind: CalendarKind, calendar: str) -> str:
    return hmac.digest(key, f"{kind} {calendar}".encode(), hashlib.sha256).hex()


def _nothing() -> None:
    pass
