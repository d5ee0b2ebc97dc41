"""Durable handoffs in batches, against the bare unnest insert of the same rows."""

import time

from handrail.trials.bench.figures import Figure, figure
from handrail.trials.bench.ground import Ground, connect, engine_on, lead
from handrail.trials.bench.yardsticks import BareRows, unnest_rate

BATCH = 500
TOTAL = 20_000
WARM = 1_000


async def batches(ground: Ground) -> list[Figure]:
    """Leads that become handoffs, 500 to a transaction, decided and recorded."""
    dsn = await ground.database()
    async with engine_on(dsn) as engine:
        await engine.capture([lead(i, run="w") for i in range(WARM)], actor="bench")
        items = [lead(i) for i in range(TOTAL)]
        began = time.perf_counter()
        for start in range(0, TOTAL, BATCH):
            await engine.capture(items[start : start + BATCH], actor="bench")
        rate = TOTAL / (time.perf_counter() - began)
    connection = await connect(dsn)
    try:
        handoffs = await connection.fetchval("select count(*) from handoffs where is_open")
        assert handoffs == TOTAL + WARM, f"{handoffs} handoffs of {TOTAL + WARM}"
        bare = await BareRows.taken_from(connection, limit=2_000)
    finally:
        await connection.close()
    ceiling = await unnest_rate(dsn, bare, total=TOTAL, batch=BATCH)
    return [
        figure(
            "durable_handoffs_batches",
            rate,
            "handoffs/s",
            yardstick=ceiling,
            note="bare unnest insert of the same rows, 500 to a transaction",
        )
    ]
