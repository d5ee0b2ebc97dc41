"""`handrail alerts`: what people are told, and whether it led to the act."""

from datetime import timedelta
from pathlib import Path

import typer

from handrail.cli.contract.database import DATA_DIR, DATABASE_URL, run_on
from handrail.cli.say import print_json, say
from handrail.engine.alert_acts import WEEKS, report_of_alerts
from handrail.engine.engine import Engine
from handrail.lab.alert_acts import AlertReport, Share


def register(app: typer.Typer) -> None:
    alerts = typer.Typer(
        name="alerts", help="What people are told, and what came of it.", no_args_is_help=True
    )
    alerts.command("schema", help="The JSON Schema that every alert meets.")(schema)
    alerts.command("report", help="Acted on in time, by kind, person and channel.")(report)
    app.add_typer(alerts)


def schema() -> None:
    from handrail.engine.alerts import schema as schema_of_alerts

    print_json(schema_of_alerts())


def report(
    weeks: int = typer.Option(WEEKS, "--weeks", min=1, max=520, help="How far back."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    async def read(engine: Engine) -> AlertReport:
        from_at = engine.clock.now() - timedelta(weeks=weeks)
        return await report_of_alerts(engine, from_at=from_at)

    found = run_on(database_url, data_dir, read)
    if as_json:
        print_json(found)
    elif not found.kinds:
        say(f"No channel took an alert in the last {weeks} weeks; the board is not counted.")
    else:
        _tell(found)


def _tell(found: AlertReport) -> None:
    for heading, shares in (
        ("kind", found.kinds),
        ("person", found.people),
        ("channel", found.channels),
    ):
        say(f"by {heading}:")
        for one in shares:
            say(f"  {_line(one)}")
    for demotion in found.demote:
        weeks = ", ".join(
            f"{acted} of {told}" for acted, told in zip(demotion.acted, demotion.told, strict=True)
        )
        say(f"proposed for demotion: {demotion.kind} ({weeks} acted on)")
    if not found.complete:
        say("There are more handoffs than were looked at.")


def _line(one: Share) -> str:
    if one.share is None or one.low is None or one.high is None:
        return f"{one.name}: none to judge yet, {one.open:,} open"
    return (
        f"{one.name}: {one.acted:,} of {one.told:,} acted on, {one.share:.0%} "
        f"({one.low:.0%} to {one.high:.0%}), {one.open:,} open"
    )
