"""A short torture: the long one is `make torture`."""

from handrail.trials.torture import torture


async def test_killed_nodes_and_a_killed_database_lose_double_and_hasten_nothing() -> None:
    counts = await torture(kills=6, crashes=1, seed=7)
    assert counts.kills == 6 and counts.crashes == 1
    assert counts.acknowledged > 50
    assert counts.breaches > 50
    assert counts.ok, counts
