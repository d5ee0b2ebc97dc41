"""Which clause takes a lead, in two versions, and for which leads that may come to differ.

Clauses that stand in both versions in the same order, and read nothing that moved, cannot be the
cause of a difference: a lead that one of them takes otherwise is taken by another clause first, in
one of the versions. So only what the other clauses take is asked about.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

import msgspec

from handrail.contract.diff.moved import Moved
from handrail.contract.diff.sections import plain
from handrail.contract.model import Condition
from handrail.contract.proof import Encoding
from handrail.contract.proof.formula import (
    FALSE,
    TRUE,
    Formula,
    Named,
    every,
    negated,
    some,
)


class Clause(msgspec.Struct, frozen=True):
    """`goes_on`: a lead that it takes may be taken by later clauses too."""

    when: Condition
    outcome: str
    goes_on: bool = False


class Chain(msgspec.Struct, frozen=True):
    """`untaken[n]`: no clause before n takes the lead for good. `taken[n]`: n does, or goes on."""

    clauses: tuple[Clause, ...]
    taken: tuple[Formula, ...]
    untaken: tuple[Formula, ...]
    otherwise: str

    @property
    def none(self) -> Formula:
        """No clause takes the lead for good."""
        return self.untaken[-1]

    def reaches(self, outcome: str) -> Formula:
        found = [
            taken
            for clause, taken in zip(self.clauses, self.taken, strict=True)
            if clause.outcome == outcome
        ]
        return some([*found, self.none] if outcome == self.otherwise else found)

    def begins(self, first: str, second: str) -> Formula:
        """`first` is reached, and no clause of `second` before its first one is."""
        earlier: list[Formula] = []
        found: list[Formula] = []
        for clause, taken in zip(self.clauses, self.taken, strict=True):
            if clause.outcome == first:
                found.append(every((taken, *map(negated, earlier))))
            elif clause.outcome == second:
                earlier.append(taken)
        return some(found)

    def passed_on(self) -> list[str]:
        """Outcomes of the clauses that go on, in order, each once."""
        return [*dict.fromkeys(one.outcome for one in self.clauses if one.goes_on)]


class Chains(msgspec.Struct, frozen=True):
    """`suspects` are formulas; a lead is treated differently only if one of them holds."""

    old: Chain
    new: Chain
    suspects: tuple[Formula, ...]

    def apart_from(self, old: str, new: str) -> Formula:
        """Leads other than those that come out so."""
        return negated(every((self.old.reaches(old), self.new.reaches(new))))


def chains_of(
    old: Sequence[Clause],
    new: Sequence[Clause],
    *,
    otherwise: tuple[str, str],
    encoding: Encoding,
    moved: Moved,
) -> Chains:
    partner = _partners(old, new, moved)
    holds = [encoding.holds(0, one.when) for one in old]
    before = _chain(old, holds, otherwise[0])
    beside = [
        holds[partner[number]] if number in partner else encoding.holds(1, one.when)
        for number, one in enumerate(new)
    ]
    after = _chain(new, beside, otherwise[1], like=before, alike=_alike(partner))
    kept = set(partner.values())
    swapped = _passed_on_otherwise(before, after)
    suspects = [
        every((before.taken[n], some((negated(after.reaches(one.outcome)), swapped))))
        for n, one in enumerate(old)
        if n not in kept
    ]
    suspects += [
        every((after.taken[n], some((negated(before.reaches(one.outcome)), swapped))))
        for n, one in enumerate(new)
        if n not in partner
    ]
    if otherwise[0] != otherwise[1]:
        suspects += [every((before.none, negated(after.reaches(otherwise[0]))))]
        suspects += [every((after.none, negated(before.reaches(otherwise[1]))))]
    return Chains(before, after, tuple(suspects))


def _partners(old: Sequence[Clause], new: Sequence[Clause], moved: Moved) -> dict[int, int]:
    """For clauses of the new version, the place of the same one in the old."""
    before, after = ([repr(plain(one)) for one in clauses] for clauses in (old, new))
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return {
        block.b + offset: block.a + offset
        for block in blocks
        for offset in range(block.size)
        if not moved.reads_moved(old[block.a + offset].when)
    }


def _chain(
    clauses: Sequence[Clause],
    holds: Sequence[Formula],
    otherwise: str,
    *,
    like: Chain | None = None,
    alike: int = 0,
) -> Chain:
    """`like` begins with the same `alike` clauses: what is said of them is said by its formulas."""
    taken = [] if like is None else [*like.taken[:alike]]
    untaken = [TRUE] if like is None else [*like.untaken[: alike + 1]]
    for clause, matches in zip(clauses[alike:], holds[alike:], strict=True):
        taken.append(every((untaken[-1], matches)))
        if clause.goes_on:
            untaken.append(untaken[-1])
        else:
            untaken.append(Named(every((untaken[-1], negated(matches)))))
    return Chain(tuple(clauses), tuple(taken), tuple(untaken), otherwise)


def _alike(partner: dict[int, int]) -> int:
    """With how many of the same clauses both versions begin."""
    count = 0
    while partner.get(count) == count:
        count += 1
    return count


def _passed_on_otherwise(old: Chain, new: Chain) -> Formula:
    """A clause that goes on is reached in one version only, or two of them in another order."""
    before, after = old.passed_on(), new.passed_on()
    found: list[Formula] = []
    for outcome in dict.fromkeys((*before, *after)):
        one, other = old.reaches(outcome), new.reaches(outcome)
        found += [every((one, negated(other))), every((other, negated(one)))]
    both = [outcome for outcome in before if outcome in after]
    for place, first in enumerate(both):
        for second in both[place + 1 :]:
            reached = every((old.reaches(first), old.reaches(second)))
            if _once(old, first, second) and _once(new, first, second):
                if after.index(first) > after.index(second):
                    found.append(reached)
            else:
                one, other = old.begins(first, second), new.begins(first, second)
                found += [
                    every((reached, one, negated(other))),
                    every((reached, other, negated(one))),
                ]
    return some(found) if before != after or _differ(old, new, before) else FALSE


def _once(chain: Chain, *outcomes: str) -> bool:
    """Each of them is the outcome of one clause only, so that their order is the clauses'."""
    told = [one.outcome for one in chain.clauses if one.outcome in outcomes]
    return len(told) == len(outcomes)


def _differ(old: Chain, new: Chain, outcomes: Sequence[str]) -> bool:
    """Whether what goes on is not said by the very same formulas in both."""

    def said(chain: Chain) -> list[int]:
        pairs = zip(chain.clauses, chain.taken, strict=True)
        return [id(taken) for clause, taken in pairs if clause.goes_on]

    return bool(outcomes) and said(old) != said(new)
