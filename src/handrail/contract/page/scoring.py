"""Scores and tiers as tables."""

from handrail.contract.model import Contract, Frequency, Score, SignalScore
from handrail.contract.page.document import Block, Facts, Heading, Paragraph, Said, Section, Table
from handrail.contract.page.phrases import (
    coded,
    duration,
    every,
    listed,
    number,
    points,
    quoted,
    spaced,
    times,
)
from handrail.contract.page.spoken import tell

_EMPTY = Said("")


def scoring(contract: Contract) -> Section:
    blocks = [block for score in contract.scores for block in _score(score)]
    return Section("scores", "Scores and tiers", (*blocks, *_tiers(contract)))


def _score(score: Score) -> list[Block]:
    blocks: list[Block] = [Heading(f"Score: {spaced(score.name)}")]
    if score.sum_of:
        adds = listed(spaced(name) for name in score.sum_of)
        blocks.append(Paragraph(Said(f"The sum of {adds}.")))
    if score.rules:
        rows = tuple(
            (tell(rule.when, always="always"), Said(points(rule.add)), _because(rule.because))
            for rule in score.rules
        )
        caption = "Points for who they are; all rules that hold add up"
        blocks.append(Table(caption, ("When", "Points", "Because"), rows))
    if score.signals:
        signals = tuple(_signal(one) for one in score.signals.values())
        columns = ("Signal", "Points each", "Counted", "Fades")
        blocks.append(Table("Points for what they do", columns, signals))
    return [*blocks, Facts(tuple(_limits(score)))]


def _because(text: str | None) -> Said:
    return Said(text) if text is not None else _EMPTY


def _signal(signal: SignalScore) -> tuple[Said, ...]:
    fades = "does not fade"
    if signal.half_life is not None:
        fades = f"half of it is left after {duration(signal.half_life)}"
    return (
        coded(signal.name),
        Said(points(signal.add)),
        Said("every time" if signal.at_most is None else _at_most(signal.at_most)),
        Said(fades),
    )


def _at_most(limit: Frequency) -> str:
    if limit.period is None:
        return f"at most {times(limit.count)} ever"
    return f"at most {times(limit.count)} in {duration(limit.period)}"


def _limits(score: Score) -> list[tuple[str, Said]]:
    told = []
    if score.idle is not None:
        idle = score.idle
        words = f"{points(idle.add)} after {duration(idle.after)} without a signal"
        told.append(("Silence", Said(f"{words}, and again {every(idle.every)}.")))
    if score.reset_on:
        names = listed((quoted(spaced(name)) for name in sorted(score.reset_on)), "or")
        told.append(("Starts again from nothing", Said(f"On {names}.")))
    floor = f"Never below {number(score.floor)}"
    cap = f"; never above {number(score.cap)}." if score.cap is not None else "; no upper limit."
    return [*told, ("Limits", Said(floor + cap))]


def _tiers(contract: Contract) -> list[Block]:
    rows = tuple(
        (Said(name), Said(f"fit is at least {number(least)}")) for name, least in contract.tiers
    )
    caption = "The first line that holds is the lead's tier"
    return [Heading("Tiers"), Table(caption, ("Tier", "When"), rows)]
