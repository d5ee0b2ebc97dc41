"""`handrail roster schema`: the form of a roster, for editors."""

import typer

from handrail.cli.say import print_json
from handrail.contract.roster.schema import roster_schema


def register(app: typer.Typer) -> None:
    roster = typer.Typer(help="Get help in writing a roster.", no_args_is_help=True)
    roster.callback()(_group)
    roster.command("schema", help="The JSON Schema of rosters, for editors.")(schema)
    app.add_typer(roster, name="roster")


def _group() -> None:
    """With one command alone Typer would take the group's name for the command's."""


def schema() -> None:
    print_json(roster_schema())
