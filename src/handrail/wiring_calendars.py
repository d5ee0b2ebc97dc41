"""Calendars on one node, put together."""

import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from handrail.connectors.icalendar.caldav import CalDav
from handrail.connectors.icalendar.feed import Feed
from handrail.connectors.icalendar.wire import Wire
from handrail.connectors.microsoft.graph import Graph
from handrail.connectors.microsoft.tokens import Application, ApplicationTokens
from handrail.connectors.microsoft.wire import GraphWire, TokenOf, stored_token
from handrail.engine.calendars.secrets import Secrets
from handrail.engine.calendars.source import CalendarKind, CalendarSource
from handrail.engine.engine import Engine
from handrail.engine.ports import Clock
from handrail.engine.settings import BadSetting, Settings
from handrail.engine.syncing.connecting import Connecting
from handrail.engine.syncing.pushes import Pushes
from handrail.engine.syncing.sync import Sync
from handrail.engine.syncing.writing import Writing
from handrail.engine.ticker import Rhythm
from handrail.store.calendars import PostgresCalendars

NONE = "none"


class Calendars:
    """What a node has for calendars. `writing` is given to what books, before there is an engine;
    `join` comes after."""

    def __init__(
        self,
        *,
        store: PostgresCalendars,
        secrets: Secrets,
        sources: Mapping[CalendarKind, CalendarSource],
        pushes: Pushes,
        opened: AsyncExitStack,
    ) -> None:
        self._opened = opened
        self._store = store
        self._secrets = secrets
        self._sources = sources
        self._pushes = pushes
        self.writing = Writing()

    def join(self, engine: Engine) -> Connecting:
        self._sync = Sync(
            engine=engine,
            store=self._store,
            secrets=self._secrets,
            sources=self._sources,
            pushes=self._pushes,
        )
        self._opened.push_async_callback(self._sync.finish)
        self.writing.by(self._sync)
        self.rhythm = Rhythm(engine, self._sync.look)
        self._pushes.heard = self.rhythm.look_now
        return Connecting(
            engine=engine,
            store=self._store,
            sync=self._sync,
            sources=self._sources,
            chance=os.urandom,
        )


async def open_calendars(
    settings: Settings, dsn: str, *, master: bytes, clock: Clock, opened: AsyncExitStack
) -> Calendars:
    """On a database that is up to date. Raises BadSetting."""
    store = await PostgresCalendars.open(dsn)
    opened.push_async_callback(store.close)
    wire = Wire(now=clock.now, allow_private=settings.calendar_private)
    opened.push_async_callback(wire.close)
    known: dict[CalendarKind, CalendarSource] = {
        "caldav": CalDav(wire),
        "ics": Feed(wire),
        "microsoft": _microsoft(settings, clock=clock, opened=opened),
    }
    named = [name for name in settings.calendars if name != NONE]
    for name in named:
        if name not in known:
            raise BadSetting(
                f"HANDRAIL_CALENDARS: {name!r} is no kind; write some of {', '.join(known)}, or "
                f"{NONE}"
            )
    sources = {kind: source for kind, source in known.items() if kind in named}
    pushes = Pushes(store=store, masters=[master], base_url=_reached_at(settings), now=clock.now)
    return Calendars(
        store=store, secrets=Secrets([master]), sources=sources, pushes=pushes, opened=opened
    )


def _microsoft(settings: Settings, *, clock: Clock, opened: AsyncExitStack) -> Graph:
    application = _application(settings)
    token_of: TokenOf = stored_token
    if application is not None:
        tokens = ApplicationTokens(application, now=clock.now)
        opened.push_async_callback(tokens.close)
        token_of = tokens
    wire = GraphWire(now=clock.now, base_url=settings.microsoft_graph_url, token_of=token_of)
    opened.push_async_callback(wire.close)
    return Graph(wire, is_let_in=application is not None)


def _application(settings: Settings) -> Application | None:
    tenant, id = settings.microsoft_tenant, settings.microsoft_client_id
    secret = settings.microsoft_client_secret
    if tenant is None or id is None or secret is None:
        return None
    cloud = urlsplit(settings.microsoft_graph_url)
    return Application(
        tenant=tenant,
        client_id=id,
        client_secret=secret,
        login_url=settings.microsoft_login_url.rstrip("/"),
        scope=f"{cloud.scheme}://{cloud.netloc}/.default",
    )


def _reached_at(settings: Settings) -> str | None:
    """Where servers can tell us of changes: over https, or on this machine. A node that only
    observes asks nobody for anything."""
    url = settings.public_url
    if url is None or settings.observe:
        return None
    return url if url.startswith(("https://", "http://127.0.0.1:")) else None
