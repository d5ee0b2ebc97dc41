"""Leads that show what is possible. Each one given out was put through the real evaluator.

The encoding allows more than can happen: a lead's past may have added anything to a score that
signals add to. So questions are first asked about leads of which nothing was known before, whose
scores come from the signals of their line; then, where no such line shows the claim, about any.
"""

from collections.abc import Callable, Iterator, Sequence

from handrail.contract.facts import Facts
from handrail.contract.model import Contract
from handrail.contract.proof.classes.counts import PREFIX, Counts
from handrail.contract.proof.classes.ordered import Ordered
from handrail.contract.proof.classes.partition import MISSING
from handrail.contract.proof.encoding import Encoding
from handrail.contract.proof.formula import (
    Amount,
    AtLeast,
    Formula,
    Literal,
    at_least,
    between,
    every,
    negated,
    some,
)
from handrail.contract.proof.lines import COPIES, TOLD_BY_MAIL, Lead, Unwritable, lead_line
from handrail.contract.proof.plain import plainest
from handrail.contract.proof.scores import Unfixed
from handrail.contract.proof.world import Possible, SymbolicLead, World

TRIES_MAX = 8  # lines of one kind of leads that are evaluated for one claim
COPIES_MAX = 40  # of one signal, for a score's sake
USUALLY_THERE = (*TOLD_BY_MAIL, "lead.source_campaign")  # capture gives them
NEVER_KNOWN = ("account.last_owner", "account.last_lead_days")

See = Callable[[Lead], Facts]
Shows = Callable[[Sequence[Lead]], int]


class Witnesses:
    """Looks for lines that show claims about the leads of a world, a line a lead."""

    def __init__(self, world: World, leads: Sequence[SymbolicLead], see: See | None = None) -> None:
        """`see` gives the facts of a line, from which a failed try learns."""
        self._world = world
        self._see = see
        self._leads = leads
        self._fresh = every(one.says(_fresh(world.encoding)) for one in leads)
        self._writable = world.scope()
        self._usual = every(one.says(_usual(world.encoding)) for one in leads)

    def lines(
        self, claim: Sequence[Formula], shows: Shows, *, rather: Sequence[Formula] = ()
    ) -> tuple[Lead, ...] | None:
        """Lines for which the claim was seen to be true; `rather` such as these hold of, too.

        `shows` answers 0 for lines that do not show it, more for those that show it better. What a
        line can do without is left out. None when none was found, which proves nothing.
        """
        kinds = ((self._fresh, self._usual, *rather), (self._fresh, self._usual), (self._fresh,))
        seen: set[str] = set()
        for kind in dict.fromkeys(kinds):
            for lines in self._tried((*claim, *kind)):
                if repr(lines) not in seen and (worth := shows(lines)):
                    return plainest(lines, lambda plainer: shows(plainer) >= worth)
                seen.add(repr(lines))
        return None

    def _tried(self, formulas: Sequence[Formula]) -> Iterator[tuple[Lead, ...]]:
        """Lines for which the formulas hold, each in other classes than those before."""
        here = self._world.scope()
        for _ in range(TRIES_MAX):
            found = self._world.ask(*formulas, within=(self._writable, here))
            if not isinstance(found, Possible):
                return
            lines = [self._line(found, one) for one in self._leads]
            whole = tuple(one for one in lines if one is not None)
            if len(whole) == len(lines):
                yield whole
                here.suppose(self._as_seen(found, whole) or self._otherwise(found))

    def _line(self, found: Possible, lead: SymbolicLead) -> Lead | None:
        """None where no line is known; then none is looked for in those classes again."""
        classes = found.classes[lead.who.name]
        line = lead_line(self._world.encoding, classes, found.amounts[lead.who.name])
        if not isinstance(line, Unwritable):
            return line
        there = (Literal(one, 1 << classes[one]) for one in line.variables if one in classes)
        self._writable.suppose(lead.says(negated(every(there))))
        return None

    def _as_seen(self, found: Possible, lines: Sequence[Lead]) -> Formula | None:
        """What the classes left open and the solver took otherwise than a line has it."""
        if self._see is None:
            return None
        parts = []
        for lead, line in zip(self._leads, lines, strict=True):
            seen = self._world.encoding.undecided_by(self._see(line))
            chosen = found.classes[lead.who.name]
            wrong = {name: one for name, one in seen.items() if chosen.get(name, one) != one}
            parts += [lead.says(Literal(name, 1 << one)) for name, one in wrong.items()]
        return every(parts) if parts else None

    def _otherwise(self, found: Possible) -> Formula:
        return negated(every(_same(found, one) for one in self._leads))


def _same(found: Possible, lead: SymbolicLead) -> Formula:
    name = lead.who.name
    classes = [Literal(one, 1 << number) for one, number in found.classes[name].items()]
    copies = [
        between(one, count, count)
        for one, count in found.amounts[name].items()
        if one.startswith(COPIES)
    ]
    return lead.says(every((*classes, *copies)))


def _usual(encoding: Encoding) -> Formula:
    """The lead has what a capture gives nearly every lead."""
    there = (one for one in USUALLY_THERE if one in encoding.partitions)
    return every(Literal(one, encoding.variables[one].present) for one in there)


def _fresh(encoding: Encoding) -> Formula:
    """A lead that is captured for the first time, of an account that nobody knew."""
    parts: list[Formula] = [
        Literal(one, MISSING) for one in NEVER_KNOWN if one in encoding.partitions
    ]
    times = encoding.partitions.get("lead.times_mql")
    if isinstance(times, Ordered):
        parts.append(Literal("lead.times_mql", 1 << times.number(0)))
    for number, contract in enumerate(encoding.contracts):
        parts += _scored_by_line(encoding, number, contract)
    return every(parts)


def _scored_by_line(encoding: Encoding, number: int, contract: Contract) -> Iterator[Formula]:
    """What signals added to the scores is what those of the line add, which are of this instant."""
    for score in contract.scores:
        past = encoding.made[number].past(score.name)
        if past is None:
            continue
        added: list[tuple[int, Amount | Formula]] = []
        for signal in score.signals.values():
            limit = COPIES_MAX if signal.at_most is None else signal.at_most.count
            kept = _kept(encoding, signal.name, limit)
            added.append((-signal.add, Amount(kept)))
            yield from _tied(encoding, signal.name, kept, limit)
        taken = tuple((-factor, one) for factor, one in added)
        yield AtLeast(((1, Amount(past)), *added), 0)
        yield AtLeast(((-1, Amount(past)), *taken), 0)


def _kept(encoding: Encoding, signal: str, limit: int) -> str:
    """How many of the line's signals a score keeps."""
    name = f"kept:{signal}:{limit}"
    encoding.quantities[name] = Unfixed(name, 0, limit, frozenset({PREFIX + signal}))
    return name


def _tied(encoding: Encoding, signal: str, kept: str, limit: int) -> Iterator[Formula]:
    """All that the line has are kept, up to the limit."""
    counts = encoding.partitions.get(PREFIX + signal)
    if isinstance(counts, Counts):
        held = counts.line_name(None)
    else:
        held = f"{COPIES}{signal}"
        encoding.quantities[held] = Unfixed(held, 0, COPIES_MAX, frozenset({PREFIX + signal}))
    yield AtLeast(((1, Amount(held)), (-1, Amount(kept))), 0)
    yield some((at_least(kept, limit), AtLeast(((1, Amount(kept)), (-1, Amount(held))), 0)))
