"""The contract's scores: integers, functions of attributes and of signals since the last reset."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from handrail.contract.facts import Facts, is_fault
from handrail.contract.model import Contract, Frequency, Idle, Score, SignalScore
from handrail.terms.signal import Signal


class Tally:
    """What scoring found: the scores, whether a kept signal added, fields that were missing."""

    __slots__ = ("missing", "scores", "signals_add")

    def __init__(self) -> None:
        self.scores: dict[str, int] = {}
        self.signals_add = False
        self.missing: list[str] = []


def score_lead(
    *,
    contract: Contract,
    facts: Facts,
    signals: tuple[Signal, ...],
    overrides: Mapping[str, int],
    now: datetime,
) -> Tally:
    """Every declared score at `now`. `signals`: all of the lead's, in order of time, then name."""
    tally = Tally()
    for score in contract.scores:
        if score.name in overrides:
            tally.scores[score.name] = overrides[score.name]
            if score.signals:
                _signal_points(score=score, signals=signals, now=now, tally=tally)
            continue
        total = sum(tally.scores[part] for part in score.sum_of)
        total += _rule_points(score=score, facts=facts, tally=tally)
        if score.signals or score.idle is not None:
            total += _signal_points(score=score, signals=signals, now=now, tally=tally)
        bounded = max(score.floor, total)
        tally.scores[score.name] = bounded if score.cap is None else min(score.cap, bounded)
    return tally


def tier_of(*, contract: Contract, fit: int) -> str:
    """The firmographic tier that the fit score reaches; the lowest one below all thresholds."""
    for name, threshold in contract.tiers:
        if fit >= threshold:
            return name
    return contract.tiers[-1][0]


def says_more(signal: Signal, *, contract: Contract, signals: tuple[Signal, ...]) -> bool:
    """Whether a signal is more interest than was known: one that no score names is; else it must
    add to one of them, and not be more of the same than that one counts. A reset is less.

    `signals`: all of the lead's, this one among them, in order of time, then name.
    """
    if any(signal.name in score.reset_on for score in contract.scores):
        return False
    scores = [score for score in contract.scores if signal.name in score.signals]
    same = tuple(one for one in signals if one.name == signal.name)
    return not scores or any(
        score.signals[signal.name].add > 0
        and signal.at in _counted(score.signals[signal.name], same)
        for score in scores
    )


def _counted(rule: SignalScore, same: tuple[Signal, ...]) -> list[datetime]:
    """When the ones of a kind were that a score counts."""
    kept: list[datetime] = []
    for signal in same:
        if rule.at_most is None or _within(rule.at_most, earlier=kept, at=signal.at):
            kept.append(signal.at)
    return kept


def _rule_points(*, score: Score, facts: Facts, tally: Tally) -> int:
    points = 0
    for rule in score.rules:
        answer = rule.when.test(facts)
        if answer is True:
            points += rule.add
        elif is_fault(answer) and answer.field is not None:
            tally.missing.append(answer.field)
    return points


def _signal_points(
    *, score: Score, signals: tuple[Signal, ...], now: datetime, tally: Tally
) -> int:
    live = _since_reset(signals=signals, reset_on=score.reset_on, now=now)
    points = 0
    kept: dict[str, list[datetime]] = {}
    for signal in live:
        rule = score.signals.get(signal.name)
        if rule is None:
            continue
        earlier = kept.setdefault(signal.name, [])
        if rule.at_most is not None and not _within(rule.at_most, earlier=earlier, at=signal.at):
            continue
        earlier.append(signal.at)
        added = _decayed(rule=rule, age=now - signal.at)
        points += added
        tally.signals_add = tally.signals_add or added > 0
    if score.idle is not None:
        points += _idle_points(idle=score.idle, signals=live, now=now)
    return points


def _since_reset(
    *, signals: tuple[Signal, ...], reset_on: frozenset[str], now: datetime
) -> tuple[Signal, ...]:
    """Signals up to now that follow the last reset in the order of time, then name."""
    end = len(signals)
    while end and signals[end - 1].at > now:
        end -= 1
    start = 0
    if reset_on:
        for index in range(end - 1, -1, -1):
            if signals[index].name in reset_on:
                start = index + 1
                break
    return signals[start:end]


def _within(limit: Frequency, *, earlier: list[datetime], at: datetime) -> bool:
    """Whether fewer than the allowed number of kept ones lie in (at - period, at]."""
    if limit.period is None:
        return len(earlier) < limit.count
    if len(earlier) < limit.count:
        return True
    return earlier[-limit.count] <= at - limit.period


def _decayed(*, rule: SignalScore, age: timedelta) -> int:
    if rule.half_life is None:
        return rule.add
    return _half_life_points(rule.add, age // _MICROSECOND, rule.half_life // _MICROSECOND)


_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=65_536)
def _half_life_points(add: int, age_us: int, half_life_us: int) -> int:
    """`add * 2^(-age/half_life)`, rounded half away from zero, in decimals so that it is exact."""
    exponent = Decimal(-age_us) / Decimal(half_life_us)
    return int((Decimal(add) * Decimal(2) ** exponent).quantize(Decimal(1), ROUND_HALF_UP))


def _idle_points(*, idle: Idle, signals: tuple[Signal, ...], now: datetime) -> int:
    """`add` at `after` and then `every`, in every gap between signals and up to now."""
    points = 0
    for index, signal in enumerate(signals):
        gap_end = signals[index + 1].at if index + 1 < len(signals) else now
        gap = gap_end - signal.at
        if gap >= idle.after:
            points += idle.add * (1 + (gap - idle.after) // idle.every)
    return points
