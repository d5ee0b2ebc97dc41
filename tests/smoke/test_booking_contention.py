"""Many buyers want the same few times, over two nodes of one database."""

from handrail.trials.bench.booking import contend


async def test_nothing_overlaps_and_nothing_that_was_said_is_lost(database: str) -> None:
    ended = await contend(database, attempts=600, handoffs=80)
    assert ended.overlaps == 0
    assert ended.lost == 0
    assert ended.booked + ended.refused + ended.cancelled == 600
    assert ended.refused > 0, "nobody wanted the same"
