"""What two versions differ in, by meaning: planted pairs, each tried on the real evaluator."""

import pytest

from handrail.contract.diff import Diff, Difference, diff
from handrail.contract.diff.treatment import KINDS, scores_of, treated
from handrail.contract.model import Contract
from handrail.contract.proof import Budget
from handrail.engine.alone import facts_seen
from tests.unit.contract.diff.pairs import BIG, DIFFERENT, EQUIVALENT, changed, read
from tests.unit.contract.read.acme import TABLES, TEXT

OLD = read()


def found_in(new: Contract, old: Contract = OLD) -> Diff:
    return diff(old, new, evaluate=facts_seen)


def shows(one: Difference, old: Contract, new: Contract) -> bool:
    """Whether the example comes out as it is said to, under both versions."""
    assert one.example is not None
    sides = [(contract, facts_seen(contract, one.example)) for contract in (old, new)]
    if one.kind == "score":
        name = one.message.partition(":")[0]
        return [str(scores_of(*side)[name]) for side in sides] == [one.old, one.new]
    kind = next(kind for kind in KINDS if kind == one.kind)
    return [treated(kind, *side).outcome for side in sides] == [one.old, one.new]


@pytest.mark.parametrize(("old", "new"), EQUIVALENT)
def test_another_way_to_say_the_same_is_equivalent(old: str, new: str) -> None:
    found = found_in(changed(old, new))
    assert found.equivalent, (found.differences, found.unknown)
    assert found.same_treatment


@pytest.mark.parametrize(("old", "new", "kinds"), DIFFERENT)
def test_a_planted_change_is_found_and_shown(old: str, new: str, kinds: set[str]) -> None:
    after = changed(old, new)
    found = found_in(after)
    assert {one.kind for one in found.differences} == kinds
    assert not found.equivalent
    for one in found.differences:
        if one.example is not None:
            assert shows(one, OLD, after)
        else:
            assert one.old_line == one.new_line is not None


def test_the_example_is_as_the_other_way_round() -> None:
    after = changed(BIG, "&& account.employees >= 2000'")
    (there,), (back,) = found_in(after).differences, found_in(OLD, after).differences
    assert (there.old, there.new) == (back.new, back.old)
    assert (
        TEXT.splitlines()[(there.old_line or 0) - 1].lstrip().startswith("- {name: enterprise NA")
    )


def test_a_row_of_a_table_changes_who_is_excluded() -> None:
    tables = {**TABLES, "competitors.csv": TABLES["competitors.csv"] + "new.example,New\n"}
    after = read(TEXT, tables)
    found = found_in(after)
    (one,) = [one for one in found.differences if one.kind == "exclude"]
    assert (one.old, one.new) == ("let in", "excluded")
    assert one.example is not None
    assert str(one.example["email"]).endswith("@new.example")
    assert found.sections == ("tables",)


def test_a_row_that_no_condition_asks_for_changes_nothing() -> None:
    tables = {**TABLES, "zips.csv": TABLES["zips.csv"] + "00000,nowhere\n"}
    assert found_in(read(TEXT, tables)).equivalent


def test_names_are_told_apart_from_what_is_done() -> None:
    found = found_in(changed("name: german,", "name: dach,"))
    assert found.equivalent
    assert [one.kind for one in found.words] == ["routing"]
    assert found.sections == ("routing",)


def test_what_is_not_settled_is_never_equivalent() -> None:
    after = changed("fit >= 40 && intent >= 30", "!(fit < 40 || intent < 30)")
    found = diff(OLD, after, evaluate=facts_seen, budget=Budget(question=1, in_all=1))
    assert found.unknown
    assert not found.equivalent


def test_the_same_pair_gives_the_same_document() -> None:
    after = changed("{A: 70", "{A: 60")
    assert found_in(after) == found_in(after)


OWNED = "  - {name: owned account, when: 'has(account.owner)', to: [account.owner, continue]}\n"


def _with_rules(*rules: str) -> Contract:
    written = "".join(
        f"  - {{name: r{number}, when: {rule}, continue]}}\n" for number, rule in enumerate(rules)
    )
    return changed(OWNED, written)


def test_who_was_asked_already_is_asked_in_vain_a_second_time() -> None:
    once = _with_rules("'has(account.owner)', to: [account.owner")
    twice = _with_rules(*["'has(account.owner)', to: [account.owner"] * 2)
    assert found_in(twice, once).equivalent


def test_the_order_in_which_two_are_asked_is_that_of_the_clauses_that_take_the_lead() -> None:
    first = "'lead.country == \"US\"', to: [account.owner"
    last = "'account.employees >= 10', to: [account.owner"
    both = "'lead.country == \"US\" || account.employees >= 10', to: [account.owner"
    between = "'has(account.owner)', to: [team:inbound"
    old, new = _with_rules(first, between, last), _with_rules(both, between)
    found = found_in(new, old)
    assert {one.kind for one in found.differences} == {"routing"}
    assert all(shows(one, old, new) for one in found.differences)
