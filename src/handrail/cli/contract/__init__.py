"""`handrail contract`: one file a command."""

import typer

from handrail.cli.contract import check, fmt, migrate, page, schema, shadow

COMMANDS = (check, fmt, migrate, page, schema, shadow)
"""In the order of `--help`. Each has `register`, which adds its command."""


def register(app: typer.Typer) -> None:
    contract = typer.Typer(
        help="Check a contract, and get help in writing one.", no_args_is_help=True
    )
    for command in COMMANDS:
        command.register(contract)
    app.add_typer(contract, name="contract")
