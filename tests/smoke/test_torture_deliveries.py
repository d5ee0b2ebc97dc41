"""A short torture of deliveries: the long one is `--deliveries --kills 1000`."""

from handrail.trials.torture_deliveries import torture_deliveries


async def test_a_killed_sender_loses_no_effect_and_repeats_only_under_the_same_key() -> None:
    counts = await torture_deliveries(kills=8, seed=3)
    assert counts.kills == 8
    assert counts.between >= 2
    assert counts.keys > 10
    assert counts.moved > 0
    assert counts.digests > 0
    assert counts.ok, counts
