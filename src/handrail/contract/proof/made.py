"""What a contract makes of a lead: scores, tier, territory, lead type. Functions, not free values.

The first match of a section is said by a chain: each link holds what no clause before it took, so
that a thousand clauses make a thousand links.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from handrail.contract.cel.typed import FieldValue
from handrail.contract.facts import Facts
from handrail.contract.model import Condition, ContinueTarget, Contract
from handrail.contract.proof.classes.ordered import Compare, comparison, spans_of
from handrail.contract.proof.classes.partition import Answers, Atom, answered
from handrail.contract.proof.classes.scales import INTEGER_MAX, Integers
from handrail.contract.proof.formula import (
    FALSE,
    TRUE,
    Amount,
    Formula,
    Named,
    at_least,
    every,
    negated,
    some,
)
from handrail.contract.proof.now import NOW
from handrail.contract.proof.scores import Clamped, Quantity, past_of
from handrail.contract.proof.terms import fields_in

Holds = Callable[[int, Condition], Formula]


class FirstMatches(NamedTuple):
    """`first`: for each clause that it matches and none before it took. `untaken`: that none
    before a clause took, and last that none at all did."""

    first: list[Formula]
    untaken: list[Formula]


class Made:
    """The values that one contract makes. Each is encoded when it is first asked for."""

    def __init__(
        self,
        contract: Contract,
        number: int,
        holds: Holds,
        quantities: dict[str, Quantity],
        scores: dict[str, str],
        pasts: dict[str, str],
    ) -> None:
        self._contract = contract
        self._number = number
        self._holds = holds
        self._quantities = quantities
        self._scores = scores
        self._pasts = pasts
        self._first: dict[str, FirstMatches] = {}
        self._reads: dict[str, frozenset[str]] = {}
        self._named: dict[str, dict[str, Formula]] = {}

    # Scores and tiers

    def score(self, name: str) -> str | None:
        """The variable whose amount is the score; None when there is no such score."""
        variable = self._scores.get(name)
        if variable is not None and variable not in self._quantities:
            self._quantities[variable] = self._clamped(name, variable)
        return variable

    def past(self, name: str) -> str | None:
        """The variable of what signals add to the score; None where no signal does."""
        return self._pasts.get(name) if self.score(name) is not None else None

    def _clamped(self, name: str, variable: str) -> Clamped:
        score = next(one for one in self._contract.scores if one.name == name)
        amounts: list[tuple[int, Amount | Formula]] = [
            (rule.add, self._holds(self._number, rule.when)) for rule in score.rules
        ]
        for part in score.sum_of:
            part_variable = self.score(part)
            assert part_variable is not None
            amounts.append((1, Amount(part_variable)))
        past = self._pasts.get(name)
        if past is not None:
            self._quantities.setdefault(past, past_of(score, past))
            amounts.append((1, Amount(past)))
        return Clamped(variable, tuple(amounts), score.floor, score.cap, self.reads_of(name) or _NO)

    def tier_is(self, name: str) -> Formula:
        """The first tier, by falling threshold, that fit reaches; the last one takes the rest."""
        fit = self.score("fit")
        assert fit is not None, "every contract has the score fit"
        tiers = self._contract.tiers
        number = next(number for number, (tier, _) in enumerate(tiers) if tier == name)
        below = negated(at_least(fit, tiers[number - 1][1])) if number else TRUE
        last = number == len(tiers) - 1
        return below if last else every((at_least(fit, tiers[number][1]), below))

    # First matches

    def takes(self, section: str) -> list[Formula]:
        """For each clause of a section: it is the first that matches."""
        return self.matches(section).first

    def none_of(self, section: str) -> Formula:
        return self.matches(section).untaken[-1]

    def placed(self) -> Formula:
        return negated(self.none_of("territories"))

    def matches(self, section: str) -> FirstMatches:
        if section not in self._first:
            self._first[section] = self.chain(clauses_in(self._contract, section))
        return self._first[section]

    def chain(self, clauses: Sequence[tuple[Condition, bool]]) -> FirstMatches:
        """Of clauses, each with whether a lead that matches it goes no further."""
        untaken: list[Formula] = [TRUE]
        first = []
        for when, takes in clauses:
            holds = self._holds(self._number, when)
            first.append(every((untaken[-1], holds)))
            left = Named(every((untaken[-1], negated(holds)))) if takes else untaken[-1]
            untaken.append(left)
        return FirstMatches(first, untaken)

    def territory_is(self, name: str | None) -> Formula:
        if name is None:
            return self.none_of("territories")
        return self._by_name("territories")[name]

    def type_is(self, name: str) -> Formula:
        """The first lead type that matches, else the last one."""
        return self._by_name("lead_types")[name]

    def _by_name(self, section: str) -> dict[str, Formula]:
        if section not in self._named:
            names = [
                one.name
                for one in (
                    self._contract.territories
                    if section == "territories"
                    else self._contract.lead_types
                )
            ]
            takes = self.takes(section)
            if section == "lead_types":
                takes = [*takes[:-1], some((takes[-1], self.none_of(section)))]
            self._named[section] = dict(zip(names, takes, strict=True))
        return self._named[section]

    # Atoms

    def answers(self, atom: Atom) -> Answers | None:
        """What the atom says of the one made value that it looks at; None when of several."""
        fields = fields_in(atom.term)
        if len(fields) > 1:
            return None
        (name,) = fields
        if name in self._scores:
            return self._score_answers(name, atom)
        return self._answers_by_name(name, atom)

    def _score_answers(self, name: str, atom: Atom) -> Answers | None:
        compared = comparison(atom.term, FieldValue)
        variable = self.score(name)
        if variable is None or compared is None:
            return Answers(TRUE, FALSE) if _asks_presence(atom) else None
        truth = _reached(variable, compared, Integers(fields_in(atom.term)[name]))
        return Answers(truth, negated(truth))

    def _answers_by_name(self, name: str, atom: Atom) -> Answers | None:
        found: dict[bool | None, list[Formula]] = {True: [], False: [], None: []}
        for value, formula in self._values_of(name):
            facts = Facts({} if value is None else {name: value}, (), NOW)
            found[answered(atom.test, facts)].append(formula)
        return Answers(some(found[True]), some(found[False]))

    def _values_of(self, name: str) -> list[tuple[str | None, Formula]]:
        match name:
            case "tier":
                return [(tier, self.tier_is(tier)) for tier, _ in self._contract.tiers]
            case "lead_type":
                return [*self._by_name("lead_types").items()]
            case _:
                assert name == "territory", f"{name} is no made value"
                return [*self._by_name("territories").items(), (None, self.territory_is(None))]

    # What values are made of

    def reads_of(self, name: str) -> frozenset[str] | None:
        """Fields, signals and scores that a made value depends on; None for other values."""
        if name not in self._scores and name not in ("tier", "territory", "lead_type"):
            return None
        if name not in self._reads:
            self._reads[name] = frozenset().union(*self._read_by(name))
        return self._reads[name]

    def _read_by(self, name: str) -> list[frozenset[str]]:
        match name:
            case "tier":
                return [self.reads_of("fit") or _NO]
            case "territory":
                return [self._condition_reads(one.when) for one in self._contract.territories]
            case "lead_type":
                return [self._condition_reads(one.when) for one in self._contract.lead_types]
            case _:
                return self._score_reads(name)

    def _score_reads(self, name: str) -> list[frozenset[str]]:
        score = next(one for one in self._contract.scores if one.name == name)
        found = [frozenset({name}), *(self._condition_reads(one.when) for one in score.rules)]
        found += [self.reads_of(part) or _NO for part in score.sum_of]
        signals = {*score.signals, *score.reset_on}
        return [*found, frozenset(f"signal:{signal}" for signal in signals)]

    def _condition_reads(self, when: Condition) -> frozenset[str]:
        found: set[str] = {f"signal:{signal}" for signal in when.signals}
        for field in when.fields:
            found |= self.reads_of(field) or {field}
        return frozenset(found)


_NO: frozenset[str] = frozenset()


def clauses_in(contract: Contract, section: str) -> list[tuple[Condition, bool]]:
    """The conditions of a section, and whether a lead that matches one goes no further."""
    match section:
        case "territories":
            return [(one.when, True) for one in contract.territories]
        case "lead_types":
            return [(one.when, True) for one in contract.lead_types]
        case "exclude":
            return [(one.when, True) for one in contract.exclude]
        case "mql":
            return [(one.when, True) for one in contract.mql.any]
        case _:
            assert section == "routing", f"{section} is no section of first matches"
            return [
                (one.when, not any(isinstance(to, ContinueTarget) for to in one.to))
                for one in contract.routing
            ]


def _asks_presence(atom: Atom) -> bool:
    return type(atom.term).__name__ == "Present"


def _reached(variable: str, compared: Compare, scale: Integers) -> Formula:
    parts = []
    for low, high in spans_of(compared, scale):
        if low > high:
            continue
        above = TRUE if low <= -INTEGER_MAX else at_least(variable, low)
        below = TRUE if high >= INTEGER_MAX else negated(at_least(variable, high + 1))
        parts.append(every((above, below)))
    return some(parts)
