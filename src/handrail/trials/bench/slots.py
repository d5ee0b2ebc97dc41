"""How long a team's times to meet take to find."""

import time
from datetime import UTC, datetime, timedelta
from random import Random

from handrail.kernel.slots import Diary, SlotRules, slots_of
from handrail.terms.hours import working_time
from handrail.terms.people import LocalSpan, Rep, Shift, Span
from handrail.trials.bench.figures import Figure, figure, percentile
from handrail.trials.bench.ground import Ground

REPS = 50
DAYS = 14
BUSY = 1_000  # of all reps together
RUNS = 300
MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # the fortnight in which America changes its clock
ZONES = ("America/New_York", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata")
OFFICE = Shift(((LocalSpan(540, 720), LocalSpan(780, 1_020)),) * 5 + ((), ()))
RULES = SlotRules(
    length=30 * MINUTE,
    step=15 * MINUTE,
    before=5 * MINUTE,
    after=10 * MINUTE,
    notice=60 * MINUTE,
    horizon=timedelta(days=DAYS),
    per_day=6,
)


async def slots(_: Ground) -> list[Figure]:
    """Every time of the team in the fortnight, who could take each. The yardstick is one rep's
    times, once for each rep: what the union costs beside them."""
    chance = Random(5)
    diaries = [_diary(number, chance) for number in range(REPS)]
    found = slots_of(rules=RULES, diaries=diaries, now=MONDAY)
    together, apart = [], []
    for run in range(RUNS):
        now = MONDAY + run * MINUTE
        began = time.perf_counter()
        slots_of(rules=RULES, diaries=diaries, now=now)
        between = time.perf_counter()
        for diary in diaries:
            slots_of(rules=RULES, diaries=[diary], now=now)
        together.append((between - began) * 1_000)
        apart.append((time.perf_counter() - between) * 1_000)
    note = f"{REPS} reps, {DAYS} days, {BUSY} busy blocks, {len(found)} times; wanted <= 100 ms"
    return [
        figure("slots_p50", percentile(together, 50), "ms", yardstick=percentile(apart, 50)),
        figure(
            "slots_p99", percentile(together, 99), "ms", yardstick=percentile(apart, 99), note=note
        ),
    ]


def _diary(number: int, chance: Random) -> Diary:
    rep = Rep(
        f"rep-{number:02}",
        f"Rep {number}",
        f"rep-{number}@acme.example",
        ZONES[number % len(ZONES)],
        shift=OFFICE,
        holidays=("US",),
    )
    taken = []
    for _ in range(BUSY // REPS):
        first = MONDAY + chance.randrange(DAYS * 96) * 15 * MINUTE
        taken.append(Span(first, first + chance.choice((30, 45, 60, 90)) * MINUTE))
    return Diary(
        rep=rep.id,
        timezone=rep.timezone,
        hours=working_time(rep),
        taken=tuple(taken),
        meetings=tuple(span.from_at for span in taken),
    )
