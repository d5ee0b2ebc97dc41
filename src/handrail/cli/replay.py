"""`handrail replay`: every recorded decision taken again."""

import asyncio
from pathlib import Path

import msgspec
import typer

from handrail.cli.say import CannotDo, print_json, say
from handrail.cli.serve import speaking
from handrail.engine.replay import Difference, ReplayReport, replay
from handrail.wiring import open_engine

TELL_EVERY = 10_000  # decisions
SHOWN_CHARACTERS = 2_000  # of one side of a difference; --json has it whole


def register(app: typer.Typer) -> None:
    app.command("replay", help="Take recorded decisions again, and compare byte for byte.")(run)


def run(
    id: str | None = typer.Argument(None, metavar="ID", help="A handoff, or a lead."),
    every: bool = typer.Option(False, "--all", help="Every decision that was ever recorded."),
    database_url: str | None = typer.Option(
        None, help="The service's database; without it, its own."
    ),
    data_dir: Path | None = typer.Option(None, help="Where its own database and key lie."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    if (id is None) != every:
        raise CannotDo("name one handoff (or lead), or say --all")
    with speaking():
        report = asyncio.run(_replay(id, database_url, data_dir))
    if as_json:
        print_json(report)
    else:
        _tell(report)
    raise typer.Exit(0 if report.ok else 1)


async def _replay(id: str | None, database_url: str | None, data_dir: Path | None) -> ReplayReport:
    told = TELL_EVERY

    def progress(count: int) -> None:
        nonlocal told
        if count >= told:
            say(f"{count:,} decisions")
            told += TELL_EVERY

    async with open_engine(database_url=database_url, data_dir=data_dir, existing=True) as engine:
        try:
            return await replay(engine.store, engine.vault, handoff=id, progress=progress)
        except LookupError as fault:
            raise CannotDo(str(fault.args[0])) from fault


def _tell(report: ReplayReport) -> None:
    for difference in report.differences:
        _show(difference)
    if report.erased and not report.decisions:
        print("erased")
    print(f"{report.decisions:,} decisions taken again, {report.equal:,} equal")
    if report.erased:
        print(f"{report.erased:,} of erased persons cannot be")


def _show(difference: Difference) -> None:
    where = difference.handoff or difference.lead
    print(f"entry {difference.seq}, {where}: {difference.what.replace('_', ' ')}")
    for name, version in (("recorded", difference.recorded), ("replayed", difference.replayed)):
        if version is not None:
            text = version if isinstance(version, str) else msgspec.json.encode(version).decode()
            print(f"  {name}: {text[:SHOWN_CHARACTERS]}")
