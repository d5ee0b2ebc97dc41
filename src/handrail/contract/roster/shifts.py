"""The shift of a rep: days and ranges of days to spans of local time."""

import re

from handrail.contract.roster.fields import as_block, as_scalar, did_you_mean, one_or_each
from handrail.contract.roster.tree import Node, Report, Scalar
from handrail.terms.durations import parse_clock_time
from handrail.terms.people import MINUTES_PER_DAY, LocalSpan, Shift

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_PER_WEEK = len(DAYS) * MINUTES_PER_DAY

_SPAN = re.compile(r"\s*([0-9:]+)\s*-\s*([0-9:]+)\s*")
_Placed = tuple[int, LocalSpan, Scalar]  # weekday, span, where it is written


def read_shift(node: Node, report: Report) -> Shift | None:
    """`{mon-fri: ["09:00-12:00", "13:00-17:00"], sat: "22:00-04:00"}`"""
    block = as_block(node, report)
    if block is None:
        return None
    placed: list[_Placed] = []
    sound = True
    for key, spans in block.entries:
        days = _read_days(key, report)
        read = one_or_each(_read_span)(spans, report)
        sound = sound and days is not None and read is not None
        placed += [(day, *span) for span in read or () for day in days or ()]
    if not placed and sound:
        report.error("value", node, "a shift without spans; leave `shift` out for always on shift")
    _report_overlaps(placed, report)
    return Shift(
        tuple(
            tuple(sorted(span for day, span, _ in placed if day == weekday))
            for weekday in range(len(DAYS))
        )
    )


def _read_days(key: Scalar, report: Report) -> tuple[int, ...] | None:
    """`mon`, `mon-fri`, `sat-mon`."""
    first, dash, last = key.text.partition("-")
    for word in (first, last) if dash else (first,):
        if word not in DAYS:
            remedy = did_you_mean(word, DAYS)
            report.error("undefined", key, f"`{word}` is no day{remedy}")
            return None
    start = DAYS.index(first)
    if dash and first == last:
        report.error("value", key, f"`{key.text}` is no range: write `{first}`, or two days")
        return None
    count = (DAYS.index(last) - start) % len(DAYS) + 1 if dash else 1
    return tuple((start + step) % len(DAYS) for step in range(count))


def _read_span(node: Node, report: Report) -> tuple[LocalSpan, Scalar] | None:
    scalar = as_scalar(node, report)
    if scalar is None:
        return None
    found = _SPAN.fullmatch(scalar.text)
    if found is None:
        report.error("value", scalar, f'`{scalar.text}` is no span; write it like "09:00-17:00"')
        return None
    try:
        start = parse_clock_time(found[1])
        end = MINUTES_PER_DAY if found[2] == "24:00" else parse_clock_time(found[2])
    except ValueError as error:
        report.error("value", scalar, str(error))
        return None
    if start == end:
        report.error(
            "value", scalar, f"`{scalar.text}` has equal ends; 00:00-24:00 is the whole day"
        )
        return None
    return LocalSpan(start, end if end > start else end + MINUTES_PER_DAY), scalar


def _report_overlaps(placed: list[_Placed], report: Report) -> None:
    """Each span that runs into the next one of the week, which goes round."""
    week = sorted(placed, key=lambda entry: (entry[0], entry[1]))
    for this, following in zip(week, week[1:] + week[:1], strict=True):
        round_the_end = 0 if following is not week[0] else MINUTES_PER_WEEK
        begins = following[0] * MINUTES_PER_DAY + following[1].from_minute + round_the_end
        if this[0] * MINUTES_PER_DAY + this[1].until_minute > begins:
            _report_overlap(this, following, report)


def _report_overlap(this: _Placed, following: _Placed, report: Report) -> None:
    later = max(this[2], following[2], key=lambda scalar: scalar.place)
    report.error(
        "value",
        later,
        f"{DAYS[this[0]]} {this[2].text} overlaps {DAYS[following[0]]} {following[2].text}; "
        "end one before the other starts",
    )
