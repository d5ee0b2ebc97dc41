"""`handrail calendar`: reps' calendars, connected, listed, read and taken away."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar, get_args

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text as Markup

from handrail.cli.contract.database import DATA_DIR, DATABASE_URL
from handrail.cli.say import CannotDo, print_json, say
from handrail.cli.serve import speaking
from handrail.engine.calendars.calendar import Calendar
from handrail.engine.calendars.source import Access, CalendarKind
from handrail.engine.items import Refused
from handrail.engine.syncing.connecting import Connecting
from handrail.engine.syncing.sync import is_stale
from handrail.wiring import open_beside

ACTOR = "operator"
KINDS: tuple[CalendarKind, ...] = get_args(CalendarKind)
AS_JSON = typer.Option(False, "--json", help="One JSON document on stdout.")
CALENDAR = typer.Argument(..., help="Its id, as `handrail calendar list` shows it.")

T = TypeVar("T")


class Shown(msgspec.Struct, frozen=True):
    """One line of the list."""

    id: str
    rep: str
    kind: str
    place: str
    writes: bool
    fresh_at: datetime | None
    is_stale: bool
    fault: str | None


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Reps' calendars: when they can take a lead.")
    group.command("connect", help="Let a rep's calendar be read, and written if you say so.")(
        connect
    )
    group.command("list", help="Which calendars are connected, and how fresh each is.")(list_)
    group.command("sync", help="Read one now.")(sync)
    group.command("disconnect", help="Forget one, with all that was read of it.")(disconnect)
    app.add_typer(group, name="calendar")


def connect(
    rep: str = typer.Option(..., help="Whose it is, as the roster names them."),
    kind: str = typer.Option(
        ..., help="caldav, ics for a feed that is only read, or microsoft for Microsoft 365."
    ),
    address: str = typer.Option(
        "", help="Of the calendar, of its server, or of the feed; not for microsoft."
    ),
    username: str | None = typer.Option(None, help="For caldav."),
    password_file: Path | None = typer.Option(
        None, help="A file whose first line is the password; without it you are asked."
    ),
    email: str | None = typer.Option(
        None, help="By which the rep is known among guests, if not the user name."
    ),
    writes: bool = typer.Option(False, "--writes", help="Write booked meetings into it."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    wanted = _kind(kind)
    secret = {"username": username, "email": email}
    if username is not None:
        secret["password"] = _password(password_file)
    access = Access(address=address, secret={key: one for key, one in secret.items() if one})
    found = _run(
        database_url,
        data_dir,
        lambda calendars: calendars.connect(
            rep, kind=wanted, access=access, writes=writes, by=ACTOR
        ),
    )
    _tell([found[0]], now=found[1], as_json=as_json)
    say(f"Connected and read; `handrail calendar disconnect {found[0].id}` takes it away.")


def list_(
    rep: str | None = typer.Option(None, help="Of this rep only."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    found, now = _run(database_url, data_dir, lambda calendars: calendars.calendars(rep=rep))
    _tell(found, now=now, as_json=as_json)


def sync(
    calendar: str = CALENDAR,
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    found, now = _run(database_url, data_dir, lambda calendars: calendars.sync(calendar))
    _tell([found], now=now, as_json=as_json)
    if found.fault is not None:
        raise typer.Exit(1)


def disconnect(
    calendar: str = CALENDAR,
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
) -> None:
    found, _ = _run(database_url, data_dir, lambda calendars: calendars.disconnect(calendar))
    say(f"Forgotten: {found.kind} of {found.rep} at {found.place}, and all that was read of it.")


def _kind(text: str) -> CalendarKind:
    for kind in KINDS:
        if kind == text:
            return kind
    raise CannotDo(f"--kind {text}: there are {', '.join(KINDS)}")


def _password(file: Path | None) -> str:
    if file is None:
        return str(typer.prompt("Password", hide_input=True, err=True))
    try:
        return file.expanduser().read_text(encoding="utf-8").splitlines()[0]
    except (OSError, UnicodeDecodeError, IndexError) as fault:
        raise CannotDo(f"{file}: no password can be read from it: {fault}") from fault


def _run(
    database_url: str | None,
    data_dir: Path | None,
    do: Callable[[Connecting], Awaitable[T]],
) -> tuple[T, datetime]:
    async def opened() -> tuple[T, datetime]:
        async with open_beside(database_url=database_url, data_dir=data_dir) as node:
            try:
                return await do(node.calendars), node.engine.clock.now()
            except Refused as fault:
                raise CannotDo(fault.message) from fault

    with speaking():
        return asyncio.run(opened())


def _tell(found: list[Calendar], *, now: datetime, as_json: bool) -> None:
    rows = [
        Shown(
            id=one.id,
            rep=one.rep,
            kind=one.kind,
            place=one.place,
            writes=one.writes,
            fresh_at=one.fresh_at,
            is_stale=is_stale(one, now=now),
            fault=one.fault,
        )
        for one in found
    ]
    if as_json:
        print_json({"calendars": rows})
        return
    console = Console(highlight=False)
    if not rows:
        console.print("no calendar is connected: reps are taken to be free all through their shift")
        return
    table = Table(box=None)
    for heading in ("id", "rep", "kind", "place", "written", "last read"):
        table.add_column(heading, no_wrap=True)
    table.add_column("what is wrong", overflow="fold")
    for row in rows:
        read = f"{row.fresh_at:%Y-%m-%d %H:%MZ}" if row.fresh_at is not None else "never"
        table.add_row(
            row.id,
            _plain(row.rep),
            row.kind,
            _plain(row.place),
            "yes" if row.writes else "",
            read + (", too old" if row.is_stale else ""),
            _plain(row.fault or ""),
        )
    console.print(table)


def _plain(text: str) -> Markup:
    return Markup("".join(char if char.isprintable() else " " for char in text))
