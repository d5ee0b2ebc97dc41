"""Fifty contracts in which nothing is wrong: nothing is reported, and each note is true."""

import pytest

from handrail.engine.alone import facts_seen
from tests.proofs.sound import ALL_SOUND, RULES_MAX, RULES_MIN, SOUND_COUNT
from tests.proofs.written import Written


def test_there_are_fifty_of_all_sizes() -> None:
    counts = [len(one.routing) for one in ALL_SOUND]
    assert len(ALL_SOUND) == SOUND_COUNT
    assert min(counts) == RULES_MIN
    assert max(counts) >= RULES_MAX - 10
    assert all(RULES_MIN <= count <= RULES_MAX for count in counts)
    assert len({one.text for one in ALL_SOUND}) == SOUND_COUNT


@pytest.mark.parametrize("one", ALL_SOUND, ids=lambda one: one.name)
def test_a_sound_contract_has_no_error_and_no_warning(one: Written) -> None:
    read = one.read()
    severe = [finding for finding in read.findings if finding.severity != "note"]
    assert not severe, "\n".join(f"{f.line}: {f.kind} {f.message}" for f in severe)
    assert read.contract is not None
    by_line = {rule.when.place.line: rule for rule in read.contract.routing}
    for note in read.findings:
        if note.kind == "overlap" and note.example is not None:
            facts = facts_seen(read.contract, note.example)
            matched = [line for line, rule in by_line.items() if rule.when.test(facts) is True]
            assert note.line in matched
            assert min(matched) < note.line
