"""`handrail bench`: figures beside their yardsticks of the same run."""

import asyncio
from typing import Annotated

import msgspec
import typer

from handrail.cli.say import CannotDo, print_json, say


def register(app: typer.Typer) -> None:
    app.command("bench", help="Measure, each figure beside a yardstick of the same run.")(run)


def run(
    names: Annotated[
        list[str] | None, typer.Argument(help="Which; all of them by default.")
    ] = None,
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    from handrail.trials.bench.run import BENCHES
    from handrail.trials.bench.run import run as measure

    chosen = names or list(BENCHES)
    unknown = [name for name in chosen if name not in BENCHES]
    if unknown:
        raise CannotDo(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    document = asyncio.run(measure(chosen, tell=say))
    if as_json:
        print_json(msgspec.to_builtins(document))
        return
    say(f"machine: {document['machine']}")
