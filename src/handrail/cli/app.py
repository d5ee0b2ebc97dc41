"""The command line's entry: one module a command, imported only when it is asked for."""

import sys
from importlib import import_module
from importlib.util import find_spec

import typer

from handrail import __version__
from handrail.cli.say import CannotDo, complain

COMMANDS = (
    "demo",
    "serve",
    "watch",
    "observe",
    "contract",
    "definitions",
    "roster",
    "rehearse",
    "decide",
    "explain",
    "calendar",
    "booking",
    "cover",
    "incidents",
    "alerts",
    "replay",
    "ledger",
    "import",
    "key",
    "slack",
    "bench",
)
"""In the order of `--help`. Each is `cli/NAME.py` with `register(app)` (`import`: `import_.py`)."""


def build(names: tuple[str, ...] = COMMANDS) -> typer.Typer:
    """The Typer application with these commands."""
    app = typer.Typer(
        name="handrail",
        help="Carries a lead from marketing to a conversation, and lets none fall.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name in names:
        module = _module(name)
        if find_spec(module) is not None:
            import_module(module).register(app)
    return app


def _module(name: str) -> str:
    return f"handrail.cli.{'import_' if name == 'import' else name}"


def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and end."),
) -> None:
    if version:
        typer.echo(f"handrail {__version__}")
        raise typer.Exit(0)


def main() -> None:
    """Run one command. Exit 0 done and good, 1 something is wrong with what was checked, 2 could
    not be done."""
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    names = (asked,) if asked in COMMANDS else COMMANDS
    try:
        build(names)()
    except CannotDo as fault:
        complain(str(fault))
        sys.exit(2)
