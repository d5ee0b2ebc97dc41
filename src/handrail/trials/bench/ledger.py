"""How fast a ledger verifies."""

import time

from handrail.engine.verify import verify
from handrail.trials.bench.figures import Figure, figure
from handrail.trials.bench.ground import Ground, engine_on, lead

ENTRIES = 50_000
BATCH = 500


async def ledger(ground: Ground) -> list[Figure]:
    """Links, columns and sealed values of every entry, and all invariants, read from the store."""
    dsn = await ground.database()
    async with engine_on(dsn) as engine:
        for start in range(0, ENTRIES, BATCH):
            await engine.capture([lead(start + i) for i in range(BATCH)], actor="bench")
        began = time.perf_counter()
        report = await verify(engine.store, None)
        chain = report.entries / (time.perf_counter() - began)
        assert report.ok, report
        began = time.perf_counter()
        report = await verify(engine.store, engine.vault)
        sealed = report.entries / (time.perf_counter() - began)
        assert report.ok, report
    return [
        figure("ledger_verify", chain, "entries/s", yardstick=100_000.0, note="yardstick: target"),
        figure("ledger_verify_with_sealed_values", sealed, "entries/s"),
    ]
