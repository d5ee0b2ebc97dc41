"""`handrail alerts`: what people are told."""

import typer

from handrail.cli.say import print_json


def register(app: typer.Typer) -> None:
    alerts = typer.Typer(
        name="alerts", help="What people are told, and its form.", no_args_is_help=True
    )
    alerts.command("schema", help="The JSON Schema that every alert meets.")(schema)
    alerts.callback()(_group)
    app.add_typer(alerts)


def _group() -> None:
    """A group, however few its commands."""


def schema() -> None:
    from handrail.engine.alerts import schema as schema_of_alerts

    print_json(schema_of_alerts())
