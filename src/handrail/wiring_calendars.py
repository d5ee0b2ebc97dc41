"""Calendars on one node, put together."""

import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from handrail.connectors.google.google import Google, Renew
from handrail.connectors.google.wire import BASE_URL, GoogleWire
from handrail.connectors.icalendar.caldav import CalDav
from handrail.connectors.icalendar.feed import Feed
from handrail.connectors.icalendar.wire import Wire
from handrail.connectors.microsoft.graph import Graph
from handrail.connectors.microsoft.tokens import Application, ApplicationTokens
from handrail.connectors.microsoft.wire import GraphWire, TokenOf, stored_token
from handrail.connectors.oauth.tokens import Tokens
from handrail.engine.calendars.secrets import Secrets
from handrail.engine.calendars.signing_in import Provider, SigningIn
from handrail.engine.calendars.source import (
    Access,
    CalendarFault,
    CalendarKind,
    CalendarSource,
)
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
BACK_AT = "/calendars/back"
# https://developers.google.com/identity/protocols/oauth2/web-server
GOOGLE_SIGN_IN = "https://accounts.google.com/o/oauth2/v2/auth"
GOOGLE_TOKENS = "https://oauth2.googleapis.com"
GOOGLE_SCOPE = (
    "https://www.googleapis.com/auth/calendar.events "
    "https://www.googleapis.com/auth/calendar.calendars.readonly"
)


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
        signing_in: SigningIn | None,
        opened: AsyncExitStack,
    ) -> None:
        self._signing_in = signing_in
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
            signing_in=self._signing_in,
        )


async def open_calendars(
    settings: Settings, dsn: str, *, master: bytes, clock: Clock, opened: AsyncExitStack
) -> Calendars:
    """On a database that is up to date. Raises BadSetting."""
    store = await PostgresCalendars.open(dsn)
    opened.push_async_callback(store.close)
    wire = Wire(now=clock.now, allow_private=settings.calendar_private)
    opened.push_async_callback(wire.close)
    secrets = Secrets([master])
    signing_in = _signing_in(settings, secrets, clock=clock, opened=opened)
    known: dict[CalendarKind, CalendarSource] = {
        "caldav": CalDav(wire),
        "ics": Feed(wire),
        "google": _google(settings, signing_in, clock=clock, opened=opened),
        "microsoft": _microsoft(settings, signing_in, clock=clock, opened=opened),
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
        store=store,
        secrets=secrets,
        sources=sources,
        pushes=pushes,
        signing_in=signing_in,
        opened=opened,
    )


def _signing_in(
    settings: Settings, secrets: Secrets, *, clock: Clock, opened: AsyncExitStack
) -> SigningIn | None:
    """Where people may sign in; None where no provider is set up, or nobody could come back."""
    providers = providers_of(settings)
    if settings.public_url is None or not providers:
        return None
    tokens = Tokens(now=clock.now)
    opened.push_async_callback(tokens.close)
    redirect = f"{settings.public_url.rstrip('/')}{BACK_AT}"
    return SigningIn(
        providers=providers, door=tokens, seals=secrets, redirect=redirect, chance=os.urandom
    )


def providers_of(settings: Settings) -> dict[CalendarKind, Provider]:
    found: dict[CalendarKind, Provider] = {}
    if settings.google_client_id is not None and settings.google_client_secret is not None:
        here = (settings.google_url or "").rstrip("/")
        found["google"] = Provider(
            kind="google",
            authorize_url=f"{here}/auth" if here else GOOGLE_SIGN_IN,
            token_url=f"{here or GOOGLE_TOKENS}/token",
            revoke_url=f"{here or GOOGLE_TOKENS}/revoke",
            client_id=settings.google_client_id,
            client_secret=settings.google_client_secret,
            scope=GOOGLE_SCOPE,
            extra=(("access_type", "offline"), ("prompt", "consent")),
        )
    application = _application(settings)
    if application is not None:
        base = f"{application.login_url}/{application.tenant}/oauth2/v2.0"
        found["microsoft"] = Provider(
            kind="microsoft",
            authorize_url=f"{base}/authorize",
            token_url=f"{base}/token",
            client_id=application.client_id,
            client_secret=application.client_secret,
            scope="offline_access Calendars.ReadWrite",
        )
    return found


def _renewing(kind: CalendarKind, signing_in: SigningIn | None) -> Renew:
    async def renew(access: Access) -> Access:
        if signing_in is None:
            raise CalendarFault("lost_token", "nobody can sign in here any more: ask RevOps")
        return await signing_in.renew(kind, access)

    return renew


def _google(
    settings: Settings, signing_in: SigningIn | None, *, clock: Clock, opened: AsyncExitStack
) -> Google:
    url = f"{settings.google_url.rstrip('/')}/calendar/v3" if settings.google_url else BASE_URL
    wire = GoogleWire(now=clock.now, base_url=url)
    opened.push_async_callback(wire.close)
    return Google(wire, renew=_renewing("google", signing_in), chance=os.urandom)


def _microsoft(
    settings: Settings, signing_in: SigningIn | None, *, clock: Clock, opened: AsyncExitStack
) -> Graph:
    application = _application(settings)
    token_of: TokenOf = stored_token
    if application is not None:
        tokens = ApplicationTokens(application, now=clock.now)
        opened.push_async_callback(tokens.close)
        token_of = tokens
    wire = GraphWire(now=clock.now, base_url=settings.microsoft_graph_url, token_of=token_of)
    opened.push_async_callback(wire.close)
    renew = _renewing("microsoft", signing_in)
    return Graph(wire, is_let_in=application is not None, renew=renew)


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
