"""`handrail cover`: what a rep has open goes to their cover."""

import asyncio
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text as Markup

from handrail.cli.contract.database import DATA_DIR, DATABASE_URL
from handrail.cli.say import CannotDo, print_json, say
from handrail.cli.serve import speaking
from handrail.engine.covering import PassedOn, pass_on
from handrail.engine.items import Refused
from handrail.wiring import open_engine

ACTOR = "operator"


def register(app: typer.Typer) -> None:
    app.command("cover", help="Give what a rep has open to their cover, with its meetings.")(run)


def run(
    rep: str = typer.Argument(..., help="Who is gone, as the roster names them."),
    by: str = typer.Option(..., help="Who decides it, as the roster names them."),
    reason: str = typer.Option(..., help="Why; it is kept with each."),
    to: str | None = typer.Option(None, help="To whom, instead of the rep's cover."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    with speaking():
        done = asyncio.run(_pass_on(database_url, data_dir, rep=rep, to=to, by=by, reason=reason))
    if as_json:
        print_json(done)
    else:
        show(done, Console(highlight=False))
    if done.refused is not None:
        raise CannotDo(done.refused)
    if done.stays:
        raise typer.Exit(1)


async def _pass_on(
    database_url: str | None,
    data_dir: Path | None,
    *,
    rep: str,
    to: str | None,
    by: str,
    reason: str,
) -> PassedOn:
    async with open_engine(database_url=database_url, data_dir=data_dir, existing=True) as engine:
        try:
            return await pass_on(engine, rep, to=to, by=by, reason=reason, actor=ACTOR)
        except Refused as fault:
            raise CannotDo(fault.message) from fault


def show(done: PassedOn, console: Console) -> None:
    if done.refused is None:
        say(f"{len(done.moved)} moved to {done.to}.")
    if not done.stays:
        return
    table = Table(box=None)
    for heading in ("stays", "lead", "because"):
        table.add_column(heading, overflow="fold")
    for one in done.stays:
        table.add_row(_plain(one.handoff), _plain(one.lead), _plain(one.message))
    console.print(table)


def _plain(text: str) -> Markup:
    return Markup("".join(char if char.isprintable() else " " for char in text))
