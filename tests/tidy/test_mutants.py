"""The quick part of `make mutants`, and that its faults still fit the source."""

import pytest
from ruamel.yaml import YAML

from handrail.trials.mutants import REHEARSALS, ROOT, plant
from handrail.trials.mutants_clauses import delete
from handrail.trials.mutants_fault import Planted
from handrail.trials.mutants_planted import PLANTED, QUICK
from handrail.trials.rehearsal_file import BadRehearsal

PLANTED_MIN = 25


@pytest.mark.long
@pytest.mark.parametrize(
    "one", [one for one in PLANTED if one.name in QUICK], ids=lambda one: one.name
)
def test_a_planted_fault_is_caught(one: Planted) -> None:
    planting = plant(one)
    assert planting.is_caught, f"{planting.verdict}: {planting.why}"


def test_there_are_enough_faults_and_each_has_its_name() -> None:
    names = [one.name for one in PLANTED]
    assert len(names) >= PLANTED_MIN
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("one", PLANTED, ids=lambda one: one.name)
def test_a_fault_fits_the_source_and_has_somebody_to_notice_it(one: Planted) -> None:
    source = (ROOT / "src" / "handrail" / one.file).read_text("utf-8")
    assert source.count(one.old) == 1, f"{one.file} no longer has this once:\n{one.old}"
    assert one.old != one.new
    assert one.rehearsals or one.tests
    assert all((REHEARSALS / f"{name}.yaml").is_file() for name in one.rehearsals)
    assert all((ROOT / name.partition("::")[0]).is_file() for name in one.tests)


def test_a_clause_is_deleted_by_number_or_by_name_and_the_chain_counts_anew() -> None:
    tree = YAML().load(
        "sla: {escalation: [{breach: 1, do: reroute}, {breach: 2, do: incident}]}\n"
        "routing: [{name: all the rest, to: [team:a]}]\n"
        "reps: [{id: ada, leave: []}]\n"
    )
    delete(tree, "sla.escalation[0]")
    delete(tree, "routing.all the rest.to[0]")
    delete(tree, "reps.ada.leave")
    assert tree["sla"]["escalation"] == [{"breach": 1, "do": "incident"}]
    assert tree["routing"] == [{"name": "all the rest", "to": []}]
    assert tree["reps"] == [{"id": "ada"}]
    with pytest.raises(BadRehearsal, match="no `ben`"):
        delete(tree, "reps.ben.leave")
