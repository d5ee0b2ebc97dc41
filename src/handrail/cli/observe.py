"""`handrail observe report`: what was decided here, beside what the CRM shows."""

from pathlib import Path

import typer

from handrail.cli.contract.database import DATA_DIR, DATABASE_URL, run_on
from handrail.cli.given import counted
from handrail.cli.say import print_json, say
from handrail.engine.observe import LOOKED_MAX, observe_report
from handrail.lab.observed import ObserveReport, Seconds


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Beside today's routing: what `serve --observe` would have done.",
        no_args_is_help=True,
    )
    group.callback()(_group)
    group.command("report", help="Same owner or another, how much later, which windows breached.")(
        report
    )
    app.add_typer(group, name="observe")


def _group() -> None:
    """Keeps `report` a word of its own while it is the only one."""


def report(
    limit: int = typer.Option(
        LOOKED_MAX, "--limit", min=1, max=100_000, help="Handoffs looked at, at most."
    ),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    found = run_on(database_url, data_dir, lambda engine: observe_report(engine, limit=limit))
    if as_json:
        print_json(found)
    _tell(found)


def _tell(found: ObserveReport) -> None:
    say(f"{counted(found.handoffs, 'handoff')}, {found.in_crm:,} with an owner in the CRM")
    owners = found.owners
    say(
        f"  owner: {owners['same']:,} the same, {owners['in_pool']:,} of the pool's team, "
        f"{owners['other']:,} another, {owners['unknown']:,} not in the roster"
    )
    for pair, count in found.pairs.items():
        say(f"    {count:,} x {pair}")
    say(f"  assigned later than here: {_spread(found.slower)}; sooner: {_spread(found.sooner)}")
    sla = found.sla
    say(
        f"  first window, as the CRM shows it: {sla['kept']:,} kept, {sla['breached']:,} breached "
        f"({_spread(found.late)} late), {sla['open']:,} still open"
    )
    if not found.complete:
        say("There are more handoffs than were looked at; raise --limit.")


def _spread(seconds: Seconds) -> str:
    if not seconds.count:
        return "none"
    return f"{seconds.count:,}, median {seconds.median:,} s, p90 {seconds.p90:,} s"
