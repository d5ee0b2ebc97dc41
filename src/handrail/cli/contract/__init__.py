"""`handrail contract`: one file a command."""

import typer

from handrail.cli.contract import (
    activate,
    check,
    diff,
    draft,
    fmt,
    init,
    migrate,
    page,
    plan,
    rollback,
    schema,
    shadow,
    sign,
)

COMMANDS = (
    init,
    check,
    fmt,
    schema,
    page,
    diff,
    plan,
    draft,
    shadow,
    sign,
    activate,
    rollback,
    migrate,
)
"""In the order of `--help`. Each has `register`, which adds its command."""


def register(app: typer.Typer) -> None:
    contract = typer.Typer(help="Write, check, sign and activate contracts.", no_args_is_help=True)
    for command in COMMANDS:
        command.register(contract)
    app.add_typer(contract, name="contract")
