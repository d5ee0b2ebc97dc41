"""Leads that show a claim about a contract: found by proofs, put through the real conditions."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from handrail.contract.cel.compile import compile_term
from handrail.contract.cel.typed import Term
from handrail.contract.facts import Facts
from handrail.contract.model import Condition, Contract
from handrail.contract.proof import Budget, Witnesses, World
from handrail.contract.proof.formula import Formula, negated, some
from handrail.contract.proof.lines import Lead, plain_facts
from handrail.terms.lead import Value

Evaluate = Callable[[Contract, Lead], Facts]
"""All that conditions see of a lead line: scores, tier, territory and lead type among it."""


class Claim(NamedTuple):
    """All of `holds`, none of `fails`, and one of `any_of` where there are any."""

    holds: tuple[Condition, ...] = ()
    fails: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return (*self.holds, *self.fails, *self.any_of)

    def is_true(self, facts: Facts) -> bool:
        return (
            all(one.test(facts) is True for one in self.holds)
            and not any(one.test(facts) is True for one in self.fails)
            and (not self.any_of or any(one.test(facts) is True for one in self.any_of))
        )


class Examples:
    """What can be under one contract, and leads that show it.

    Without `evaluate` only claims about attributes have examples: nothing here knows how scores
    are made.
    """

    def __init__(
        self, contract: Contract, evaluate: Evaluate | None, budget: Budget | None = None
    ) -> None:
        self._contract = contract
        self._evaluate = evaluate
        self.world = World([contract], budget=budget)
        self.any_lead = self.world.lead()
        self._rather: tuple[Formula, ...] = ()
        if evaluate is not None:
            routed = (self.any_lead.qualifies(), negated(self.any_lead.excluded()))
            self._rather = routed
        self._made = {"tier", "territory", "lead_type", *(one.name for one in contract.scores)}
        self._witnesses: Witnesses | None = None

    def lead(self, claim: Claim, *also: Formula) -> Lead | None:
        """A lead for which the claim is true; if possible one that would be routed: not excluded,
        and qualified. `also`: what the proof says of it besides, such as that a rule takes it."""
        if self._evaluate is None and any(one.fields & self._made for one in claim.conditions):
            return None
        lead = self.any_lead
        wanted = [lead.holds(one) for one in claim.holds]
        wanted += [lead.fails(one) for one in claim.fails]
        if claim.any_of:
            wanted.append(some(lead.holds(one) for one in claim.any_of))
        return self._shown((*also, *wanted), claim.is_true, {})

    def lead_proved(self, claim: Claim, *proved: Formula) -> Lead | None:
        """The same where `proved` says all of the claim in fewer words: each condition that the
        solver is told of costs, and a claim may have a thousand."""
        if self._evaluate is None and any(one.fields & self._made for one in claim.conditions):
            return None
        return self._shown(proved, claim.is_true, {})

    def lead_with(
        self, values: Mapping[str, Value], when: Condition, parts: Sequence[Term]
    ) -> Lead | None:
        """A lead with these values for which parts of a condition hold."""
        if self._evaluate is None and when.fields & self._made:
            return None
        encoding = self.world.encoding
        wanted = [encoding.part(0, when, part).truth for part in parts]
        wanted += [encoding.has_value(name, value) for name, value in values.items()]
        tests = [compile_term(part) for part in parts]

        def is_true(facts: Facts) -> bool:
            has_values = all(facts.values.get(name) == value for name, value in values.items())
            return has_values and all(test(facts) is True for test in tests)

        return self._shown([self.any_lead.says(one) for one in wanted], is_true, values)

    def _shown(
        self,
        wanted: Sequence[Formula],
        is_true: Callable[[Facts], bool],
        values: Mapping[str, Value],
    ) -> Lead | None:
        evaluate = self._evaluate

        def shows(lines: Sequence[Lead]) -> int:
            (line,) = lines
            line.update(values)
            seen = self._see(line)
            if not is_true(seen):
                return 0
            return 1 if evaluate is None else 1 + self._is_routed(seen)

        if self._witnesses is None:
            self._witnesses = Witnesses(self.world, [self.any_lead], self._see)
        found = self._witnesses.lines(wanted, shows, rather=self._rather)
        return None if found is None else found[0]

    def _see(self, line: Lead) -> Facts:
        if self._evaluate is None:
            return plain_facts(self._contract, line)
        return self._evaluate(self._contract, line)

    def _is_routed(self, facts: Facts) -> bool:
        barred = any(clause.when.test(facts) is True for clause in self._contract.exclude)
        return not barred and any(way.when.test(facts) is True for way in self._contract.mql.any)
