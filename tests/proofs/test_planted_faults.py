"""Two hundred faults, each found where it was planted and nothing else with it."""

from dataclasses import replace

import pytest

from handrail.contract.findings import Finding
from handrail.contract.model import Condition, Contract
from handrail.contract.read import ReadResult
from handrail.engine.alone import facts_seen
from tests.proofs.faults import ALL_FAULTS, FAULTS_MIN, UNION_MIN, Fault
from tests.proofs.written import Written

UNION_ONLY = tuple(one for one in ALL_FAULTS if one.among)


def test_there_are_two_hundred_and_thirty_of_them_need_the_union() -> None:
    assert len(ALL_FAULTS) >= FAULTS_MIN
    assert len(UNION_ONLY) >= UNION_MIN
    names = [one.name for one in ALL_FAULTS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("fault", ALL_FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found_at_its_line_and_nothing_else_is(fault: Fault) -> None:
    read = fault.written.read()
    severe = [one for one in read.findings if one.severity != "note"]
    said = "\n".join(f"{one.line}: {one.kind} {one.message}" for one in severe)
    assert [(one.kind, one.line) for one in severe] == [(fault.kind, fault.written.marked_line)], (
        said
    )
    _check_shown(fault, severe[0], read)


def _check_shown(fault: Fault, finding: Finding, read: ReadResult) -> None:
    match fault.shown:
        case "anything":
            return
        case "nothing":
            assert finding.example is None
        case "taken earlier":
            clauses, number = _section_of(finding, read)
            facts = facts_seen(_whole(read), finding.example or {})
            assert clauses[number].test(facts) is True
            assert any(one.test(facts) is True for one in clauses[:number])
        case "taken by none":
            contract = _whole(read)
            facts = facts_seen(contract, finding.example or {})
            assert not any(rule.when.test(facts) is True for rule in contract.routing)


def _whole(read: ReadResult) -> Contract:
    assert read.partial is not None
    return read.partial


def _section_of(finding: Finding, read: ReadResult) -> tuple[list[Condition], int]:
    contract = _whole(read)
    sections = (contract.territories, contract.lead_types, contract.routing)
    for section in sections:
        whens = [clause.when for clause in section]
        for number, when in enumerate(whens):
            if when.place.line == finding.line:
                return whens, number
    raise AssertionError(f"no clause stands at line {finding.line}")


@pytest.mark.parametrize("fault", UNION_ONLY[::2], ids=lambda fault: fault.name)
def test_no_single_earlier_rule_shows_what_the_union_shows(fault: Fault) -> None:
    for alone in fault.among:
        read = _only(fault.written, alone, fault).read()
        assert not [one for one in read.findings if one.kind == "dead_rule"], alone.text


def _only(written: Written, alone: object, fault: Fault) -> Written:
    """The contract with this one of the earlier rules, the planted one and the last."""
    others = [line for line in fault.among if line != alone]
    return replace(written, routing=tuple(one for one in written.routing if one not in others))
