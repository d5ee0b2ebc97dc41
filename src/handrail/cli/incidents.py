"""`handrail incidents`: what pages now, and whom."""

import asyncio
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text as Markup

from handrail.cli.say import print_json
from handrail.cli.serve import speaking
from handrail.engine.incidents import IncidentView, open_incidents
from handrail.wiring import open_engine


def register(app: typer.Typer) -> None:
    app.command("incidents", help="Open incidents: whom each pages, since when, and why.")(run)


def run(
    database_url: str | None = typer.Option(
        None, help="The service's database; without it, its own."
    ),
    data_dir: Path | None = typer.Option(None, help="Where its own database and key lie."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    with speaking():
        found = asyncio.run(_open(database_url, data_dir))
    if as_json:
        print_json({"incidents": found})
    else:
        show(found, Console(highlight=False))


async def _open(database_url: str | None, data_dir: Path | None) -> tuple[IncidentView, ...]:
    async with open_engine(database_url=database_url, data_dir=data_dir, existing=True) as engine:
        return await open_incidents(engine)


def show(found: tuple[IncidentView, ...], console: Console) -> None:
    """Ids and names are shown as plain text, never as markup of the terminal's."""
    if not found:
        console.print("no incident is open")
        return
    table = Table(box=None)
    for heading in ("handoff", "since", "pages", "next page", "silenced by", "owner", "causes"):
        table.add_column(heading)
    for one in found:
        table.add_row(
            _plain(one.handoff),
            _at(one.opened_at),
            _plain(f"{one.to_name}, {one.pages} times"),
            _at(one.page_at),
            _plain(one.silenced_by or ""),
            _plain(one.owner_name),
            _plain(", ".join(breach.cause or "unknown" for breach in one.breaches)),
        )
    console.print(table)


def _plain(text: str) -> Markup:
    return Markup("".join(char if char.isprintable() else " " for char in text))


def _at(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%MZ}" if at is not None else "never"
