"""What each team says of each lead at one stage: by its clauses, or by labels that people gave."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, assert_never

import msgspec

from handrail.contract.definitions import STAGES, Clause, Definition, Definitions, Stage
from handrail.contract.facts import Facts
from handrail.contract.model import Condition
from handrail.kernel.assess import assess
from handrail.lab.definitions.formula import Formula, Leads, Part, Sheet, holds
from handrail.terms.evidence import AccountHistory
from handrail.terms.lead import Lead, Value

LEADS_PER_TELL = 500  # between two words of progress
NO_ACCOUNT = AccountHistory()

Role = Literal["way", "need", "bar"]
Tell = Callable[[int], None]  # how many leads were looked at since the last word


class Written(msgspec.Struct, frozen=True):
    """A team that wrote its definitions down."""

    team: str
    definitions: Definitions


class Labelled(msgspec.Struct, frozen=True):
    """A team that said of some leads, by their ids, whether they have reached a stage."""

    team: str
    labels: Mapping[str, Mapping[Stage, bool]]


Answers = Written | Labelled


class Judged(msgspec.Struct, frozen=True):
    """A clause with the leads on which each part of it holds.

    One `way` is enough; every `need` must hold; no `bar` may.
    """

    name: str
    role: Role
    condition: Condition
    formula: Formula


class Side(msgspec.Struct, frozen=True):
    """One team at one stage. `known`: the leads that it says anything of."""

    team: str
    known: Leads
    labelled: Leads  # those that people said yes to; of a team with clauses none
    clauses: tuple[Judged, ...]
    values: Callable[[int, Iterable[str]], dict[str, Value]]  # of the nth lead, by field

    def needs(self, dropped: frozenset[Part] = frozenset()) -> Leads:
        """Where every need holds and no bar does."""
        found = self.known
        for clause in self.clauses:
            if clause.formula.part in dropped or clause.role == "way":
                continue
            true = holds(clause.formula, dropped)[0]
            found &= true if clause.role == "need" else ~true
        return found

    def yes(self, dropped: frozenset[Part] = frozenset()) -> Leads:
        """The leads of which the team says that they have reached the stage."""
        if not self.clauses:
            return self.labelled
        ways = [clause for clause in self.clauses if clause.role == "way"]
        if not ways:
            return self.needs(dropped)
        found = 0
        for way in ways:
            if way.formula.part not in dropped:
                found |= holds(way.formula, dropped)[0]
        return found & self.needs(dropped)


def sides_of(
    answers: Answers, leads: Sequence[Lead], *, now: datetime, tell: Tell
) -> dict[Stage, Side]:
    """The team's side at each stage that it speaks of."""
    match answers:
        case Written():
            return _Reading(answers, leads, now=now).sides(tell)
        case Labelled():
            tell(len(leads))
            return _labelled(answers, leads)
        case _:
            assert_never(answers)


def _labelled(answers: Labelled, leads: Sequence[Lead]) -> dict[Stage, Side]:
    sides: dict[Stage, Side] = {}
    for stage in STAGES:
        known = yes = 0
        for position, lead in enumerate(leads):
            label = answers.labels.get(lead.id, {}).get(stage)
            known |= (label is not None) << position
            yes |= (label is True) << position
        if known:
            sides[stage] = Side(answers.team, known, yes, (), _no_values)
    return sides


def _no_values(position: int, names: Iterable[str]) -> dict[str, Value]:
    return {}


class _Reading:
    """A team's clauses held against every lead, stage by stage."""

    def __init__(self, answers: Written, leads: Sequence[Lead], *, now: datetime) -> None:
        self._team, self._definitions = answers.team, answers.definitions
        self._leads, self._now = leads, now
        self._sheets = {
            stage: _sheets(definition) for stage, definition in self._definitions.stages.items()
        }

    def sides(self, tell: Tell) -> dict[Stage, Side]:
        for position, lead in enumerate(self._leads, start=1):
            self._look(lead)
            if position % LEADS_PER_TELL == 0:
                tell(LEADS_PER_TELL)
        tell(len(self._leads) % LEADS_PER_TELL)
        return {stage: self._side(stage) for stage in self._sheets}

    def _look(self, lead: Lead) -> None:
        facts = self._assessed(lead)
        for stage, sheets in self._sheets.items():
            held = [(role, sheet.look(facts)) for role, _, sheet in sheets]
            facts.values[stage] = _reached(held)

    def _assessed(self, lead: Lead) -> Facts:
        contract = self._definitions.vocabulary
        return assess(contract=contract, lead=lead, account=NO_ACCOUNT, now=self._now).facts

    def _side(self, stage: Stage) -> Side:
        clauses = tuple(
            Judged(clause.name, role, clause.when, sheet.formula())
            for role, clause, sheet in self._sheets[stage]
        )
        return Side(self._team, (1 << len(self._leads)) - 1, 0, clauses, self._values)

    def _values(self, position: int, names: Iterable[str]) -> dict[str, Value]:
        values = self._facts(self._leads[position]).values
        return {name: values[name] for name in sorted(names) if name in values}

    def _facts(self, lead: Lead) -> Facts:
        """As when it was looked at, for an example: nothing is written down again."""
        facts = self._assessed(lead)
        for stage, definition in self._definitions.stages.items():
            clauses = _with_roles(definition)
            held = [(role, clause.when.test(facts) is True) for role, clause in clauses]
            facts.values[stage] = _reached(held)
        return facts


def _with_roles(definition: Definition) -> list[tuple[Role, Clause]]:
    role: Role = "way" if definition.how == "any" else "need"
    bar: Role = "bar"
    return [
        *((role, clause) for clause in definition.clauses),
        *((bar, clause) for clause in definition.bars),
    ]


def _sheets(definition: Definition) -> list[tuple[Role, Clause, Sheet]]:
    made: list[tuple[Role, Clause, Sheet]] = []
    first = 0
    for role, clause in _with_roles(definition):
        sheet = Sheet(clause.when, first)
        first = sheet.parts.stop
        made.append((role, clause, sheet))
    return made


def _reached(held: Sequence[tuple[Role, bool]]) -> bool:
    ways = [holding for role, holding in held if role == "way"]
    wanted = all(holding for role, holding in held if role == "need")
    barred = any(holding for role, holding in held if role == "bar")
    return (any(ways) or not ways) and wanted and not barred
