"""`python -m handrail.trials.sim`: many seeds on all cores, or one of them told in full."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence

from handrail.trials.sim.play import Outcome
from handrail.trials.sim.seeds import run_seed, run_seeds, shrink

SHOWN_EVERY = 20  # seeds
TOLD_MAX = 5  # failing seeds that are shrunk and told


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 0 when every invariant held after every step, else 1."""
    given = _read(arguments)
    if given.seed is not None:
        return _one(given.seed, is_verbose=given.verbose)
    return _many(range(given.first, given.first + given.seeds), processes=given.processes)


def _read(arguments: Sequence[str] | None) -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="python -m handrail.trials.sim", description=__doc__)
    reader.add_argument("--seeds", type=int, default=100, help="how many seeds to run")
    reader.add_argument("--first", type=int, default=0, help="the first of them")
    reader.add_argument("--processes", type=int, default=2)
    reader.add_argument("--seed", type=int, help="run this one only")
    reader.add_argument("--verbose", action="store_true", help="with --seed: tell all of it")
    return reader.parse_args(arguments)


def _one(seed: int, *, is_verbose: bool) -> int:
    outcome = run_seed(seed, is_told=is_verbose)
    if is_verbose:
        print("\n".join(outcome.transcript))
    if outcome.faults:
        _tell(outcome)
        return 1
    print(f"seed {seed}: {outcome.entries} entries, everything held")
    return 0


def _many(seeds: range, *, processes: int) -> int:
    began = time.monotonic()
    failed: list[Outcome] = []
    counts: Counter[str] = Counter()
    for done, outcome in enumerate(run_seeds(seeds, processes=processes), start=1):
        counts.update(outcome.counts)
        counts["entries"] += outcome.entries
        if outcome.faults:
            failed.append(outcome)
            _progress(f"seed {outcome.seed} failed: {outcome.faults[0]}")
        if done % SHOWN_EVERY == 0:
            _progress(f"{done} of {len(seeds)} seeds, {done / (time.monotonic() - began):.1f}/s")
    for outcome in failed[:TOLD_MAX]:
        _tell(outcome)
    print(", ".join(f"{count} {name}" for name, count in counts.most_common()))
    print(f"{len(seeds)} seeds, {len(failed)} failed, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


def _tell(failed: Outcome) -> None:
    """The shortest story found that fails in the same way, and how to play the whole again."""
    _progress(f"seed {failed.seed}: shrinking")
    steps, outcome = shrink(failed)
    numbers = ", ".join(str(step.number) for step in steps)
    print(f"\nseed {failed.seed} fails; of its story the steps {numbers} are enough:")
    print("\n".join(outcome.transcript))
    print("\n".join(outcome.faults[:10] or failed.faults[:10]))
    print(f"again: python -m handrail.trials.sim --seed {failed.seed} --verbose\n")


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
