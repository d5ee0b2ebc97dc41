"""Delete the clause that a rehearsal speaks of: without it the rehearsal must fail."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import msgspec
from ruamel.yaml import YAML

from handrail.trials.rehearsal_file import (
    BadRehearsal,
    Rehearsal,
    load_yaml,
    read_rehearsal,
)
from handrail.trials.rehearse import perform

ROSTER = "roster:"
_STEP = re.compile(r"\[(?P<index>[0-9]+)\]|(?P<name>[^.\[\]]+)")

Verdict = Literal["failed", "refused", "survived", "no clause"]


class Deletion(msgspec.Struct, frozen=True):
    """What became of one rehearsal without its clause.

    `failed`: something expected was missing or something unwanted happened. `refused`: the file
    without the clause is not valid, so nothing ran. `survived`: the rehearsal proves nothing.
    """

    rehearsal: str
    clause: str
    verdict: Verdict
    why: str = ""

    @property
    def is_caught(self) -> bool:
        return self.verdict in ("failed", "refused")


def delete_clauses(files: Sequence[Path], *, folder: Path, workers: int) -> list[Deletion]:
    """Try every rehearsal; names are told from `folder`. No file beside them is touched."""
    with ProcessPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(_delete_one, files, [folder] * len(files), chunksize=4))


def _delete_one(file: Path, folder: Path) -> Deletion:
    name = str(file.relative_to(folder).with_suffix(""))
    rehearsal = read_rehearsal(file)
    clause = rehearsal.clause
    if clause is None:
        return Deletion(name, "", "no clause", "add the key `clause`")
    with tempfile.TemporaryDirectory() as place:
        mutant = _without(rehearsal, clause=clause, folder=Path(place))
        try:
            outcome = asyncio.run(perform(mutant))
        except BadRehearsal as fault:
            return Deletion(name, clause, "refused", str(fault).partition(": ")[2])
        except AssertionError as fault:
            return Deletion(name, clause, "failed", f"assertion: {fault}")
    if outcome.ok:
        return Deletion(name, clause, "survived")
    first = outcome.hints[0] if outcome.hints else f"unwanted: {outcome.unwanted[0]}"
    return Deletion(name, clause, "failed", first)


def _without(rehearsal: Rehearsal, *, clause: str, folder: Path) -> Rehearsal:
    """The rehearsal with a contract or roster, written to `folder`, that lacks the clause."""
    source = rehearsal.roster if clause.startswith(ROSTER) else rehearsal.contract
    for table in source.parent.glob("*.csv"):
        shutil.copy(table, folder)
    tree = load_yaml(source)
    delete(tree, clause.removeprefix(ROSTER))
    changed = folder / source.name
    changed.write_text(_dump(tree), encoding="utf-8")
    if clause.startswith(ROSTER):
        return msgspec.structs.replace(rehearsal, roster=changed)
    return msgspec.structs.replace(rehearsal, contract=changed)


def _dump(tree: Any) -> str:
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 1_000
    text = StringIO()
    yaml.dump(tree, text)
    return text.getvalue()


def delete(tree: Any, clause: str) -> None:
    """Take the node at `clause` out of the tree: `sla.escalation[0]`, `reps.ada.leave`.

    An item of a list is named by its number, or by its `name` or `id`. What is left of an
    escalation chain counts from 1 again.
    """
    steps = [found["name"] or int(found["index"]) for found in _STEP.finditer(clause)]
    container = tree
    for step in steps[:-1]:
        container = container[_key(container, step, clause)]
    del container[_key(container, steps[-1], clause)]
    chain = tree.get("sla", {}).get("escalation") or ()
    for number, item in enumerate(chain, start=1):
        item["breach"] = number


def _key(container: Any, step: str | int, clause: str) -> Any:
    if isinstance(container, list) and isinstance(step, str):
        for index, item in enumerate(container):
            if isinstance(item, dict) and step in (item.get("name"), item.get("id")):
                return index
    elif isinstance(container, list | dict):
        known = range(len(container)) if isinstance(container, list) else container
        if step in known:
            return step
    raise BadRehearsal(f"clause {clause}: there is no `{step}`; mend the path")
