"""Conditions that put bounds on one number, as spans of values."""

import itertools
import math
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from handrail.contract.cel.syntax import RelationSign
from handrail.contract.cel.typed import Compared, FieldValue, Known, Negated, Present, Term
from handrail.contract.model import Field

NARROW = 10  # a gap or overlap of at most a tenth of where it begins looks like a slip
_TURNED: dict[RelationSign, RelationSign] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Span(NamedTuple):
    """Values from `low` to `high`, infinite where there is no bound. Spans of an integer have
    both ends in."""

    low: float = -math.inf
    low_in: bool = True
    high: float = math.inf
    high_in: bool = True

    @property
    def begins(self) -> tuple[float, bool]:
        return self.low, not self.low_in

    @property
    def ends(self) -> tuple[float, bool]:
        return self.high, self.high_in

    @property
    def has_both_ends(self) -> bool:
        return self.low > -math.inf and self.high < math.inf

    @property
    def is_one_value(self) -> bool:
        return self.low == self.high

    @property
    def is_empty(self) -> bool:
        return self.low > self.high or (self.is_one_value and not (self.low_in and self.high_in))


def span_of(terms: Sequence[Term], field: Field) -> Span | None:
    """The values for which all terms hold; None if they say more of the field than bounds."""
    whole, span = field.type == "integer", Span()
    for term in terms:
        if isinstance(term, Present):
            continue
        bound = _bound(term)
        if bound is None:
            return None
        span = _narrowed(span, *bound, whole=whole)
    return None if span.is_empty or span == Span() else span


def gap_between(lower: Span, upper: Span, *, whole: bool) -> Span | None:
    """The values after all of `lower` and before all of `upper`."""
    if whole:
        gap = Span(lower.high + 1, True, upper.low - 1, True)
    else:
        gap = Span(lower.high, not lower.high_in, upper.low, not upper.low_in)
    return None if gap.is_empty else gap


def shared_by(first: Span, second: Span) -> Span | None:
    """The values in both, of which `first` begins no later; None where one contains the other."""
    if first.begins == second.begins or first.ends >= second.ends:
        return None
    shared = Span(second.low, second.low_in, first.high, first.high_in)
    return None if shared.is_empty else shared


def is_narrow(span: Span, *, whole: bool) -> bool:
    size = span.high - span.low + (1 if whole else 0)
    return span.is_one_value or size * NARROW <= abs(span.low)


def value_in(span: Span, *, whole: bool) -> int | float:
    """The least value of it, or one in its middle."""
    if whole or span.low_in:
        return int(span.low) if whole else float(span.low)
    return (span.low + span.high) / 2


def values_in(span: Span, cuts: Collection[float], *, whole: bool) -> Iterator[int | float]:
    """One of each part into which the cuts divide the span; cuts are parts themselves."""
    yield value_in(span, whole=whole)
    inside = sorted(cut for cut in cuts if span.low <= cut <= span.high)
    if whole:
        near = {math.floor(cut) + step for cut in inside for step in (0, 1)}
        yield from sorted(one for one in near if span.low <= one <= span.high)
        return
    for cut, following in itertools.zip_longest(inside, inside[1:], fillvalue=span.high):
        if (cut > span.low or span.low_in) and (cut < span.high or span.high_in):
            yield cut
        if cut < following < math.inf:
            yield (cut + following) / 2


def _bound(term: Term) -> tuple[RelationSign, float] | None:
    """`<` and a limit for `field < limit` as for `limit > field`."""
    if not isinstance(term, Compared) or term.sign not in _TURNED:
        return None
    left, right = _constant(term.left), _constant(term.right)
    if isinstance(term.left, FieldValue) and right is not None:
        return term.sign, right
    if isinstance(term.right, FieldValue) and left is not None:
        return _TURNED[term.sign], left
    return None


def _constant(term: Term) -> float | None:
    if isinstance(term, Negated):
        positive = _constant(term.operand)
        return None if positive is None else -positive
    return term.value if isinstance(term, Known) and isinstance(term.value, int | float) else None


def _narrowed(span: Span, sign: RelationSign, limit: float, *, whole: bool) -> Span:
    inside = sign in ("<=", ">=")
    if whole and math.isfinite(limit):
        limit, inside = _whole_limit(sign, limit), True
    if sign in ("<", "<="):
        ends = min(span.ends, (limit, inside))
        return span._replace(high=ends[0], high_in=ends[1])
    begins = max(span.begins, (limit, not inside))
    return span._replace(low=begins[0], low_in=not begins[1])


def _whole_limit(sign: RelationSign, limit: float) -> int:
    """The last integer that the bound lets in."""
    match sign:
        case "<":
            return math.ceil(limit) - 1
        case "<=":
            return math.floor(limit)
        case ">":
            return math.floor(limit) + 1
        case _:
            return math.ceil(limit)
