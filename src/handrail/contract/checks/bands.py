"""`band_gap` and `band_overlap`: bands over one number that do not meet.

Bands are clauses of one section (the rules of one score, territories, lead types, routing) that put
bounds on the same number and otherwise say the same: `employees <= 250`, `> 250 && <= 2400`.

`band_gap`, a warning: values between two neighbours are in neither. What lies below the lowest band
or above the highest is no gap. Where the first match wins, a later clause takes what is left, so
that only a narrow gap is said there: one value, or at most a tenth of where it begins. So it is
with two score rules; with three or more of them, one with both bounds, any gap is said.

`band_overlap`: values are in two bands, neither of which contains the other (`>= 100` beside
`>= 1000` is meant). A warning between score rules, since both add; a note where the first match
wins. Between two clauses, or such as have one bound only, only a narrow overlap is said.

Both stand at the later clause's condition. `example` is a lead with such a value.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from handrail.contract.cel.compile import compile_term
from handrail.contract.cel.typed import Joined, Known, Present, Term
from handrail.contract.checks.examples import Examples
from handrail.contract.checks.spans import (
    Span,
    gap_between,
    is_narrow,
    shared_by,
    span_of,
    value_in,
    values_in,
)
from handrail.contract.facts import Facts
from handrail.contract.findings import Finding, Severity
from handrail.contract.model import Condition, Contract, Field
from handrail.contract.proof.lines import Lead
from handrail.contract.proof.now import NOW
from handrail.contract.proof.terms import all_in, key_of, variables_of

GAP, OVERLAP = "band_gap", "band_overlap"
MANY = 3  # bands: from here on they are meant to meet
OVERLAPS_MAX = 100  # of one group: beyond that nobody reads them


class Section(NamedTuple):
    clauses: list[tuple[str, Condition]]  # by name
    adds: bool = False  # every clause that matches counts, not the first alone


class Band(NamedTuple):
    name: str
    when: Condition
    span: Span
    rest: tuple[Term, ...]  # what it asks besides


class Group(NamedTuple):
    """Bands over one field that otherwise say the same."""

    section: Section
    field: Field
    bands: list[Band]

    @property
    def is_whole(self) -> bool:
        return self.field.type == "integer"

    @property
    def is_partition(self) -> bool:
        return len(self.bands) >= MANY and any(band.span.has_both_ends for band in self.bands)


def find(contract: Contract, examples: Examples) -> Iterator[Finding]:
    for section in _sections(contract):
        for group in _groups(section, contract):
            yield from _gaps(group, examples)
            yield from _overlaps(group, examples)


def _sections(contract: Contract) -> Iterator[Section]:
    for score in contract.scores:
        rules = [(rule.because or f"a rule of {score.name}", rule.when) for rule in score.rules]
        yield Section(rules, adds=True)
    yield Section([(area.name, area.when) for area in contract.territories])
    yield Section([(kind.name, kind.when) for kind in contract.lead_types])
    yield Section([(rule.name, rule.when) for rule in contract.routing])


def _groups(section: Section, contract: Contract) -> Iterator[Group]:
    groups: dict[tuple[str, frozenset[object]], list[Band]] = defaultdict(list)
    for name, when in section.clauses:
        if not when.readable:
            continue
        for field, on, rest in _parted(when, contract):
            span = span_of(on, field)
            if span is not None and not span.is_one_value:
                same = frozenset(key_of(term) for term in rest)
                groups[field.name, same].append(Band(name, when, span, rest))
    for (field_name, _), bands in groups.items():
        if len(bands) > 1:
            bands.sort(key=lambda band: (band.span.begins, band.span.ends, band.when.place))
            yield Group(section, contract.fields[field_name], bands)


def _parted(
    when: Condition, contract: Contract
) -> Iterator[tuple[Field, tuple[Term, ...], tuple[Term, ...]]]:
    """For each number that it looks at: what it asks of that alone, and what besides."""
    terms = _conjuncts(when.expression)
    asked = [variables_of(term) for term in terms]
    for name in sorted(frozenset().union(*asked)):
        field = contract.fields.get(name)
        if field is not None and field.type in ("integer", "number"):
            on = tuple(term for term, names in zip(terms, asked, strict=True) if names == {name})
            yield field, on, tuple(term for term in terms if term not in on)


def _conjuncts(term: object) -> list[Term]:
    if isinstance(term, Joined) and term.sign == "&&":
        return [part for operand in term.operands for part in _conjuncts(operand)]
    return [term] if isinstance(term, Term) else []


# Gaps


def _gaps(group: Group, examples: Examples) -> Iterator[Finding]:
    reach = group.bands[0]
    for band in group.bands[1:]:
        gap = gap_between(reach.span, band.span, whole=group.is_whole)
        if gap is not None and _is_slip(gap, group, any_width=group.section.adds):
            values = values_in(gap, _cuts(group), whole=group.is_whole)
            value = next((one for one in values if not _is_taken(one, group)), None)
            if value is not None:
                lead = _lead_at(value, (reach, band), group, examples)
                yield _gap(group, (reach, band), gap, lead)
        reach = max(reach, band, key=lambda one: one.span.ends)


def _is_slip(span: Span, group: Group, *, any_width: bool) -> bool:
    return (any_width and group.is_partition) or is_narrow(span, whole=group.is_whole)


def _cuts(group: Group) -> set[float]:
    """Numbers at which clauses may begin or end to speak of the field."""
    name = group.field.name
    terms = [
        term
        for _, when in group.section.clauses
        if when.readable and name in when.fields
        for term in _conjuncts(when.expression)
        if name in variables_of(term)
    ]
    return {
        sign * part.value
        for term in terms
        for part in all_in(term)
        if isinstance(part, Known) and isinstance(part.value, int | float)
        for sign in (1, -1)  # a number below 0 is written as one above it, negated
    }


def _is_taken(value: float, group: Group) -> bool:
    """Whether another clause speaks of that value for all leads that the bands speak of."""
    facts = Facts({group.field.name: value}, (), NOW)
    also = {key_of(term) for term in group.bands[0].rest}
    for _, when in group.section.clauses:
        if group.field.name not in when.fields:
            continue
        terms = [term for term in _conjuncts(when.expression) if key_of(term) not in also]
        tells = any(
            group.field.name in variables_of(term) and not isinstance(term, Present)
            for term in terms
        )
        if when.readable and tells and all(compile_term(term)(facts) is True for term in terms):
            return True
    return False


def _gap(group: Group, between: tuple[Band, Band], gap: Span, lead: Lead | None) -> Finding:
    lower, upper = between
    here, other = _later(between)
    field = group.field.name
    bound = _beyond(lower.span) if here is upper else _below(upper.span)
    message = (
        f"`{field}` {_said(gap, group)} lies between `{other.name}` "
        f"(line {other.when.place.line}) and `{here.name}`, in neither; "
        f"if they are to meet, write `{field} {bound}` here"
    )
    return _finding(GAP, "warning", here, message, lead)


# Overlaps


def _overlaps(group: Group, examples: Examples) -> Iterator[Finding]:
    for first, second, shared in itertools.islice(_sharing(group), OVERLAPS_MAX):
        value = value_in(shared, whole=group.is_whole)
        lead = _lead_at(value, (first, second), group, examples)
        yield _overlap(group, (first, second), shared, lead)


def _sharing(group: Group) -> Iterator[tuple[Band, Band, Span]]:
    """A band without an upper end contains the rest of every later one, so it shares with none."""
    before: list[Band] = []
    for band in group.bands:
        before = [one for one in before if one.span.high >= band.span.low]
        for one in before:
            shared = shared_by(one.span, band.span)
            is_closed = one.span.has_both_ends or band.span.has_both_ends
            if shared is not None and _is_slip(shared, group, any_width=is_closed):
                yield one, band, shared
        if band.span.high < math.inf:
            before.append(band)


def _overlap(group: Group, both: tuple[Band, Band], shared: Span, lead: Lead | None) -> Finding:
    lower, upper = both
    here, other = _later(both)
    field = group.field.name
    bound = _beyond(lower.span) if here is upper else _below(upper.span)
    follows = "both add" if group.section.adds else f"`{other.name}` stands first and wins"
    message = (
        f"`{field}` {_said(shared, group)} is in `{other.name}` (line {other.when.place.line}) "
        f"and in `{here.name}`: {follows}; if they are not to overlap, write `{field} {bound}` here"
    )
    return _finding(OVERLAP, "warning" if group.section.adds else "note", here, message, lead)


# Both


def _later(bands: tuple[Band, Band]) -> tuple[Band, Band]:
    """The later in the file, and the other."""
    other, here = sorted(bands, key=lambda band: band.when.place)
    return here, other


def _beyond(span: Span) -> str:
    return f"{'>' if span.high_in else '>='} {span.high}"


def _below(span: Span) -> str:
    return f"{'<' if span.low_in else '<='} {span.low}"


def _said(span: Span, group: Group) -> str:
    if span.is_one_value:
        return f"= {span.low:,}"
    if group.is_whole:
        return f"from {span.low:,} to {span.high:,}"
    begin = "from" if span.low_in else "above"
    return f"{begin} {span.low:,} {'up to' if span.high_in else 'to below'} {span.high:,}"


def _lead_at(
    value: float, bands: tuple[Band, ...], group: Group, examples: Examples
) -> Lead | None:
    """A lead with the value, for which all else that the bands ask holds."""
    here = bands[-1]
    exact = int(value) if group.is_whole else value
    return examples.lead_with({group.field.name: exact}, here.when, here.rest)


def _finding(kind: str, severity: Severity, here: Band, message: str, lead: Lead | None) -> Finding:
    place = here.when.place
    marked = here.when.text.strip().splitlines()[0]
    return Finding(kind, severity, place.line, place.column, message, lead, marked)
