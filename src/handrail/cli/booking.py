"""`handrail booking`: links that open nothing any more, and how true risks of no-shows were."""

import asyncio
from pathlib import Path

import typer

from handrail.cli.contract.database import DATA_DIR, DATABASE_URL, run_on
from handrail.cli.say import CannotDo, print_json, say
from handrail.cli.serve import speaking
from handrail.engine.items import Refused
from handrail.engine.learning import report_on_no_shows
from handrail.lab.no_shows import RiskReport
from handrail.terms import command as cmd
from handrail.wiring import open_beside

ACTOR = "operator"


def register(app: typer.Typer) -> None:
    booking = typer.Typer(help="Buyers' booking pages and meetings.", no_args_is_help=True)
    booking.command("revoke", help="Let no link to a lead's booking page open any more.")(revoke)
    booking.command("no-shows", help="How true the risks of missed meetings were.")(no_shows)
    app.add_typer(booking, name="booking")


def no_shows(
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    found = run_on(database_url, data_dir, report_on_no_shows)
    if as_json:
        print_json(found)
    elif not found.meetings:
        say("No meeting was judged and then missed or held: nothing can be said yet.")
    else:
        _tell(found)


def _tell(found: RiskReport) -> None:
    say(
        f"{found.missed:,} of {found.meetings:,} meetings were missed. Brier score "
        f"{found.brier / 1_000:.3f}; who always says the mean has {found.brier_of_mean / 1_000:.3f}"
    )
    for band in found.bands:
        say(
            f"  {band.from_} to {band.until}%: {band.meetings:,} meetings, "
            f"{band.expected / 10:.0f}% expected, {band.missed / 10:.0f}% missed "
            f"({band.low / 10:.0f} to {band.high / 10:.0f}%)"
        )


def revoke(
    handoff: str = typer.Argument(..., help="The handoff, or its lead."),
    by: str = typer.Option(..., help="Who decides it, as the roster names them."),
    reason: str = typer.Option(..., help="Why; it is kept."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    with speaking():
        url = asyncio.run(_revoke(database_url, data_dir, handoff, by=by, reason=reason))
    if as_json:
        print_json({"handoff": handoff, "url": url})
        return
    say("Revoked: no link that was given so far opens the page.")
    if url is not None:
        say(f"The new one, which the buyer's next letter has too: {url}")


async def _revoke(
    database_url: str | None, data_dir: Path | None, handoff: str, *, by: str, reason: str
) -> str | None:
    """The new link, where buyers can reach this node."""
    async with open_beside(database_url=database_url, data_dir=data_dir) as node:
        _, roster = await node.engine.in_force()
        person = f"rep:{by}" if by in roster.reps else f"person:{by}"
        command = cmd.RevokePage(by=person, personal=cmd.Personal(note=reason))
        try:
            await node.engine.command(handoff, command, actor=ACTOR)
        except Refused as fault:
            raise CannotDo(fault.message) from fault
        found = await node.engine.store.case_of_handoff(handoff)
        links = node.web.booking
        if links is None or found is None or found.case.handoff is None:
            return None
        return links.url(found.case.handoff)
