"""Which clause to settle first: the moves that take a disagreement away, the greatest first.

Each step takes the move after which the fewest leads are left in dispute; every lead of the first
disagreement is put down to the step that settles it first, so the steps add up to the whole.
"""

from collections.abc import Mapping

import msgspec

from handrail.lab.definitions.formula import Leads
from handrail.lab.definitions.moves import Move, Point, Position, moves_of, start
from handrail.lab.definitions.sides import Side
from handrail.terms.lead import Value

EXAMPLES_MAX = 3  # of one step
STEPS_MAX = 100  # a list that people talk through; what is left is counted


class Example(msgspec.Struct, frozen=True):
    """A lead that the step settles, with the values that its clause looked at."""

    lead: str
    values: Mapping[str, Value]


class SettledBy(msgspec.Struct, frozen=True):
    team: str
    does: str


class Settlement(msgspec.Struct, frozen=True):
    """One step. `explains`: leads of the first disagreement that it settles as the first step to
    do so; `creates`: leads of which the teams agreed before it; `remaining`: in dispute after it.
    """

    team: str  # whose clause it is
    clause: str
    part: str | None  # None: the whole clause
    line: int | None
    column: int | None
    settled_by: SettledBy
    explains: int
    creates: int
    remaining: int
    examples: tuple[Example, ...]


class OtherWay(msgspec.Struct, frozen=True):
    """The same point settled by its own team instead, or by the other."""

    team: str
    does: str
    remaining: int


class Settled(msgspec.Struct, frozen=True):
    steps: tuple[Settlement, ...]
    unexplained: int  # no single move would lessen these
    otherwise: OtherWay | None  # of the first step


class _State:
    """Where both teams stand between two steps."""

    def __init__(self, sides: tuple[Side, Side]) -> None:
        self._known = sides[0].known & sides[1].known
        self._positions = {side.team: start(side) for side in sides}
        self._other = {sides[0].team: sides[1].team, sides[1].team: sides[0].team}

    def dispute(self) -> Leads:
        return self._dispute(self._positions)

    def after(self, move: Move) -> Leads:
        return self._dispute(self._moved(move))

    def take(self, move: Move) -> None:
        self._positions = self._moved(move)

    def _moved(self, move: Move) -> dict[str, Position]:
        other = self._positions[self._other[move.team]]
        moved = self._positions[move.team].moved(move, other)
        return {**self._positions, move.team: moved}

    def _dispute(self, positions: Mapping[str, Position]) -> Leads:
        one, two = positions.values()
        return (one.yes ^ two.yes) & self._known


def settle(sides: tuple[Side, Side], lead_ids: list[str]) -> Settled:
    """Settle what two teams disagree on, step by step. `lead_ids` by position."""
    moves = [move for one, two in (sides, sides[::-1]) for move in moves_of(one, two)]
    by_team = {side.team: side for side in sides}
    state, steps = _State(sides), list[Settlement]()
    unexplained = dispute = state.dispute()
    otherwise = _other_way(state, moves) if dispute else None
    while dispute and len(steps) < STEPS_MAX:
        move = _best(state, moves)
        if move is None:
            break
        left = state.after(move)
        settled = dispute & ~left
        steps.append(
            _step(
                move,
                explains=(settled & unexplained).bit_count(),
                creates=(left & ~dispute).bit_count(),
                remaining=left.bit_count(),
                examples=tuple(
                    Example(
                        lead_ids[position], _values(by_team[move.point.team], move.point, position)
                    )
                    for position in _first(settled & unexplained or settled)
                ),
            )
        )
        state.take(move)
        unexplained &= ~settled
        dispute = left
    return Settled(tuple(steps), unexplained.bit_count(), otherwise)


def _best(state: _State, moves: list[Move]) -> Move | None:
    """The move that leaves the fewest in dispute; of equals the smaller point, and the one that
    asks a team to take something up rather than to give it up. A whole definition is no clause to
    talk about, so it comes when nothing else helps."""
    dispute = state.dispute().bit_count()
    for is_whole in (False, True):
        ranked = [
            (state.after(move).bit_count(), move.point.size, move.does, number)
            for number, move in enumerate(moves)
            if (move.point.formula is None) == is_whole
        ]
        if ranked and min(ranked)[0] < dispute:
            return moves[min(ranked)[3]]
    return None


def _other_way(state: _State, moves: list[Move]) -> OtherWay | None:
    first = _best(state, moves)
    if first is None:
        return None
    others = (move for move in moves if move.point is first.point and move.does != first.does)
    other = next(others, None)
    if other is None:
        return None
    return OtherWay(other.team, other.does, state.after(other).bit_count())


def _step(
    move: Move, *, explains: int, creates: int, remaining: int, examples: tuple[Example, ...]
) -> Settlement:
    point = move.point
    place = point.condition.place if point.condition is not None else None
    return Settlement(
        team=point.team,
        clause=point.clause,
        part=point.formula.text if point.is_part and point.formula is not None else None,
        line=place.line if place is not None else None,
        column=place.column if place is not None else None,
        settled_by=SettledBy(move.team, move.does),
        explains=explains,
        creates=creates,
        remaining=remaining,
        examples=examples,
    )


def _values(side: Side, point: Point, position: int) -> Mapping[str, Value]:
    return {} if point.condition is None else side.values(position, point.condition.fields)


def _first(leads: Leads) -> list[int]:
    """The positions of the first few."""
    found: list[int] = []
    while leads and len(found) < EXAMPLES_MAX:
        lowest = leads & -leads
        found.append(lowest.bit_length() - 1)
        leads ^= lowest
    return found
