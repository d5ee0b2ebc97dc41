"""Leads made of one clause's own words, that show without a solver that the clause takes somebody.

Most clauses name values that no earlier one names. A lead with just these values, and nothing else
said of it, then shows that the clause lives. Which clauses match such a lead is looked up by the
classes that each of them cannot do without, so that a thousand clauses are not read for each lead.

Nothing is concluded where no such lead is found: the solver is asked then.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import NamedTuple, assert_never

from handrail.contract.proof.encoding import Encoding
from handrail.contract.proof.formula import (
    All,
    Amount,
    Any,
    AtLeast,
    Formula,
    Literal,
    Named,
    Not,
    Of,
    Reading,
    parts_of,
)
from handrail.contract.proof.scores import Clamped, Divided, Quantity, Unfixed

TRIES_MAX = 8  # leads of one clause
WATCHED_MAX = 64  # classes by which a clause is looked up; one with more is always read


class Cube(NamedTuple):
    """One way in which a formula may hold: classes of variables, and bounds of scores."""

    masks: Mapping[str, int] = {}
    least: Mapping[str, int] = {}
    most: Mapping[str, int] = {}


Classes = dict[str, int]
Watched = frozenset[tuple[str, int]]  # variables with a class, one of which the lead must have


class PlainLeads:
    """Leads for the clauses of one section, whose conditions are `holds`."""

    def __init__(self, encoding: Encoding, holds: Sequence[Formula]) -> None:
        self._encoding = encoding
        self._holds = tuple(holds)
        self._usual = {name: one.usual for name, one in encoding.variables.items()}
        self._constraints: dict[str, list[Formula]] = defaultdict(list)
        self._always: list[int] = []
        self._found: dict[int, tuple[tuple[int, ...], ...]] = {}
        self._by_class: dict[tuple[str, int], list[int]] = defaultdict(list)
        for number, formula in enumerate(self._holds):
            self._index(number, formula)
        self._are_useful = self._read_constraints()

    def of(self, number: int) -> tuple[tuple[int, ...], ...]:
        """For a few leads that the clause matches: the numbers of all clauses that match."""
        if number not in self._found:
            self._found[number] = (*self._tried(number),) if self._are_useful else ()
        return self._found[number]

    def _tried(self, number: int) -> Iterator[tuple[int, ...]]:
        cubes = self._narrowed(self._holds[number], True, Cube())
        for cube in itertools.islice(cubes, TRIES_MAX // 2):
            for end in (_lowest, _highest):
                classes = {name: end(mask) for name, mask in cube.masks.items()}
                reading = self._reading(classes, cube)
                if reading.says(self._holds[number]) and self._can_be(classes, reading):
                    yield tuple(self._matching(classes, reading))

    # Ways in which a formula may hold

    def _narrowed(self, formula: Formula, wanted: bool, cube: Cube) -> Iterator[Cube]:
        match formula:
            case Literal(variable, classes):
                mask = cube.masks.get(variable, self._whole(variable))
                mask &= classes if wanted else ~classes
                if mask:
                    yield cube._replace(masks={**cube.masks, variable: mask})
            case Not(part):
                yield from self._narrowed(part, not wanted, cube)
            case Of(part=part):
                yield from self._narrowed(part, wanted, cube)
            case All(parts) | Any(parts):
                if isinstance(formula, All) is wanted:
                    yield from self._all(parts, wanted, cube)
                else:
                    for part in parts:
                        yield from self._narrowed(part, wanted, cube)
            case AtLeast(amounts, least):
                yield _bounded(cube, amounts, least, wanted)
            case Named():  # a link of a long chain is read in the end
                yield cube
            case _:
                assert_never(formula)

    def _all(self, parts: Sequence[Formula], wanted: bool, cube: Cube) -> Sequence[Cube]:
        cubes = [cube]
        for part in parts:
            narrower = (one for known in cubes for one in self._narrowed(part, wanted, known))
            cubes = [*itertools.islice(narrower, TRIES_MAX)]
        return cubes

    def _whole(self, variable: str) -> int:
        return self._encoding.variables[variable].everything

    # Whole leads

    def _reading(self, classes: Classes, cube: Cube) -> Reading:
        """The lead with these classes; quantities are as they are made, or as near as can be."""
        whole = {**self._usual, **classes}
        amounts: dict[str, int] = {}
        for name, variable in self._encoding.variables.items():
            if variable.starts:
                amounts[name] = variable.starts[max(whole[name] - 1, 0)]
        reading = Reading(whole, amounts)
        for quantity in tuple(self._encoding.quantities.values()):
            self._make(quantity, reading, amounts, cube)
        return reading

    def _make(
        self, quantity: Quantity, reading: Reading, amounts: dict[str, int], cube: Cube
    ) -> None:
        if quantity.variable in amounts:
            return
        match quantity:
            case Unfixed(variable, least, most):
                amounts[variable] = _within(0, least, most)
            case Divided():
                self._make_parts(quantity.amounts, reading, amounts, cube)
                amounts[quantity.variable] = quantity.of(amounts)
            case Clamped():
                self._make_parts(quantity.amounts, reading, amounts, cube)
                self._wish(quantity, reading, amounts, cube)
                total = _sum(quantity.amounts, reading, amounts)
                amounts[quantity.variable] = _within(total, quantity.floor, None, cap=quantity.cap)
            case _:
                assert_never(quantity)

    def _make_parts(
        self,
        parts: Iterable[tuple[int, Amount | Formula]],
        reading: Reading,
        amounts: dict[str, int],
        cube: Cube,
    ) -> None:
        for _, part in parts:
            for name in _amounts_in(part):
                if name in self._encoding.quantities:
                    self._make(self._encoding.quantities[name], reading, amounts, cube)

    def _wish(self, score: Clamped, reading: Reading, amounts: dict[str, int], cube: Cube) -> None:
        """Let signals have added what the score lacks for the bounds that the clause puts on it."""
        past = next((q for _, one in score.amounts if (q := self._past(one)) is not None), None)
        if past is None:
            return
        total = _sum(score.amounts, reading, amounts)
        wanted = _within(total, cube.least.get(score.variable), cube.most.get(score.variable))
        moved = amounts[past.variable] + wanted - total
        amounts[past.variable] = _within(moved, past.least, past.most)

    def _past(self, part: Amount | Formula) -> Unfixed | None:
        found = self._encoding.quantities.get(part.variable) if isinstance(part, Amount) else None
        return found if isinstance(found, Unfixed) else None

    def _can_be(self, classes: Classes, reading: Reading) -> bool:
        """Constraints between variables that are all as usual hold as usual."""
        changed = (name for name, number in classes.items() if number != self._usual[name])
        return all(reading.says(one) for name in changed for one in self._constraints[name])

    def _read_constraints(self) -> bool:
        """By each variable in them. False when the usual lead meets not all of them."""
        usual = self._reading({}, Cube())
        shared = {id(one): one for group in self._encoding.constraints.values() for one in group}
        for one in shared.values():
            if not usual.says(one):
                return False
            for name in _variables_in(one):
                self._constraints[name].append(one)
        return True

    # Which clauses match

    def _matching(self, classes: Classes, reading: Reading) -> list[int]:
        watching = {one for item in classes.items() for one in self._by_class.get(item, ())}
        asked = sorted({*watching, *self._always})
        return [number for number in asked if reading.says(self._holds[number])]

    def _index(self, number: int, formula: Formula) -> None:
        watched = self._watched(formula, True)
        if watched is None:
            self._always.append(number)
        else:
            for item in watched:
                self._by_class[item].append(number)

    def _watched(self, formula: Formula, wanted: bool) -> Watched | None:
        """Classes that are not usual, one of which a lead has for which the formula is so.

        None when there is no such need, or one of too many classes.
        """
        match formula:
            case Literal(variable, classes):
                return self._set(variable, classes if wanted else ~classes)
            case Not(part):
                return self._watched(part, not wanted)
            case Of(part=part):
                return self._watched(part, wanted)
            case All(parts) | Any(parts):
                if isinstance(formula, All) is wanted:
                    return self._narrowest(parts, wanted)
                return _united([self._watched(part, wanted) for part in parts])
            case AtLeast() | Named():
                return None
            case _:
                assert_never(formula)

    def _set(self, variable: str, classes: int) -> Watched | None:
        kept = classes & self._whole(variable)
        if kept >> self._usual[variable] & 1 or kept.bit_count() > WATCHED_MAX:
            return None
        return frozenset((variable, number) for number in _bits(kept))

    def _narrowest(self, parts: Sequence[Formula], wanted: bool) -> Watched | None:
        """All parts are needed: the one that can be told by the fewest classes."""
        masks: dict[str, int] = {}
        found: list[Watched] = []
        for part in parts:
            known = _mask_of(part, wanted)
            if known is None:
                watched = self._watched(part, wanted)
                found += [] if watched is None else [watched]
            else:
                variable, classes = known
                masks[variable] = masks.get(variable, self._whole(variable)) & classes
        for variable, classes in masks.items():
            watched = self._set(variable, classes)
            found += [] if watched is None else [watched]
        return min(found, key=len, default=None)


def _united(sets: Sequence[Watched | None]) -> Watched | None:
    known = [one for one in sets if one is not None]
    if len(known) < len(sets):
        return None
    whole: Watched = reduce(frozenset.union, known, frozenset())
    return whole if len(whole) <= WATCHED_MAX else None


def _mask_of(formula: Formula, wanted: bool) -> tuple[str, int] | None:
    match formula:
        case Literal(variable, classes):
            return variable, classes if wanted else ~classes
        case Not(Literal(variable, classes)):
            return variable, ~classes if wanted else classes
        case _:
            return None


def _bounded(
    cube: Cube, amounts: tuple[tuple[int, Amount | Formula], ...], least: int, wanted: bool
) -> Cube:
    """A bound on one quantity is kept in mind; any other sum is read in the end."""
    match amounts:
        case ((1, Amount(variable)),) if wanted:
            known = cube.least.get(variable, least)
            return cube._replace(least={**cube.least, variable: max(known, least)})
        case ((1, Amount(variable)),):
            known = cube.most.get(variable, least - 1)
            return cube._replace(most={**cube.most, variable: min(known, least - 1)})
        case _:
            return cube


def _sum(
    parts: Iterable[tuple[int, Amount | Formula]], reading: Reading, amounts: Mapping[str, int]
) -> int:
    return sum(
        factor * (amounts[one.variable] if isinstance(one, Amount) else int(reading.says(one)))
        for factor, one in parts
    )


def _within(value: int, least: int | None, most: int | None, *, cap: int | None = None) -> int:
    """`most` before `least`: a floor above a cap does not lift it."""
    above = value if least is None else max(value, least)
    ends = [one for one in (most, cap) if one is not None]
    return min([above, *ends])


def _amounts_in(part: Amount | Formula) -> set[str]:
    if isinstance(part, Amount):
        return {part.variable}
    found: set[str] = set()
    for one in _parts_within(part):
        if isinstance(one, AtLeast):
            found |= {amount.variable for _, amount in one.amounts if isinstance(amount, Amount)}
    return found


def _variables_in(formula: Formula) -> set[str]:
    return {one.variable for one in _parts_within(formula) if isinstance(one, Literal)} | {
        name
        for one in _parts_within(formula)
        if isinstance(one, AtLeast)
        for name in _amounts_in(one)
    }


def _parts_within(formula: Formula) -> Iterator[Formula]:
    waiting, seen = [formula], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting.extend((one.part,) if isinstance(one, Of) else parts_of(one))


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def _highest(mask: int) -> int:
    return mask.bit_length() - 1
