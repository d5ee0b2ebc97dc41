"""Questions about every lead that there can be, under one contract or several.

    world = World([contract])
    lead = world.lead()
    world.ask(lead.holds(rule.when), lead.excluded())  # -> Possible, Impossible or Unknown

`Impossible` is a proof: nothing is left out of the encoding, and what cannot be encoded may be
anything. `Possible` is a claim until a real lead has shown it (`witness`). `Unknown` is neither.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec

from handrail.contract.model import Condition, Contract
from handrail.contract.proof.encoding import Encoding
from handrail.contract.proof.expressions import Expression
from handrail.contract.proof.formula import (
    Amount,
    AtLeast,
    Formula,
    Of,
    negated,
)
from handrail.contract.proof.made import clauses_in
from handrail.contract.proof.plain_leads import PlainLeads
from handrail.contract.proof.solver import Budget, Found, Solver, Who


class Possible:
    """One way in which it is possible, where that was asked for."""

    def __init__(self, world: "World", found: Found | None) -> None:
        self._world = world
        self._found = found

    def says(self, formula: Formula) -> bool:
        """Whether a formula holds there as well."""
        return self._shown.says(formula)

    @cached_property
    def classes(self) -> Mapping[str, Mapping[str, int]]:
        """By the lead's name, the class of each variable that any question was about."""
        variables = self._world.encoding.variables
        leads = self._world.leads.items()
        return {name: self._shown.classes(one.who, variables) for name, one in leads}

    @cached_property
    def amounts(self) -> Mapping[str, Mapping[str, int]]:
        """By the lead's name, quantities: of fields with an order, counts, scores."""
        encoding = self._world.encoding
        lines = [name for name, one in encoding.variables.items() if one.starts]
        names = [*lines, *encoding.quantities]
        leads = self._world.leads.items()
        return {name: self._shown.amounts(one.who, names) for name, one in leads}

    @property
    def _shown(self) -> Found:
        assert self._found is not None, "the question was asked without what shows it"
        return self._found


class Impossible(msgspec.Struct, frozen=True):
    pass


class Unknown(msgspec.Struct, frozen=True):
    """Not settled within the budget. Nobody may conclude anything."""

    reason: str


Verdict = Possible | Impossible | Unknown


class Scope:
    """Suppositions that only those questions make that are asked within it."""

    def __init__(self, solver: Solver, name: str) -> None:
        self._solver = solver
        self.switch: Expression = solver.switch(name)

    def suppose(self, formula: Formula) -> None:
        self._solver.add(formula, when=self.switch)


class World:
    """Contracts that share their fields and signals, and the leads that are asked about."""

    def __init__(
        self,
        contracts: Sequence[Contract],
        *,
        budget: Budget | None = None,
        more: Sequence[Condition] = (),
    ) -> None:
        self.encoding = Encoding(contracts, more)
        self._budget = budget or Budget()
        self.leads: dict[str, SymbolicLead] = {}
        self._scopes = 0
        self._plain: dict[str, PlainLeads] = {}

    def plain_leads(self, section: str) -> PlainLeads:
        """Of a section in which the first match wins, under the first contract."""
        if section not in self._plain:
            holds = [
                self.encoding.holds(0, when)
                for when, _ in clauses_in(self.encoding.contracts[0], section)
            ]
            self._plain[section] = PlainLeads(self.encoding, holds)
        return self._plain[section]

    @cached_property
    def _solver(self) -> Solver:
        return Solver(self.encoding, self._budget)

    def lead(
        self,
        name: str = "lead",
        *,
        like: "SymbolicLead | None" = None,
        apart_from: frozenset[str] = frozenset(),
    ) -> "SymbolicLead":
        """A lead of which nothing is known, or one equal to `like` save for some values.

        `apart_from` holds fields (`lead.country`), signals (`signal:demo_request`) and scores: a
        score that stands in it may have had other signals. What contracts make of a lead follows.
        """
        assert name not in self.leads, f"there is a lead {name} already"
        who = Who(name, None if like is None else like.who, apart_from)
        self._solver.know(who)
        self.leads[name] = SymbolicLead(who, self.encoding)
        return self.leads[name]

    def scope(self) -> Scope:
        self._scopes += 1
        return Scope(self._solver, f"scope {self._scopes}")

    def ask(
        self,
        *formulas: Formula,
        within: Sequence[Scope] = (),
        overridden: bool = False,
        shown: bool = True,
    ) -> Verdict:
        """Whether all the formulas can hold at once.

        `overridden`: even for leads whose scores a person has set. `shown`: with the classes that
        show it, which cost more than the answer where there are thousands.
        """
        switches = [scope.switch for scope in within]
        match self._solver.ask(formulas, supposing=switches, overridden=overridden):
            case "impossible":
                return Impossible()
            case "unknown":
                return Unknown(self._solver.reason)
            case "possible":
                return Possible(self, self._solver.model() if shown else None)

    def needed(self, formulas: Sequence[Formula], among: Sequence[Formula]) -> list[int]:
        """Of formulas that cannot all hold beside the others: the numbers of few that cannot."""
        return self._solver.needed(formulas, among)

    @property
    def spent(self) -> int:
        """Steps of z3 so far."""
        return self._solver.spent


class SymbolicLead:
    """Any lead. Each method gives a formula; `contract` is the number of a world's contract."""

    def __init__(self, who: Who, encoding: Encoding) -> None:
        self.who = who
        self._encoding = encoding

    def says(self, formula: Formula) -> Formula:
        """The formula, said of this lead."""
        return Of(self.who.name, formula)

    def holds(self, condition: Condition, contract: int = 0) -> Formula:
        return self.says(self._encoding.holds(contract, condition))

    def fails(self, condition: Condition, contract: int = 0) -> Formula:
        """False, or a fault: a condition that ends in an error does not match."""
        return negated(self.holds(condition, contract))

    def has(self, field: str, contract: int = 0) -> Formula:
        return self.says(self._encoding.present(contract, field))

    def excluded(self, contract: int = 0) -> Formula:
        return self.says(negated(self._encoding.made[contract].none_of("exclude")))

    def qualifies(self, contract: int = 0) -> Formula:
        """Some threshold of `mql` holds."""
        return self.says(negated(self._encoding.made[contract].none_of("mql")))

    def threshold_is(self, index: int, contract: int = 0) -> Formula:
        return self.takes("mql", index, contract)

    def takes(self, section: str, index: int, contract: int = 0) -> Formula:
        """The clause of a section is the first that matches."""
        return self.says(self._encoding.made[contract].takes(section)[index])

    def rule_is(self, index: int, contract: int = 0) -> Formula:
        """The routing rule matches and is reached: none before it takes the lead for good."""
        return self.takes("routing", index, contract)

    def unrouted(self, contract: int = 0) -> Formula:
        """No routing rule takes the lead for good."""
        return self.says(self._encoding.made[contract].none_of("routing"))

    def tier_is(self, name: str, contract: int = 0) -> Formula:
        return self.says(self._encoding.made[contract].tier_is(name))

    def type_is(self, name: str, contract: int = 0) -> Formula:
        return self.says(self._encoding.made[contract].type_is(name))

    def territory_is(self, name: str | None, contract: int = 0) -> Formula:
        return self.says(self._encoding.made[contract].territory_is(name))

    def score(self, name: str, contract: int = 0) -> "ScoreOf":
        variable = self._encoding.made[contract].score(name)
        assert variable is not None, f"there is no score {name}"
        return ScoreOf(self, variable)


class ScoreOf(msgspec.Struct, frozen=True):
    """A score of one symbolic lead."""

    lead: SymbolicLead
    variable: str

    def at_least(self, least: int) -> Formula:
        return self.lead.says(AtLeast(((1, Amount(self.variable)),), least))
