"""What either of two teams could do to come nearer to the other, and what it would change."""

from collections.abc import Iterator
from typing import Literal, assert_never

import msgspec

from handrail.contract.model import Condition
from handrail.lab.definitions.formula import Formula, Joint, Leads, Part, holds, walk
from handrail.lab.definitions.sides import Role, Side

WHOLE = "the whole definition"

Does = Literal["adopts", "drops"]


class Point(msgspec.Struct, frozen=True):
    """A clause of one team, or a part of it, that the teams could talk about.

    `formula` is None for a whole definition, of which all clauses must hold at once.
    """

    team: str
    clause: str
    role: Role
    condition: Condition | None
    formula: Formula | None
    is_part: bool

    @property
    def size(self) -> int:
        """How much there is to talk about: parts, with those below."""
        return 0 if self.formula is None else sum(1 for _ in walk(self.formula))


class Move(msgspec.Struct, frozen=True):
    """One team adopts the other's point, or drops its own."""

    team: str
    does: Does
    point: Point


class Position(msgspec.Struct, frozen=True):
    """Where a team stands after some moves; `yes` are the leads that it would say yes to now."""

    side: Side
    yes: Leads
    dropped: frozenset[Part] = frozenset()
    adopted: tuple[tuple[Role, Leads], ...] = ()

    def moved(self, move: Move, other: "Position") -> "Position":
        """After a move of this team; `other` is where the point adopted stands."""
        formula = move.point.formula
        match move.does:
            case "drops":
                assert formula is not None, "nobody drops a whole definition"
                dropped, adopted = self.dropped | {formula.part}, self.adopted
            case "adopts":
                dropped = self.dropped
                adopted = (*self.adopted, (move.point.role, _offered(move.point, other)))
            case _:
                assert_never(move.does)
        return Position(self.side, _yes(self.side, dropped, adopted), dropped, adopted)


def start(side: Side) -> Position:
    return Position(side, side.yes())


def _yes(side: Side, dropped: frozenset[Part], adopted: tuple[tuple[Role, Leads], ...]) -> Leads:
    found = side.yes(dropped)
    for role, leads in adopted:
        match role:
            case "way":
                found |= leads
            case "need":
                found &= leads
            case "bar":
                found &= ~leads
            case _:
                assert_never(role)
    return found & side.known


def _offered(point: Point, of: Position) -> Leads:
    """The leads that the point takes, asks for or bars, as its team stands now."""
    if point.formula is None:
        return of.yes
    true = holds(point.formula, of.dropped)[0]
    return true & of.side.needs(of.dropped) if point.role == "way" else true


def moves_of(side: Side, other: Side) -> Iterator[Move]:
    """Every move about the clauses of `side`: by itself, or by the other team."""
    for clause in side.clauses:
        for formula, role in _parts(clause.formula, clause.role):
            point = Point(
                team=side.team,
                clause=clause.name,
                role=role or clause.role,
                condition=clause.condition,
                formula=formula,
                is_part=formula is not clause.formula,
            )
            if role is not None:
                yield Move(other.team, "adopts", point)
            yield Move(side.team, "drops", point)
    if side.clauses and not any(clause.role == "way" for clause in side.clauses):
        yield Move(other.team, "adopts", Point(side.team, WHOLE, "way", None, None, False))


def _parts(formula: Formula, role: Role | None) -> Iterator[tuple[Formula, Role | None]]:
    """Each part with what it does by itself for the clause; None where it does nothing alone."""
    yield formula, role
    if isinstance(formula, Joint):
        for below in formula.below:
            yield from _parts(below, _role_below(formula, role))


def _role_below(formula: Joint, role: Role | None) -> Role | None:
    """An operand of `&&` is needed, one of `||` is a way of its own; of a bar likewise a bar."""
    match role, formula.sign:
        case (("way" | "need"), "&&"):
            return "need"
        case "way", "||":
            return "way"
        case "bar", "||":
            return "bar"
        case _:
            return None
