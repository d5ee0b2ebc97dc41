"""What was decided comes out the same again, or is said to differ."""

from typing import Any

import msgspec
import pytest

from handrail.engine import replay as replaying
from handrail.engine.ledger import encode, read_entry
from handrail.engine.ports import SealedEntry
from handrail.engine.replay import replay
from handrail.store.memory import MemoryStore
from tests.story import Story, tell

RARE = """Alerted AlertHeld Assigned BreachAnnulled ConversationHeld Disqualified Escalated Excluded
    FollowUpShort HandedOver IncidentClosed IncidentOpened MeetingMissed Merged Overridden Paused
    Pooled Recycled Requalified Retyped SalesQualified SlaWarned Stalled Triaged""".split()


@pytest.fixture(scope="module")
async def told() -> Story:
    story = Story()
    await tell(story)
    return story


async def recorded(story: Story) -> list[SealedEntry]:
    return [entry async for chunk in story.store.entries(after=0, chunk=500) for entry in chunk]


def rewrite(store: Any, seq: int, **parts: Any) -> SealedEntry:
    """Change what was recorded; the entry as it was before."""
    assert isinstance(store, MemoryStore)
    ledger = store._tables.ledger
    before = ledger[seq]
    entry = msgspec.structs.replace(read_entry(before), **parts)
    ledger[seq] = msgspec.structs.replace(before, body=encode(entry))
    return before


async def test_every_decision_of_a_varied_story_replays_equal(told: Story) -> None:
    report = await replay(told.store, told.vault)
    kinds = {
        type(event).__name__ for entry in await recorded(told) for event in read_entry(entry).events
    }
    assert set(RARE) <= kinds, "the story lost its variety"
    assert report.differences == ()
    assert report.ok
    assert report.decisions == report.equal > 150
    assert report.erased == 0


async def test_one_handoff_is_replayed_alone(told: Story) -> None:
    first = await replay(told.store, told.vault, handoff="gone-1")
    whole = await replay(told.store, told.vault, handoff="gone")
    assert first.ok
    assert whole.ok
    assert 0 < first.decisions < whole.decisions


async def test_an_unknown_id_is_not_a_success(told: Story) -> None:
    with pytest.raises(LookupError, match="nobody"):
        await replay(told.store, told.vault, handoff="nobody")


async def test_cases_that_were_let_go_are_folded_again(
    told: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "CASES_KEPT", 1)
    monkeypatch.setattr(replaying, "CHUNK", 3)
    report = await replay(told.store, told.vault)
    assert report.ok
    assert report.decisions == report.equal > 150


async def test_another_owner_than_the_recorded_one_is_a_difference_with_both(told: Story) -> None:
    entry = next(e for e in await recorded(told) if b'"assigned"' in e.body)
    events = read_entry(entry).events
    changed = tuple(
        msgspec.structs.replace(event, to=msgspec.structs.replace(event.to, rep="mallory"))
        if type(event).__name__ == "Assigned"
        else event
        for event in events
    )
    before = rewrite(told.store, entry.seq, events=changed)
    try:
        report = await replay(told.store, told.vault, handoff=entry.handoff)
    finally:
        told.store._tables.ledger[entry.seq] = before  # type: ignore[attr-defined]  # the twin's
    assert not report.ok
    difference = report.differences[0]
    assert (difference.seq, difference.what) == (entry.seq, "events")
    assert "mallory" in str(difference.recorded)
    assert "mallory" not in str(difference.replayed)


async def test_what_was_not_recorded_is_a_difference_and_no_crash(told: Story) -> None:
    entry = next(e for e in await recorded(told) if b'"picked"' in e.body)
    evidence = read_entry(entry).evidence
    assert evidence is not None
    bare = msgspec.structs.replace(evidence, loads={})
    before = rewrite(told.store, entry.seq, evidence=bare)
    try:
        report = await replay(told.store, told.vault, handoff=entry.handoff)
    finally:
        told.store._tables.ledger[entry.seq] = before  # type: ignore[attr-defined]  # the twin's
    assert [(d.seq, d.what) for d in report.differences] == [(entry.seq, "not_recorded")]


async def test_an_erased_person_answers_erased(told: Story) -> None:
    leads = told.store._tables.leads  # type: ignore[attr-defined]  # the twin's
    before = leads["lena"]
    leads["lena"] = msgspec.structs.replace(before, key=b"")
    try:
        one = await replay(told.store, told.vault, handoff="lena")
        every = await replay(told.store, told.vault)
    finally:
        leads["lena"] = before
    assert one.ok
    assert one.decisions == 0
    assert one.erased > 5
    assert every.ok
    assert every.erased == one.erased


async def test_a_wish_that_was_minded_is_minded_by_the_replay_too() -> None:
    story = Story()
    await story.begin()
    await story.lead("lena", "demo_request", lead_country="US", lead_may_contact="no")
    minded = [read_entry(entry).evidence for entry in await recorded(story)]
    assert any(evidence is not None and evidence.wishes for evidence in minded)
    report = await replay(story.store, story.vault)
    assert report.differences == ()
