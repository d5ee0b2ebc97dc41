"""Why a handoff stands where it stands, from what was recorded."""

import msgspec
import pytest

from handrail.engine.explain import Explanation, explain
from tests.story import Story, tell


@pytest.fixture(scope="module")
async def told() -> Story:
    story = Story()
    await tell(story)
    return story


async def of(told: Story, id: str) -> Explanation:
    return await explain(told.store, told.vault, id)


async def test_it_names_the_clauses_with_their_lines(told: Story) -> None:
    explanation = await of(told, "lena-1")
    why = explanation.why
    assert why is not None
    assert why.threshold_clause is not None
    assert why.threshold_clause.name == "asked for a demo"
    assert why.clause is not None
    assert why.clause.name == "enterprise NA"
    kept = await told.store.contract(why.contract.digest)
    assert kept is not None
    source = kept.source
    assert "enterprise NA" in source.splitlines()[why.clause.line - 1]


async def test_the_parts_of_a_score_add_up_to_it(told: Story) -> None:
    explanation = await of(told, "lena-1")
    parts = {(part.score, part.because): part.points for part in explanation.score_parts}
    assert parts["fit", "enterprise size"] == 40
    assert parts["fit", "can decide"] == 30
    assert parts["intent", "demo request"] == 100
    for name, value in explanation.scores.items():
        assert sum(points for (score, _), points in parts.items() if score == name) == value


async def test_everyone_who_was_looked_at_has_a_reason_in_words(told: Story) -> None:
    why = (await of(told, "lena-1")).why
    assert why is not None
    assert len(why.routings) >= 2
    for routing in why.routings:
        assert routing.candidates
        for candidate in routing.candidates:
            assert candidate.says
            assert "_" not in candidate.says


async def test_it_shows_every_clock_and_who_missed_it(told: Story) -> None:
    windows = (await of(told, "lena-1")).windows
    missed = [window for window in windows if window.breached]
    assert missed[0].owner == "ada"
    assert missed[0].clock == "first_action"
    assert all(window.due_at > window.opened_at for window in windows)


async def test_it_tells_overrides_with_their_reason(told: Story) -> None:
    says = " ".join(event.says for event in (await of(told, "over-1")).timeline)
    assert "Mo Malik set the owner to Cy Cole: “says no”" in says


async def test_an_earlier_handoff_is_explained_as_it_ended(told: Story) -> None:
    first, latest = await of(told, "gone-1"), await of(told, "gone")
    assert first.stage == "recycled"
    assert latest.id != "gone-1"
    assert all(event.handoff in (None, "gone-1") for event in first.timeline)


async def test_a_lead_without_handoff_is_explained_too(told: Story) -> None:
    quiet = await of(told, "quiet")
    assert (quiet.stage, quiet.handoff, quiet.why) == ("nurture", None, None)
    assert [part.because for part in quiet.score_parts] == ["pricing view"]
    rival = await of(told, "rival")
    assert (rival.stage, rival.excluded) == ("excluded", "competitor")


async def test_an_unknown_id_is_said_to_be_unknown(told: Story) -> None:
    with pytest.raises(LookupError, match="nobody"):
        await of(told, "nobody")


async def test_an_erased_person_is_explained_without_what_identified_them(told: Story) -> None:
    leads = told.store._tables.leads  # type: ignore[attr-defined]  # the twin's
    before = leads["over"]
    leads["over"] = msgspec.structs.replace(before, key=b"")
    try:
        explanation = await of(told, "over-1")
    finally:
        leads["over"] = before
    assert explanation.erased
    text = msgspec.json.encode(explanation)
    assert b"over@" not in text
    assert b"says no" not in text
    assert explanation.why is not None
    assert explanation.why.candidates


async def test_the_whole_of_it_is_one_json_document(told: Story) -> None:
    explanation = await of(told, "sold-1")
    assert msgspec.json.decode(msgspec.json.encode(explanation))["why"]["owner"]
