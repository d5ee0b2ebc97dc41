"""A story: the steps that a seed tells, each whole in itself, so that any can be dropped."""

from random import Random

import msgspec

from handrail.trials.sim.world import World

STEPS = 90
KINDS = {
    "capture": 24,
    "again": 5,
    "same_person": 4,
    "resend": 5,
    "signal": 7,
    "act": 15,
    "accept": 10,
    "reject": 8,
    "qualify": 5,
    "converse": 4,
    "book": 5,
    "miss": 2,
    "override": 6,
    "pause": 4,
    "presence": 5,
    "busy": 4,
    "leave": 2,
    "roster": 2,
    "contract": 1,
    "close": 1,
    "acknowledge": 1,
    "fault": 10,
}
PLAIN_KINDS = {"capture": 40, "act": 20, "accept": 10, "resend": 4, "fault": 6}


class Step(msgspec.Struct, frozen=True):
    """What happens next. `salt` decides all that its kind leaves open."""

    number: int
    kind: str
    gap: int  # seconds since the step before
    node: int
    salt: int
    is_outage: bool = False  # nothing woke during the gap
    is_joined: bool = False  # at once with the step before, on whatever node


def tell_story(seed: int, world: World, *, steps: int = STEPS) -> list[Step]:
    rng = Random(f"story {seed}")
    kinds = PLAIN_KINDS if world.is_plain else KINDS
    names, weights = list(kinds), list(kinds.values())
    pace = rng.choice((1, 1, 4))
    told = []
    for number in range(steps):
        gap = _gap(rng) // (1 if number > 10 else 8) // pace
        told.append(
            Step(
                number=number,
                kind="capture" if number < 3 else rng.choices(names, weights)[0],
                gap=gap,
                node=rng.randrange(3),
                salt=rng.getrandbits(32),
                is_outage=gap > 60 and rng.random() < 0.1,
                is_joined=number > 0 and rng.random() < 0.3,
            )
        )
    return told


def _gap(rng: Random) -> int:
    return rng.choice(
        (
            0,
            rng.randint(1, 60),
            rng.randint(1, 300),
            rng.randint(60, 1_200),
            rng.randint(60, 1_200),
            rng.randint(1_200, 14_400),
            rng.randint(1_200, 14_400) if rng.random() < 0.6 else rng.randint(14_400, 172_800),
        )
    )
