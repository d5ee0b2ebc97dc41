"""Seeds: each tells a world and a story; a failing one is shrunk to what it takes to fail."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from handrail.trials.sim.play import Outcome, play
from handrail.trials.sim.story import STEPS, Step, tell_story
from handrail.trials.sim.world import World, build_world

SHRINK_RUNS = 250  # stories played at most to find a shorter one
CHUNK = 4  # seeds that a process takes at once


def run_seed(seed: int, *, steps: int = STEPS, is_told: bool = False) -> Outcome:
    world = build_world(seed)
    return play(seed, world, tell_story(seed, world, steps=steps), is_told=is_told)


def run_seeds(seeds: Sequence[int], *, processes: int) -> Iterator[Outcome]:
    """Outcomes in the order of the seeds."""
    if processes == 1:
        yield from map(run_seed, seeds)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(run_seed, seeds, chunksize=CHUNK)


def shrink(failed: Outcome) -> tuple[list[Step], Outcome]:
    """The steps without which the same invariant holds, and what they come to, told."""
    world = build_world(failed.seed)
    kept = [step for step in tell_story(failed.seed, world) if step.number <= failed.at_step]
    code = code_of(failed)
    runs = 0
    size = max(1, len(kept) // 2)
    while runs < SHRINK_RUNS:
        start, dropped = 0, False
        while start < len(kept) and runs < SHRINK_RUNS:
            fewer = kept[:start] + kept[start + size :]
            runs += 1
            if _fails(failed.seed, world, fewer, code):
                kept, dropped = fewer, True
            else:
                start += size
        if size == 1 and not dropped:
            break
        size = size if dropped and size == 1 else max(1, size // 2)
    return kept, play(failed.seed, world, kept, is_told=True)


def code_of(outcome: Outcome) -> str:
    """The invariant that broke first: `I5`."""
    return outcome.faults[0].split(":")[0]


def _fails(seed: int, world: World, steps: Sequence[Step], code: str) -> bool:
    outcome = play(seed, world, steps)
    return bool(outcome.faults) and code_of(outcome) == code
