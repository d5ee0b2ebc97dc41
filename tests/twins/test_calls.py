"""Calls on both stores: told again after a restart they change nothing."""

from handrail.engine.ports import Store
from tests.story import Story

CALL = "phones 81c2"


async def test_a_call_is_known_to_whoever_opens_the_store_next(store: Store) -> None:
    story = Story(store=store)
    await story.begin()
    now = story.clock.now()
    people = story.engine.people
    assert await people.begin_call("ada", CALL, began_at=now, actor="hook:phones")
    again = Story(store=store).engine.people
    assert not await again.begin_call("ada", CALL, began_at=now, actor="hook:phones")
    assert (await again.days())["ada"].conditions.on_call_until is not None
    assert await again.end_call(CALL, actor="hook:phones")
    assert not await people.begin_call("ada", CALL, began_at=now, actor="hook:phones")
    assert (await people.days())["ada"].conditions.on_call_until is None
