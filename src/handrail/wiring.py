"""The only file that knows every concrete class: it puts a node together."""

import asyncio
import hmac
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import msgspec
import structlog
import uvloop
from asyncpg.exceptions import PostgresError as DatabaseFault

from handrail.connectors.apprise.client import AppriseSender
from handrail.connectors.mail.client import MailSender, MailSettings
from handrail.connectors.model.client import drafter_at
from handrail.connectors.slack.client import SlackSender, SlackSettings
from handrail.connectors.slack.node import SlackBeside, SlackNode
from handrail.connectors.webhook.client import WebhookSender, WebhookSettings
from handrail.engine.channels import Channels
from handrail.engine.clock import SystemClock, VirtualClock
from handrail.engine.clock_figures import figures_of
from handrail.engine.deliver import Deliverer, Sender
from handrail.engine.drafter import WithOpenings
from handrail.engine.engine import Engine
from handrail.engine.folding import Folding, agreed
from handrail.engine.heartbeat import Pulse
from handrail.engine.keys import Keys
from handrail.engine.learning import learning_rhythm
from handrail.engine.links import Links
from handrail.engine.notices import ConsoleOnly
from handrail.engine.ports import Store, StoreUnavailable
from handrail.engine.settings import (
    BadSetting,
    Role,
    Settings,
    read_settings,
)
from handrail.engine.shadow import Shadowing
from handrail.engine.shadowing import shadow_rhythm
from handrail.engine.statuses import read_statuses
from handrail.engine.syncing.connecting import Connecting
from handrail.engine.targets import ForbiddenTarget
from handrail.engine.ticker import Ticker, outbox_rhythm
from handrail.engine.vault import Vault
from handrail.store.embedded import DataDirInUse, EmbeddedPostgres, EmbeddedPostgresError
from handrail.store.heartbeats import PostgresHeartbeats
from handrail.store.keys import PostgresKeys
from handrail.store.migrate import SchemaRefused
from handrail.store.postgres import PostgresStore
from handrail.store.posts import PostgresPosts
from handrail.store.shadows import PostgresShadows
from handrail.web import HookSource, WebSettings
from handrail.web.booking.app import Buyers
from handrail.wiring_apprise import apprise_of
from handrail.wiring_booking import Arranging, buyers_of
from handrail.wiring_calendars import open_calendars
from handrail.wiring_doors import Doors
from handrail.wiring_key import CannotOpen, master_key

DATABASE_FOLDER = "database"
WEBHOOK_SOURCE = "/handrail"
DATABASE_LOOK_S = 0.25


log = structlog.get_logger()
new_event_loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop


Run = Callable[[asyncio.Event], Awaitable[None]]
OwnSender = WebhookSender | MailSender | SlackSender | AppriseSender


@dataclass(frozen=True)
class Node:
    """One node, opened: its engine and what stands beside it.

    Each of the runs goes on until its event is set: `background` is a worker's work, `upkeep` that
    of every node.
    """

    engine: Engine
    keys: Keys
    vault: Vault
    ticker: Ticker
    background: tuple[Run, ...]
    upkeep: tuple[Run, ...]
    web: WebSettings
    links: Links | None
    calendars: Connecting
    slack: SlackBeside | None = None
    buyers: Buyers | None = None

    def doors(self, *, is_open: bool) -> Doors:
        """The doors over HTTP; `is_open`: nobody is asked for a key."""
        return Doors(
            engine=self.engine,
            keys=None if is_open else self.keys,
            web=self.web,
            links=self.links,
            slack=self.slack,
            buyers=self.buyers,
        )


def default_data_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """`handrail` in the user's folder for data."""
    shared = environment.get("XDG_DATA_HOME") or ""
    base = Path(shared) if shared.startswith("/") else Path.home() / ".local" / "share"
    return base / "handrail"


def settings_with(
    *,
    database_url: str | None = None,
    data_dir: Path | None = None,
    role: Role | None = None,
    host: str | None = None,
    port: int | None = None,
    observe: bool | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """The environment's settings, and over them what was said on the command line."""
    try:
        settings = read_settings(environment)
    except BadSetting as fault:
        raise CannotOpen(str(fault)) from fault
    said = {
        "database_url": database_url,
        "data_dir": data_dir,
        "role": role,
        "host": host,
        "port": port,
        "observe": observe,
    }
    given = {name: value for name, value in said.items() if value is not None}
    return msgspec.structs.replace(settings, **given)


@asynccontextmanager
async def open_engine(
    *,
    database_url: str | None = None,
    data_dir: Path | None = None,
    role: Role | None = None,
    join: bool = True,
    existing: bool = False,
) -> AsyncIterator[Engine]:
    """An engine on the database that these (else the environment) name. Raises CannotOpen.

    `join`: when a service of ours already runs on the data folder, use the server that it started.
    `existing`: who only reads must not make a database where the folder's name was mistyped.
    """
    settings = settings_with(database_url=database_url, data_dir=data_dir, role=role)
    if existing:
        _check_existing(settings)
    async with open_node(settings, join=join) as node:
        yield node.engine


@asynccontextmanager
async def open_beside(
    *, database_url: str | None = None, data_dir: Path | None = None
) -> AsyncIterator[Node]:
    """A node on a database that is there, beside those that run. Raises CannotOpen."""
    settings = settings_with(database_url=database_url, data_dir=data_dir)
    _check_existing(settings)
    async with open_node(settings, join=True) as node:
        yield node


def _check_existing(settings: Settings) -> None:
    if settings.database_url is not None:
        return
    folder = (settings.data_dir or default_data_dir()).expanduser()
    if not (folder / DATABASE_FOLDER).is_dir():
        raise CannotOpen(f"{folder}: no database of Handrail is here; name its --data-dir")


@asynccontextmanager
async def open_node(
    settings: Settings,
    *,
    join: bool = False,
    clock: VirtualClock | None = None,
) -> AsyncIterator[Node]:
    """Database, schema, keys and engine; all closed again at the end. Raises CannotOpen."""
    _log_to_stderr()
    data_dir = (settings.data_dir or default_data_dir()).expanduser()
    ticking = clock or SystemClock()
    async with AsyncExitStack() as opened:
        dsn = settings.database_url
        upkeep: tuple[Run, ...] = ()
        if dsn is None:
            server = EmbeddedPostgres(data_dir / DATABASE_FOLDER)
            dsn = await _own_database(server, data_dir / DATABASE_FOLDER, join, opened)
            upkeep = (_kept_running(server),) if server.pid is not None else ()
        store, keys = await _open_store(dsn, opened=opened)
        master = await master_key(settings.master_key, data_dir=data_dir, proofs=keys)
        vault = Vault(master)
        senders = _senders(settings)
        slack_node = await _open_slack(settings, dsn, opened=opened)
        if slack_node is not None:
            senders["slack"] = slack_node.sender
        opened.push_async_callback(_close_senders, senders)
        calendars = await open_calendars(settings, dsn, master=master, clock=ticking, opened=opened)
        arranging = Arranging(
            mail=_mail_set_up(settings),
            calendars=None if settings.observe else calendars.writing,
        )
        notices = arranging.beside(Channels(tuple(senders)) if senders else ConsoleOnly())
        shadows = await _open_shadows(dsn, opened=opened)
        engine = Engine(
            store=store,
            clock=ticking,
            vault=vault,
            notices=notices,
            shadowing=Shadowing(store=shadows, clock=ticking),
        )
        connecting = calendars.join(engine)
        links, buyers = _links(settings, master=master), buyers_of(settings, master=master)
        slack = slack_node.join(engine, links=links) if slack_node is not None else None
        pages = buyers.links if buyers is not None else None
        deliverer = Deliverer(
            engine=engine,
            senders=_with_openings(settings, senders, opened=opened),
            links=links,
            folding=Folding(engine.store, noise_of=agreed(engine)),
        )
        opened.push_async_callback(deliverer.close)
        ticker = Ticker(engine)
        opened.enter_context(figures_of(ticker))
        beats = await PostgresHeartbeats.open(dsn)
        opened.push_async_callback(beats.close)
        pulse = Pulse(
            node=f"{socket.gethostname()}:{os.getpid()}:{os.urandom(2).hex()}",
            role=settings.role,
            store=beats,
            ticker=ticker,
            clock=ticking,
        )
        outbox = outbox_rhythm(engine, deliverer.deliver)
        background = (ticker.run, outbox.run) if senders else (ticker.run,)
        arranged = tuple(one.run for one in arranging.rhythms(engine, links=pages))
        yield Node(
            engine=engine,
            keys=Keys(store=keys, clock=ticking, chance=os.urandom),
            vault=vault,
            ticker=ticker,
            background=(
                *background,
                *arranged,
                calendars.rhythm.run,
                *(slack.background if slack is not None else ()),
            ),
            upkeep=(
                *upkeep,
                shadow_rhythm(engine).run,
                learning_rhythm(engine).run,
                pulse.run,
                *(slack.upkeep if slack is not None else ()),
            ),
            calendars=connecting,
            web=WebSettings(
                calendars=connecting,
                hosts=settings.hosts,
                proxies=settings.proxies,
                hooks=_hooks(settings.hooks),
                booking=pages,
                observes=settings.observe,
            ),
            links=links,
            slack=slack,
            buyers=buyers,
        )


def _hooks(path: Path | None) -> dict[str, HookSource]:
    """Who may post to `/api/v1/hooks/SOURCE`: a JSON file of sources with secrets and mapping."""
    if path is None:
        return {}
    try:
        return msgspec.json.decode(path.expanduser().read_bytes(), type=dict[str, HookSource])
    except OSError as fault:
        raise BadSetting(f"HANDRAIL_HOOKS: {path}: {fault.strerror}") from fault
    except msgspec.MsgspecError as fault:
        raise BadSetting(
            f"HANDRAIL_HOOKS: {path}: {fault}; it is a JSON object such as "
            '{"forms": {"secrets": ["whsec_..."], "mapping": {"id": "lead_id"}}}'
        ) from fault


def _log_to_stderr() -> None:
    """A line of JSON each; stdout is for what commands promise to print."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        # Looked up for each line: whoever runs a node in a process of its own may replace it.
        logger_factory=lambda *_: structlog.PrintLogger(file=sys.stderr),
    )


# --- ways out


def _senders(settings: Settings) -> dict[str, OwnSender]:
    """The channels that are set up; none when the node only observes. Raises CannotOpen."""
    senders: dict[str, OwnSender] = {}
    if settings.observe:
        return senders
    try:
        if settings.webhook_url is not None:
            senders["webhook"] = WebhookSender(_webhook(settings, settings.webhook_url))
    except ForbiddenTarget as fault:
        remedy = "" if settings.webhook_loopback else WEBHOOK_HERE
        raise CannotOpen(f"HANDRAIL_WEBHOOK_URL: {fault}{remedy}") from fault
    try:
        if (apprise := apprise_of(settings)) is not None:
            senders["apprise"] = apprise
    except BadSetting as fault:
        raise CannotOpen(str(fault)) from fault
    if (mail := _mail_set_up(settings)) is not None:
        senders["email"] = MailSender(mail)
    return senders


def _with_openings(
    settings: Settings, senders: Mapping[str, OwnSender], *, opened: AsyncExitStack
) -> Mapping[str, Sender]:
    """Where a model is set up, what goes to people has an opening line that it drafted."""
    if (drafter := drafter_at(settings)) is None:
        return senders
    opened.push_async_callback(drafter.close)
    return {
        name: WithOpenings(sender, drafter) if sender.needs_person else sender
        for name, sender in senders.items()
    }


WEBHOOK_HERE = "; for a receiver on this machine set HANDRAIL_WEBHOOK_LOOPBACK=true"


def _webhook(settings: Settings, url: str) -> WebhookSettings:
    return WebhookSettings(
        url=url,
        secrets=settings.webhook_secrets,
        source=settings.public_url or WEBHOOK_SOURCE,
        allow_loopback=settings.webhook_loopback,
    )


def _mail_set_up(settings: Settings) -> MailSettings | None:
    host, sender = settings.smtp_host, settings.mail_from
    if host is None or sender is None or settings.observe:
        return None
    return MailSettings(
        host=host,
        sender=sender,
        port=settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password,
        message_domain=sender.rpartition("@")[2].rstrip(">") or "handrail.invalid",
    )


async def _open_slack(settings: Settings, dsn: str, *, opened: AsyncExitStack) -> SlackNode | None:
    """On the database that `_open_store` has brought up to date."""
    if settings.slack_bot_token is None or settings.observe:
        return None
    posts = await PostgresPosts.open(dsn)
    opened.push_async_callback(posts.close)
    slack = SlackSettings(
        bot_token=settings.slack_bot_token,
        app_token=settings.slack_app_token,
        signing_secrets=settings.slack_signing_secrets,
        base_url=settings.slack_base_url,
        statuses=read_statuses(settings.slack_statuses),
    )
    return SlackNode(settings=slack, posts=posts)


async def _close_senders(senders: Mapping[str, OwnSender]) -> None:
    for sender in senders.values():
        if isinstance(sender, WebhookSender | AppriseSender):
            await sender.close()


def _links(settings: Settings, *, master: bytes) -> Links | None:
    """Signed under a key that follows from the master key, so that every node reads them."""
    if settings.public_url is None:
        return None
    secret = hmac.digest(master, b"handrail links", "sha256")
    return Links(secret=secret, base_url=settings.public_url)


# --- database and key


async def _own_database(
    server: EmbeddedPostgres, folder: Path, join: bool, opened: AsyncExitStack
) -> str:
    try:
        return (await opened.enter_async_context(server)).dsn
    except DataDirInUse as fault:
        running = running_server(folder) if join else None
        if running is None:
            raise CannotOpen(str(fault)) from fault
        return running
    except EmbeddedPostgresError as fault:
        raise CannotOpen(str(fault)) from fault


def _kept_running(server: EmbeddedPostgres) -> Run:
    """Starts our database again when it was killed; while it is away the doors answer 503."""

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), timeout=DATABASE_LOOK_S)
            except TimeoutError:
                if server.pid is None:
                    log.error("database_ended", remedy="it is started again; see its server.log")
                    await server.restart()

    return run


def running_server(folder: Path) -> str | None:
    """The address of the server that another process of ours runs on this folder."""
    try:
        socket = (folder / "socket").read_text().strip()
    except OSError:
        return None
    return f"postgresql://handrail@/handrail?host={quote(socket)}&port=5432" if socket else None


async def _open_store(dsn: str, *, opened: AsyncExitStack) -> tuple[Store, PostgresKeys]:
    try:
        store = await PostgresStore.open(dsn)
        opened.push_async_callback(store.close)
        keys = await PostgresKeys.open(dsn)
        opened.push_async_callback(keys.close)
    except (ValueError, SchemaRefused, StoreUnavailable, DatabaseFault) as fault:
        raise CannotOpen(
            f"the database {_without_password(dsn)} cannot be used: {fault}"
        ) from fault
    return store, keys


async def _open_shadows(dsn: str, *, opened: AsyncExitStack) -> PostgresShadows:
    """On the database that `_open_store` has brought up to date."""
    shadows = await PostgresShadows.open(dsn)
    opened.push_async_callback(shadows.close)
    return shadows


def _without_password(dsn: str) -> str:
    parts = urlsplit(dsn)
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}"
