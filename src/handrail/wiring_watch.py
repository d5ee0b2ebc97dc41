"""Puts the watcher together: its sight of the database, its channels, its memory."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from asyncpg.exceptions import InterfaceError, PostgresError

from handrail.connectors.alarm.http import SignOfLife, WebhookAlarms
from handrail.connectors.alarm.mail import AlarmMailSettings, MailAlarms
from handrail.engine.clock import SystemClock
from handrail.engine.ports import StoreUnavailable
from handrail.engine.settings import Settings
from handrail.engine.watch import Limits, Look
from handrail.engine.watching import (
    LOOK_WITHIN_S,
    AlarmChannel,
    Memory,
    Place,
    StoreSight,
    Watcher,
)
from handrail.store.heartbeats import PostgresHeartbeats
from handrail.store.postgres import PostgresStore
from handrail.wiring import (
    DATABASE_FOLDER,
    default_data_dir,
    running_server,
)
from handrail.wiring_key import CannotOpen

MEMORY_FILE = "watch.json"


@asynccontextmanager
async def open_watcher(
    settings: Settings, *, limits: Limits, state: Path | None
) -> AsyncIterator[Watcher]:
    """Nothing is opened before the first look: that it fails is a finding. Raises CannotOpen."""
    sight = DatabaseSight(_address(settings))
    deadman = settings.watch_deadman_url
    try:
        yield Watcher(
            sight=sight,
            channels=alarm_channels(settings),
            kept=MemoryFile((state or default_state_dir()).expanduser()),
            clock=SystemClock(),
            limits=limits,
            alive=SignOfLife(deadman) if deadman is not None else None,
        )
    finally:
        await sight.close()


def alarm_channels(settings: Settings) -> tuple[AlarmChannel, ...]:
    """Those that are set up for the watcher; the node's own are not used."""
    channels: list[AlarmChannel] = []
    if settings.watch_smtp_host is not None and settings.watch_mail_from is not None:
        mail = AlarmMailSettings(
            host=settings.watch_smtp_host,
            sender=settings.watch_mail_from,
            to=settings.watch_mail_to,
            port=settings.watch_smtp_port,
            security=settings.watch_smtp_security,
            username=settings.watch_smtp_username,
            password=settings.watch_smtp_password,
        )
        channels.append(MailAlarms(mail))
    if settings.watch_webhook_url is not None:
        webhook = WebhookAlarms(
            url=settings.watch_webhook_url, secrets=settings.watch_webhook_secrets
        )
        channels.append(webhook)
    return tuple(channels)


def default_state_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """`handrail` in the user's folder for state."""
    state = environment.get("XDG_STATE_HOME") or ""
    above = Path(state) if state.startswith("/") else Path.home() / ".local" / "state"
    return above / "handrail"


def _address(settings: Settings) -> Callable[[], str]:
    """Asked before each connection: our own database has another address after each start."""
    folder = (settings.data_dir or default_data_dir()).expanduser() / DATABASE_FOLDER

    def address() -> str:
        dsn = settings.database_url or running_server(folder)
        if dsn is None:
            raise StoreUnavailable(f"no database runs on {folder}")
        return dsn

    return address


class DatabaseSight:
    """A `Sight` of a PostgreSQL that may stop answering at any moment."""

    def __init__(self, address: Callable[[], str]) -> None:
        self._address = address
        self._opened: tuple[StoreSight, PostgresStore, PostgresHeartbeats] | None = None

    async def look(self, *, now: datetime, place: Place | None) -> tuple[Look, Place]:
        """Not awaited beyond its time: a server that stands still answers a cancel no more than
        it does a query."""
        looking = asyncio.ensure_future(self._look(now=now, place=place))
        done, _ = await asyncio.wait({looking}, timeout=LOOK_WITHIN_S)
        if not done:
            looking.add_done_callback(_heard)
            looking.cancel()
            self._cut()
            raise StoreUnavailable(f"no answer within {LOOK_WITHIN_S:g} s")
        try:
            return looking.result()
        except (StoreUnavailable, PostgresError, InterfaceError, OSError, ValueError) as fault:
            self._cut()
            raise StoreUnavailable(str(fault) or type(fault).__name__) from fault

    async def _look(self, *, now: datetime, place: Place | None) -> tuple[Look, Place]:
        if self._opened is None:
            dsn = self._address()
            store = await PostgresStore.reading(dsn)
            beats = await PostgresHeartbeats.reading(dsn)
            self._opened = (StoreSight(store=store, heartbeats=beats), store, beats)
        return await self._opened[0].look(now=now, place=place)

    def _cut(self) -> None:
        if self._opened is not None:
            sight, store, beats = self._opened
            self._opened = None
            sight.leave()
            store.cut()
            beats.cut()

    async def close(self) -> None:
        self._cut()


def _heard(task: "asyncio.Task[tuple[Look, Place]]") -> None:
    """What a look that was given up still says is of no use."""
    if not task.cancelled():
        task.exception()


class MemoryFile:
    """The memory as JSON in a folder, replaced whole, so that a kill leaves the old or the new."""

    def __init__(self, folder: Path) -> None:
        """Raises CannotOpen where nothing can be kept."""
        self._file = folder / MEMORY_FILE
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.save(self.load())
        except OSError as fault:
            raise CannotOpen(
                f"{folder}: the watcher cannot keep its memory there ({fault.strerror}); give "
                "another --state"
            ) from fault

    def load(self) -> Memory:
        """An unreadable one is as none: the worst that follows is an alarm told twice."""
        with contextlib.suppress(FileNotFoundError, msgspec.MsgspecError):
            return msgspec.json.decode(self._file.read_bytes(), type=Memory)
        return Memory()

    def save(self, memory: Memory) -> None:
        written = self._file.with_suffix(".new")
        with written.open("wb") as opened:
            opened.write(msgspec.json.encode(memory) + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
        written.replace(self._file)
