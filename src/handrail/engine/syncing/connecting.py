"""Connecting a rep's calendar, and taking it away again."""

from collections.abc import Callable, Mapping
from typing import assert_never

import structlog
from msgspec.structs import replace

from handrail.engine.calendars.calendar import Calendar, CalendarStore
from handrail.engine.calendars.signing_in import SigningIn
from handrail.engine.calendars.source import (
    Access,
    CalendarFault,
    CalendarKind,
    CalendarSource,
    FindingCalendar,
    SharedCalendar,
    WritableCalendar,
)
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.syncing.pushes import Pushes
from handrail.engine.syncing.sync import Sync
from handrail.engine.targets import host_of
from handrail.terms.people import Rep

log = structlog.get_logger()

CALENDARS_MAX = 10  # of one rep
ID_BYTES = 8


class Connecting:
    """What people do with calendars, over one node."""

    def __init__(
        self,
        *,
        engine: Engine,
        store: CalendarStore,
        sync: Sync,
        sources: Mapping[CalendarKind, CalendarSource],
        chance: Callable[[int], bytes],
        signing_in: SigningIn | None = None,
    ) -> None:
        """`signing_in`: without it nobody signs in at a provider."""
        self.signing_in = signing_in
        self._chance = chance
        self._engine = engine
        self._store = store
        self._sync = sync
        self._sources = sources

    @property
    def kinds(self) -> tuple[CalendarKind, ...]:
        """Those that are switched on here."""
        return tuple(self._sources)

    async def connect(
        self, rep: str, *, kind: CalendarKind, access: Access, writes: bool, by: str
    ) -> Calendar:
        """It is read before it is kept. The same calendar again takes the place of what was kept
        of it: that is how a password is changed. Raises `Refused`, with the server's words."""
        known, source = await self._check(rep, kind=kind, writes=writes)
        if isinstance(source, SharedCalendar) and not access.secret.get("access_token"):
            access = _of_roster(known, access, kind=kind, source=source)
        try:
            if isinstance(source, FindingCalendar):
                address = await source.find(access)
                access = Access(address=address, secret=access.secret)
            now = self._engine.clock.now()
            id = self._chance(ID_BYTES).hex()
            calendar = Calendar(
                id=id,
                rep=rep,
                kind=kind,
                place=_place(kind, access),
                sealed=self._sync.sealed(id, access),
                writes=writes,
                at=now,
                by=by,
                due_at=now,
            )
            await self._sync.try_out(calendar)
        except CalendarFault as fault:
            raise Refused("unreadable_calendar", f"nothing was connected: {fault}") from fault
        was_told = False
        for other in await self._store.calendars(rep=rep):
            if other.kind == kind and self._sync.address_of(other) == access.address:
                was_told = was_told or other.told_at is not None
                await self._replaced(other)
        if not await self._store.add(calendar):
            raise Refused(
                "already_done",
                f"meetings of {rep} are written to another calendar already: disconnect that one, "
                "or connect this one without writing",
            )
        if was_told:  # whoever heard that it was lost hears that it is back, once it was read
            calendar = replace(calendar, told_at=now)
            await self._store.save(calendar)
        await self._sync.read_now(calendar)
        return await self._store.calendar(calendar.id) or calendar

    async def _check(
        self, rep: str, *, kind: CalendarKind, writes: bool
    ) -> tuple[Rep, CalendarSource]:
        _, roster = await self._engine.in_force()
        if rep not in roster.reps:
            raise Refused("not_found", f"no rep {rep!r} in the roster")
        source = self._sources.get(kind)
        if source is None:
            known = ", ".join(self._sources) or "none"
            raise Refused("bad_value", f"calendars of kind {kind} are off here; on are: {known}")
        if writes and not isinstance(source, WritableCalendar):
            raise Refused("bad_value", f"calendars of kind {kind} are only read: leave out writes")
        if len(await self._store.calendars(rep=rep)) >= CALENDARS_MAX:
            raise Refused("bad_value", f"{rep} has {CALENDARS_MAX} calendars: disconnect one first")
        return roster.reps[rep], source

    async def calendars(self, *, rep: str | None = None) -> list[Calendar]:
        return await self._store.calendars(rep=rep)

    async def disconnect(self, id: str, *, rep: str | None = None) -> Calendar:
        """With all that was read of it; its times are free again."""
        known = await self._of(id, rep=rep)
        await self._forget(known)
        await self._sync.apply(known.rep)
        return known

    async def _forget(self, calendar: Calendar) -> None:
        await self._replaced(calendar)
        await self._revoke(calendar)

    async def _replaced(self, calendar: Calendar) -> None:
        """By a new connection of the same: what the provider granted is one grant, and stands."""
        await self._sync.unsubscribe(calendar)
        await self._store.remove(calendar.id)

    async def _revoke(self, calendar: Calendar) -> None:
        """At the provider too; where it cannot be reached the token is forgotten here all the
        same."""
        if self.signing_in is None:
            return
        try:
            access = self._sync.access_of(calendar)
            if access.secret.get("refresh_token"):
                await self.signing_in.revoke(calendar.kind, access)
        except CalendarFault as fault:
            log.info("token_not_revoked", calendar=calendar.id, reason=str(fault))

    async def sync(self, id: str, *, rep: str | None = None) -> Calendar:
        """Read it now. What goes wrong stands in it."""
        known = await self._of(id, rep=rep)
        await self._sync.read_now(known)
        return await self._of(id, rep=rep)

    @property
    def pushes(self) -> Pushes | None:
        """Who knows whether it is a server that tells of a change."""
        return self._sync.pushes

    async def _of(self, id: str, *, rep: str | None) -> Calendar:
        known = await self._store.calendar(id)
        if known is None or (rep is not None and known.rep != rep):
            raise Refused("not_found", f"no calendar {id!r}")
        return known


def _of_roster(rep: Rep, access: Access, *, kind: CalendarKind, source: SharedCalendar) -> Access:
    """Where an administrator has let us in, a rep's calendar is the one of whom the roster says
    they are, whoever asks: else anybody could read and write anybody's. Raises Refused."""
    if not source.is_let_in:
        raise Refused(
            "bad_value",
            f"for calendars of kind {kind} an administrator of yours lets Handrail in first: "
            "docs/reference/calendars.md says how",
        )
    person = rep.ids.get(kind) or rep.email
    if access.address not in ("", person):
        raise Refused("bad_value", f"by the roster {rep.id} is {person}: leave the address out")
    return Access(address=person)


def _place(kind: CalendarKind, access: Access) -> str:
    """To be shown: what stands behind the host may be a secret."""
    match kind:
        case "google":
            return "Google Calendar"
        case "microsoft":
            return "Microsoft 365"
        case "caldav" | "ics":
            return host_of(access.address)
        case _:
            assert_never(kind)
