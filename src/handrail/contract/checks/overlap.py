"""`overlap`: two rules want the same lead for different people.

A note: the first of them wins, so their order matters. Of routing rules it is said of the later
one, once for each earlier rule with other targets, when a lead that no rule before them takes can
match both. A rule that takes everybody is meant to overlap with those before it, and one that ends
in `continue` with those after it; both are passed over. Two territories overlap when they look at
the same fields and neither takes everybody: `named` before `us-west` is an order of importance, two
lists of postal codes that share one are a slip.

`example` is a lead that matches both. Nothing is said of an overlap that no lead was found for.
After a hundred the rest is not listed, and a last note says so.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from handrail.contract.checks.examples import Claim, Examples
from handrail.contract.checks.unknown import not_settled
from handrail.contract.findings import Finding
from handrail.contract.model import Condition, ContinueTarget, Contract
from handrail.contract.proof import Impossible, Possible, Unknown
from handrail.contract.proof.formula import (
    FALSE,
    Formula,
    Named,
    every,
    negated,
    some,
)
from handrail.contract.proof.lines import Lead

KIND = "overlap"
OVERLAPS_MAX = 50  # notes; who has more orders the rules by hand anyway


class Clause(NamedTuple):
    """`outcome`: clauses with the same one want the same. `takes`: a match goes no further."""

    name: str
    when: Condition
    outcome: object
    takes: bool = True


def find(contract: Contract, examples: Examples) -> Iterator[Finding]:
    for section, clauses in _sections(contract):
        yield from _Overlaps(section, clauses, examples).found()


def _sections(contract: Contract) -> Iterator[tuple[str, list[Clause]]]:
    yield (
        "routing",
        [
            Clause(
                rule.name,
                rule.when,
                rule.to,
                not any(isinstance(t, ContinueTarget) for t in rule.to),
            )
            for rule in contract.routing
        ],
    )
    areas = contract.territories
    for looked_at in dict.fromkeys(_looks_at(area.when) for area in areas):
        alike = [area for area in areas if _looks_at(area.when) == looked_at]
        if len(alike) > 1:
            yield "", [Clause(area.name, area.when, area.name) for area in alike]


def _looks_at(when: Condition) -> tuple[frozenset[str], frozenset[str]]:
    return when.fields, when.signals


class _Overlaps:
    """The overlaps of one section, the later clauses in order.

    For each clause one question is asked: is there a lead that an earlier one with another outcome
    takes first? Only where there is one are the earlier ones told apart, by the leads found.
    """

    def __init__(self, section: str, clauses: Sequence[Clause], examples: Examples) -> None:
        self._examples = examples
        self._clauses = clauses
        made = examples.world.encoding.made[0]
        whens = [(one.when, one.takes) for one in clauses]
        self._matches = made.matches(section) if section else made.chain(whens)
        self._said = 0

    def found(self) -> Iterator[Finding]:
        alike: dict[object, Formula] = {}  # taken by an earlier one, by outcome
        for index, clause in enumerate(self._clauses):
            own = alike.get(clause.outcome, FALSE)
            if index:
                taken = every((negated(self._matches.untaken[index]), negated(own)))
                yield from self._of(index, taken)
            if self._said >= OVERLAPS_MAX:
                yield _not_listed(clause)
                return
            if clause.takes:
                alike[clause.outcome] = Named(some((own, self._matches.first[index])))

    def _of(self, index: int, taken_by_others: Formula) -> Iterator[Finding]:
        clause, examples = self._clauses[index], self._examples
        world, lead = examples.world, examples.any_lead
        wanted = [lead.holds(clause.when), lead.says(taken_by_others)]
        found = world.ask(*wanted, shown=False)
        if isinstance(found, Impossible) or self._takes_everybody(clause):
            return
        while self._said < OVERLAPS_MAX:
            found = world.ask(*wanted)
            if isinstance(found, Unknown):
                yield not_settled(clause.when, f"whether `{clause.name}` overlaps with others")
            if not isinstance(found, Possible):
                return
            taker = self._taker(found, index)
            wanted.append(negated(lead.says(self._matches.first[taker])))
            example = self._example(taker, clause)
            if example is not None:
                self._said += 1
                yield _finding(self._clauses[taker], clause, example)

    def _takes_everybody(self, clause: Clause) -> bool:
        fails = self._examples.any_lead.fails(clause.when)
        return isinstance(self._examples.world.ask(fails, shown=False), Impossible)

    def _taker(self, found: Possible, index: int) -> int:
        """Found by halves: what nobody took before a clause, nobody took before an earlier one."""
        lead, low, high = self._examples.any_lead, 0, index
        while high - low > 1:
            middle = (low + high) // 2
            if found.says(lead.says(self._matches.untaken[middle])):
                low = middle
            else:
                high = middle
        return low

    def _example(self, taker: int, clause: Clause) -> Lead | None:
        lead = self._examples.any_lead
        before = tuple(one.when for one in self._clauses[:taker] if one.takes)
        claim = Claim(holds=(self._clauses[taker].when, clause.when), fails=before)
        taken = lead.says(self._matches.first[taker])
        return self._examples.lead_proved(claim, taken, lead.holds(clause.when))


def _finding(first: Clause, second: Clause, example: Lead) -> Finding:
    place = second.when.place
    message = (
        f"a lead can match `{second.name}` and `{first.name}` (line {first.when.place.line}); "
        f"`{first.name}` stands first and wins"
    )
    marked = second.when.text.strip().splitlines()[0]
    return Finding(KIND, "note", place.line, place.column, message, example, marked)


def _not_listed(at: Clause) -> Finding:
    place = at.when.place
    message = f"overlaps are not listed beyond {OVERLAPS_MAX}; those of this rule and later ones"
    return Finding(KIND, "note", place.line, place.column, message)
