"""`slower_sla`: a lead that shows more intent waits longer.

A warning, at the lead type's name. Two leads are asked for that have the same attributes, of which
the second has every signal of the first and more: only such as add to `intent`, never less in any
period, and no score lower for them. Both qualify. If the second can get a lead type with a longer
`first_action` than the first, the contract makes people wait for having asked again.

A lead type that looks at other signals, such as one that resets a score or takes points off, is so
on purpose and no finding: the two leads have the same of these.

`same_day` counts as longer than a window up to a working day of eight hours. `example` is the lead
that waits longer; the message has the signals of both.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial

import msgspec

from handrail.contract.checks.examples import Evaluate
from handrail.contract.checks.places import place_of
from handrail.contract.checks.treatment import treatment
from handrail.contract.facts import Facts
from handrail.contract.findings import Finding
from handrail.contract.model import SAME_DAY, Contract, LeadType, Place, Window
from handrail.contract.proof import Impossible, Possible, Witnesses, World
from handrail.contract.proof.classes.counts import PREFIX, Counts
from handrail.contract.proof.formula import Formula, at_least, every, negated, some
from handrail.contract.proof.lines import COPIES, Lead
from handrail.contract.text.tree import places_of
from handrail.terms.durations import format_offset

KIND = "slower_sla"
WORKING_DAY = timedelta(hours=8)
MORE_MAX = 10  # of one signal, counted one by one
_NUMBER = re.compile(r"\d+")


def find(contract: Contract, evaluate: Evaluate) -> Iterator[Finding]:
    adding = _adding(contract)
    windows = {length(kind.first_action) for kind in contract.lead_types}
    if not adding or len(windows) == 1:
        return
    pair = _Pair(contract, adding, evaluate)
    places = places_of(contract.source)
    for number, slow in enumerate(contract.lead_types):
        place = place_of(("lead_types", number, "name"), places)
        for fast in contract.lead_types:
            if length(fast.first_action) < length(slow.first_action):
                found = pair.slower(fast, slow, place)
                if found is not None:
                    yield found
                    break


def length(window: Window) -> tuple[timedelta, bool]:
    """In order of how long a buyer waits."""
    return (WORKING_DAY, True) if window is SAME_DAY else (window, False)


def _adding(contract: Contract) -> frozenset[str]:
    """Signals that add to intent, take nothing off anywhere, and reset nothing."""
    adds: dict[str, list[int]] = {}
    for score in contract.scores:
        for name, signal in score.signals.items():
            adds.setdefault(name, []).append(signal.add)
    resets = {name for score in contract.scores for name in score.reset_on}
    intent = next(score for score in contract.scores if score.name == "intent")
    return frozenset(
        name
        for name, points in adds.items()
        if name in intent.signals and min(points) >= 0 and max(points) > 0 and name not in resets
    )


class _Pair:
    """A lead, and one with more signals of those that add."""

    def __init__(self, contract: Contract, adding: frozenset[str], evaluate: Evaluate) -> None:
        self._contract = contract
        self._adding = adding
        self._evaluate = evaluate
        # How a lead is routed does not matter here, and a thousand rules would cost a second.
        self._world = World([msgspec.structs.replace(contract, routing=())])
        scores = {score.name for score in contract.scores}
        varying = frozenset({*(f"{PREFIX}{name}" for name in adding), *scores})
        self._less = self._world.lead("less")
        self._more = self._world.lead("more", like=self._less, apart_from=varying)
        leads = (self._less, self._more)
        self._witnesses = Witnesses(self._world, leads)
        self._given = every(
            (
                *(negated(one.excluded()) for one in leads),
                *(one.qualifies() for one in leads),
                *self._grown(),
            )
        )

    def slower(self, fast: LeadType, slow: LeadType, place: Place) -> Finding | None:
        """Whether more signals can make a lead of the type `slow` out of one of `fast`."""
        claim = [self._given, self._less.type_is(fast.name), self._more.type_is(slow.name)]
        verdict = self._world.ask(*claim)
        if isinstance(verdict, Impossible):
            return None
        reason = "no two leads were found that show it"
        if isinstance(verdict, Possible):
            shows = partial(self._shows, fast=fast, slow=slow)
            lines = self._witnesses.lines(claim, shows, rather=[*self._recent()])
            if lines is not None:
                return _finding(KIND, place, self._told(lines, fast, slow), lines[1])
        else:
            reason = verdict.reason
        message = (
            f"whether more signals can turn a lead of `{fast.name}` into one of `{slow.name}`, "
            f"which waits longer, could not be settled ({reason}); simplify their conditions"
        )
        return _finding("unknown", place, message, None)

    def _grown(self) -> Iterator[Formula]:
        """The second lead has no fewer of any signal in any period, and no lower score."""
        for name in sorted(self._adding):
            counts = self._world.encoding.partitions.get(PREFIX + name)
            if not isinstance(counts, Counts):
                yield from self._no_less(f"{COPIES}{name}", range(1, MORE_MAX + 1))
                continue
            for line in counts.variables:
                yield from self._no_less(line.name, {*line.starts, *range(1, MORE_MAX + 1)})
        cuts = _cuts(self._contract)
        for score in self._contract.scores:
            less, more = self._less.score(score.name), self._more.score(score.name)
            yield from (_implied(less.at_least(cut), more.at_least(cut)) for cut in cuts)

    def _recent(self) -> Iterator[Formula]:
        """Few signals, none of them old: of such leads it is easy to see who has more."""
        for name in sorted(self._adding):
            counts = self._world.encoding.partitions.get(PREFIX + name)
            lines = counts.variables if isinstance(counts, Counts) else ()
            ever = lines[-1].name if lines else f"{COPIES}{name}"
            yield self._of_both(negated(at_least(ever, MORE_MAX)))
            for cut in range(1, MORE_MAX) if lines else ():
                recent = _implied(at_least(ever, cut), at_least(lines[0].name, cut))
                yield self._of_both(recent)

    def _of_both(self, formula: Formula) -> Formula:
        return every((self._less.says(formula), self._more.says(formula)))

    def _no_less(self, variable: str, cuts: Iterable[int]) -> Iterator[Formula]:
        for cut in sorted(cuts):
            reached = at_least(variable, cut)
            yield _implied(self._less.says(reached), self._more.says(reached))

    def _shows(self, lines: Sequence[Lead], fast: LeadType, slow: LeadType) -> int:
        less, more = (self._evaluate(self._contract, line) for line in lines)
        types = [treatment(self._contract, facts).lead_type for facts in (less, more)]
        alike = _without_signals(lines[0]) == _without_signals(lines[1])
        return int(types == [fast.name, slow.name] and alike and self._is_grown(less, more))

    def _is_grown(self, less: Facts, more: Facts) -> bool:
        """The signals of the one are among the other's, and what is added is of those that add."""
        had = Counter((one.name, one.at) for one in less.signals)
        has = Counter((one.name, one.at) for one in more.signals)
        added = {name for name, _ in has - had}
        scores = [score.name for score in self._contract.scores]
        no_lower = all(_number(less, name) <= _number(more, name) for name in scores)
        return had <= has and added <= self._adding and no_lower

    def _told(self, lines: Sequence[Lead], fast: LeadType, slow: LeadType) -> str:
        less, more = (_signals(line) for line in lines)
        return (
            f"a lead with {more} is `{slow.name}` and waits {_said(slow.first_action)}, one with "
            f"{less} is `{fast.name}` and waits {_said(fast.first_action)}: who shows more intent "
            f"waits longer; put `{fast.name}` above, or narrow `{slow.name}`"
        )


def _finding(kind: str, place: Place, message: str, example: Lead | None) -> Finding:
    return Finding(kind, "warning", place.line, place.column, message, example)


def _implied(one: Formula, other: Formula) -> Formula:
    return some((negated(one), other))


def _cuts(contract: Contract) -> list[int]:
    """Every number that a score may be compared with."""
    found = {least for _, least in contract.tiers}
    for when in contract.conditions():
        found |= {int(number) for number in _NUMBER.findall(when.text)}
    return sorted(found | {number + 1 for number in found})


def _number(facts: Facts, name: str) -> int:
    value = facts.values[name]
    assert isinstance(value, int), f"the score {name} is no integer"
    return value


def _without_signals(line: Lead) -> Lead:
    return {name: value for name, value in line.items() if name != "signals"}


def _signals(line: Lead) -> str:
    signals = line["signals"]
    assert isinstance(signals, list)
    names = Counter(one if isinstance(one, str) else one["name"] for one in signals)
    counted = [f"{count} {name}" if count > 1 else name for name, count in sorted(names.items())]
    return ", ".join(counted) or "no signal"


def _said(window: Window) -> str:
    if window is SAME_DAY:
        return "until the day's end"
    hours, rest = divmod(window, timedelta(hours=1))
    written = format_offset(rest).lstrip("+") if rest else ""
    return f"{hours}h{written}" if hours else written
