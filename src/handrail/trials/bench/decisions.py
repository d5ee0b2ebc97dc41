"""What one decision costs, by the number of reps and of open handoffs."""

import time

from handrail.trials.bench.clocks import seed_pending, template_of
from handrail.trials.bench.figures import Figure, figure, percentile
from handrail.trials.bench.ground import Ground, engine_on, lead

REPS = (10, 100, 1_000)
OPEN = (1_000, 100_000, 1_000_000)
SINGLES = 300
BATCHES = 10
BATCH = 500
PUBLISHED_MS = 50.0


async def decisions(ground: Ground) -> list[Figure]:
    """A capture decided and durable, one to a transaction, with 10,000 open handoffs."""
    found = []
    for reps in REPS:
        dsn = await ground.database()
        async with engine_on(dsn, reps=reps) as engine:
            await seed_pending(dsn, await template_of(engine), count=10_000)
            engine.forget()
            times = []
            for index in range(SINGLES):
                began = time.perf_counter()
                await engine.capture([lead(index, run="q")], actor="bench")
                times.append((time.perf_counter() - began) * 1_000)
            found += [
                figure(f"decision_p50_{reps}_reps", percentile(times[10:], 50), "ms"),
                figure(
                    f"decision_p99_{reps}_reps",
                    percentile(times[10:], 99),
                    "ms",
                    yardstick=PUBLISHED_MS,
                    note="decided and durable, 10,000 open handoffs; yardstick: target",
                ),
            ]
    return found


async def growth(ground: Ground) -> list[Figure]:
    """Cost of a handoff in batches with 1 k, 100 k and 1 M open ones."""
    found: list[Figure] = []
    first: float | None = None
    for count in OPEN:
        dsn = await ground.database()
        async with engine_on(dsn) as engine:
            await seed_pending(dsn, await template_of(engine), count=count)
            engine.forget()
            await engine.capture([lead(i, run="w") for i in range(BATCH)], actor="bench")
            began = time.perf_counter()
            for number in range(BATCHES):
                items = [lead(number * BATCH + i, run="g") for i in range(BATCH)]
                await engine.capture(items, actor="bench")
            cost = (time.perf_counter() - began) / (BATCHES * BATCH) * 1e6
        first = first or cost
        found.append(
            figure(
                f"handoff_cost_{count}_open",
                cost,
                "us",
                yardstick=first,
                note="yardstick: the same with 1,000 open",
            )
        )
    return found
