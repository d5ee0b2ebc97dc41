"""A hundred seeds of the whole engine in virtual time; after every step every invariant holds."""

import pytest

from handrail.trials.sim.seeds import code_of, run_seed, shrink
from handrail.trials.sim.story import tell_story
from handrail.trials.sim.world import build_world
from tests.simulation.planted import credits_are_lost

SEEDS = 100
CHUNK = 5  # seeds of one test, so that two processes share them evenly


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_every_invariant_holds_after_every_step(first: int) -> None:
    outcomes = [run_seed(seed) for seed in range(first, first + CHUNK)]
    broken = {outcome.seed: outcome.faults[:3] for outcome in outcomes if outcome.faults}
    assert not broken, f"python -m handrail.trials.sim --seed {min(broken)} --verbose: {broken}"


def test_a_seed_tells_the_same_story_each_time() -> None:
    one, other = run_seed(7, is_told=True), run_seed(7, is_told=True)
    assert one.entries > 100
    assert one == other


def test_a_story_holds_what_can_go_wrong() -> None:
    counts: dict[str, int] = {}
    for seed in range(8):
        for name, count in run_seed(seed).counts.items():
            counts[name] = counts.get(name, 0) + count
    wanted = {"Crashed", "StoreUnavailable", "refused not_owner", "refused bad_time", "ticks"}
    assert wanted <= set(counts)


def test_a_failing_story_is_shrunk_to_one_that_fails_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    credits_are_lost(monkeypatch)
    failed = next(outcome for outcome in map(run_seed, range(20)) if outcome.faults)
    steps, again = shrink(failed)
    whole = tell_story(failed.seed, build_world(failed.seed))
    assert len(steps) < len(whole) / 4
    assert code_of(again) == code_of(failed)
