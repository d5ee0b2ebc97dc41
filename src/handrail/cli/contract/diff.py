"""`handrail contract diff`: what changes in meaning."""

from pathlib import Path

import msgspec
import typer

from handrail.cli.given import counted, given_contract
from handrail.cli.say import print_json, say
from handrail.contract.diff import Diff, Difference, diff
from handrail.engine.alone import facts_seen


def register(contract: typer.Typer) -> None:
    contract.command("diff", help="What changes in meaning from one version to another.")(run)


def run(
    old: Path = typer.Argument(..., help="The version that is."),
    new: Path = typer.Argument(..., help="The version that is to come."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    before, after = given_contract(old), given_contract(new)
    found = diff(before, after, evaluate=facts_seen)
    if as_json:
        print_json(found)
    else:
        _say(found, old, new)
    raise typer.Exit(0 if found.equivalent else 1)


def _say(found: Diff, old: Path, new: Path) -> None:
    for difference in found.differences:
        say(f"{_places(difference, old, new)}{difference.message}")
        if difference.example is not None:
            say(f"  for example {msgspec.json.encode(difference.example).decode()}")
    for message in found.unknown:
        say(f"not settled: {message}")
    for difference in found.words:
        say(f"only words: {_places(difference, old, new)}{difference.message}")
    if found.equivalent:
        say(f"{old} and {new} are equivalent")
        return
    differences = counted(len(found.differences), "difference")
    unsettled = f", {len(found.unknown):,} not settled" if found.unknown else ""
    say(f"{differences}{unsettled}; sections changed: {', '.join(found.sections)}")


def _places(one: Difference, old: Path, new: Path) -> str:
    places = [
        f"{path.name}:{line}"
        for path, line in ((old, one.old_line), (new, one.new_line))
        if line is not None
    ]
    return f"{' and '.join(places)}: " if places else ""
