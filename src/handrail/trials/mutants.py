"""`make mutants`: plant each fault; every law and every rehearsal must catch its own.

Two kinds. The clause that a rehearsal speaks of is deleted, and the rehearsal must fail. A fault
is planted in a copy of the source, and the rehearsal or test that stands for the law must fail.
Works in a checkout: rehearsals and tests are not part of what is installed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import msgspec

from handrail.trials.mutants_clauses import Deletion, delete_clauses
from handrail.trials.mutants_fault import Planted
from handrail.trials.mutants_planted import PLANTED, QUICK
from handrail.trials.rehearse import rehearsals_in

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"
REHEARSALS = EXAMPLES / "rehearsals"
WORKERS = 2
SECONDS_MAX = 120  # of one planted fault: a clock that never ends is caught too

Verdict = Literal["caught", "survived", "stale", "cannot run"]


class Planting(msgspec.Struct, frozen=True):
    """What became of one planted fault. `stale`: the text it replaces is not there once."""

    name: str
    law: str
    verdict: Verdict
    why: str = ""

    @property
    def is_caught(self) -> bool:
        return self.verdict == "caught"


def main(words: Sequence[str] | None = None) -> int:
    """Exit code: 0 all caught, 1 some survived, 2 no checkout."""
    parser = argparse.ArgumentParser(prog="python -m handrail.trials.mutants", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{len(QUICK)} planted faults only")
    parser.add_argument("--only", default="", help="planted faults whose name has this")
    given = parser.parse_args(words)
    if not REHEARSALS.is_dir():
        print(f"{REHEARSALS}: no such folder; run this in a checkout", file=sys.stderr)
        return 2
    chosen = [one for one in PLANTED if given.only in one.name]
    if given.quick:
        chosen = [one for one in chosen if one.name in QUICK]
    deletions = [] if given.quick or given.only else delete_all()
    plantings = plant_all(chosen)
    _print_deletions(deletions)
    _print_plantings(plantings)
    caught = [one.is_caught for one in deletions] + [one.is_caught for one in plantings]
    print(f"{len(caught)} faults, {caught.count(False)} not caught")
    return 0 if all(caught) else 1


def delete_all() -> list[Deletion]:
    """Each rehearsal of the repository without its clause."""
    return delete_clauses(rehearsals_in(EXAMPLES), folder=EXAMPLES, workers=WORKERS)


def plant_all(chosen: Sequence[Planted]) -> list[Planting]:
    """Each fault in a copy of the source of its own."""
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:  # the work is done by other processes
        return list(pool.map(plant, chosen))


def plant(one: Planted) -> Planting:
    """Copy the source, plant the fault, and run what must notice it."""
    original = (ROOT / "src" / "handrail" / one.file).read_text("utf-8")
    if original.count(one.old) != 1:
        why = f"{one.file} has the text {original.count(one.old)} times"
        return Planting(one.name, one.law, "stale", why)
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "src"
        shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
        (source / "handrail" / one.file).write_text(
            original.replace(one.old, one.new), encoding="utf-8"
        )
        code, said = _run(one, source=source)
    verdicts: dict[int, Verdict] = {0: "survived", 1: "caught"}
    return Planting(one.name, one.law, verdicts.get(code, "cannot run"), said)


def _run(one: Planted, *, source: Path) -> tuple[int, str]:
    """Exit code 1 when the law's rehearsals or tests fail, as they must."""
    command = [sys.executable, "-m"]
    if one.tests:
        command += ["pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header", *one.tests]
    else:
        files = [str(REHEARSALS / f"{name}.yaml") for name in one.rehearsals]
        command += ["handrail.trials.mutants_judge", *files]
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, f"did not end within {SECONDS_MAX} s"
    if done.returncode == 1 and not one.tests and "Traceback" in done.stderr:
        return 2, done.stderr.strip().splitlines()[-1]
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
    return done.returncode, lines[-1] if lines else ""


def _print_deletions(deletions: Sequence[Deletion]) -> None:
    for one in deletions:
        print(f"{one.verdict:10} {one.rehearsal:44} without {one.clause:48} {one.why[:90]}")
    if deletions:
        refused = sum(one.verdict == "refused" for one in deletions)
        caught = sum(one.is_caught for one in deletions)
        print(
            f"{caught} of {len(deletions)} rehearsals fail without their clause; "
            f"{refused} of them because the file is then refused\n"
        )


def _print_plantings(plantings: Sequence[Planting]) -> None:
    for one in plantings:
        print(f"{one.verdict:10} {one.name:34} {one.law:100} {one.why[:90]}")
    caught = sum(one.is_caught for one in plantings)
    print(f"{caught} of {len(plantings)} planted faults caught\n")


if __name__ == "__main__":
    sys.exit(main())
