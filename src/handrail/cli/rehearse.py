"""`handrail rehearse`: run rehearsals and say what happened instead."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import typer

from handrail.cli.say import CannotDo, complain, print_json, say
from handrail.trials.rehearsal_file import BadRehearsal
from handrail.trials.rehearse import Outcome, rehearsals_in, rehearse


def register(app: typer.Typer) -> None:
    app.command("rehearse", help="Run rehearsals: scripts in virtual time with expectations.")(run)


def run(
    path: Path = typer.Argument(..., help="A rehearsal, or a folder of them."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
    verbose: bool = typer.Option(False, "--verbose", "-v", help="Print every event."),
) -> None:
    try:
        files = rehearsals_in(path)
    except BadRehearsal as fault:
        raise CannotDo(str(fault)) from fault
    if not files:
        raise CannotDo(f"{path}: no YAML file with the key `rehearsal` in it")
    outcomes, broken = asyncio.run(_run_all(files))
    failed = [outcome for outcome in outcomes if not outcome.ok]
    if as_json:
        print_json(_document(outcomes))
    else:
        for outcome in outcomes:
            _tell(outcome, verbose=verbose)
        say(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    for message in broken:
        complain(message)
    if broken:
        raise typer.Exit(2)
    raise typer.Exit(1 if failed else 0)


async def _run_all(files: list[Path]) -> tuple[list[Outcome], list[str]]:
    """Each file by itself: one that cannot be read takes no other with it."""
    outcomes, broken = [], []
    for file in files:
        try:
            outcomes.append(await rehearse(file))
        except BadRehearsal as fault:
            broken.append(str(fault))
    return outcomes, broken


def _document(outcomes: list[Outcome]) -> dict[str, Any]:
    failed = sum(not outcome.ok for outcome in outcomes)
    return {
        "passed": len(outcomes) - failed,
        "failed": failed,
        "rehearsals": [msgspec.to_builtins(outcome) for outcome in outcomes],
    }


def _tell(outcome: Outcome, *, verbose: bool) -> None:
    say(f"{'ok    ' if outcome.ok else 'FAILED'} {outcome.name}  ({outcome.path})")
    if verbose:
        for event in outcome.events:
            say(f"         {_line(event)}")
    for want, hint in zip(outcome.missing, outcome.hints, strict=True):
        say(f"       missing   {_line(want)}")
        say(f"       instead   {hint}")
    for event in outcome.unwanted:
        say(f"       unwanted  {_line(event)}")
    for refusal in outcome.refused:
        say(f"       refused   {refusal['at']} line {refusal['line']}: {refusal['message']}")


def _line(event: dict[str, Any]) -> str:
    rest = "  ".join(f"{k}={v}" for k, v in event.items() if k not in ("at", "event"))
    return f"{event.get('at', ''):>8}  {event.get('event', ''):<16} {rest}"
