"""A choice of channels is an entry of the ledger, and what is stored is what the entries say."""

import msgspec

from handrail.engine.ledger import read_entry
from handrail.engine.ports import Choice, Store
from handrail.engine.verify import verify
from tests.story import START, Story
from tests.twins.store_cases import write

WISH = Choice(person="ada", channels=("email",), off=("stalled",), at=START, by="key:mo")


async def story_with(store: Store) -> Story:
    story = Story(store=store)
    await story.begin()
    await story.engine.people.choose(WISH)
    return story


async def test_who_chose_what_for_whom_is_in_the_ledger(store: Store) -> None:
    story = await story_with(store)
    await story.engine.people.choose(msgspec.structs.replace(WISH, channels=()))
    assert await store.choice("ada") == msgspec.structs.replace(WISH, channels=())
    found = [
        read_entry(one)
        async for chunk in store.entries(after=0, chunk=99)
        for one in chunk
        if one.kind == "choice"
    ]
    assert [one.actor for one in found] == ["key:mo", "key:mo"]
    assert [one.change["choice"]["ada"]["channels"] for one in found] == [["email"], []]
    report = await verify(store, story.vault, signed=False)
    assert report.ok, report.faults


async def test_a_choice_that_nobody_recorded_is_found(store: Store) -> None:
    story = await story_with(store)
    await write(store, choices=[msgspec.structs.replace(WISH, off=("stalled", "new_signal"))])
    report = await verify(store, story.vault, signed=False)
    assert "ada's is stored otherwise than recorded" in [one.message for one in report.faults]
