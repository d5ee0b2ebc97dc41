"""The simulation sees each bug that somebody might write, within a bounded number of seeds."""

from itertools import chain

import pytest

from handrail.trials.sim.seeds import run_seed
from tests.simulation.planted import PLANTS, Plant

SEEDS_MAX = 60
LIKELY = (0, 1, 4, 20, 23, 468, 473)  # tried first: worlds with shares, pools, quiet hours, moves


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_caught(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    seeds = chain(LIKELY, (seed for seed in range(SEEDS_MAX) if seed not in LIKELY))
    assert any(run_seed(seed).faults for seed in seeds), f"{SEEDS_MAX} seeds did not see it"
