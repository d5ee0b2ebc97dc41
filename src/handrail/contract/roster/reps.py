"""Reps and people of a roster."""

from datetime import date
from typing import cast

from handrail.contract.roster import fields as f
from handrail.contract.roster.shifts import read_shift
from handrail.contract.roster.tree import Node, Report, Scalar
from handrail.terms.hours import is_holiday_code, leave_spans
from handrail.terms.people import Caps, Leave, Person, Rep, SeniorityTier
from handrail.terms.zones import is_timezone, timezone_names

REP_KEYS = tuple(key for key in Rep.__struct_fields__ if key != "holiday_dates")
PERSON_KEYS = Person.__struct_fields__
FULL_SHARE = 100  # per cent


def read_rep(node: Node, report: Report) -> tuple[Rep, f.Fields] | None:
    """The rep and where its values stand; None when there is no id to call it by."""
    block = f.as_block(node, report)
    if block is None:
        return None
    given = f.Fields(block, what="a rep", keys=REP_KEYS, report=report)
    id_ = given.need("id", f.name, "")
    zone = given.need("timezone", read_timezone, "UTC")
    codes, days_off = given.take("holidays", read_holidays, ((), ()))
    rep = Rep(
        id=id_,
        name=given.need("name", f.text, id_),
        email=given.need("email", f.email, ""),
        timezone=zone,
        shift=given.take("shift", read_shift, None),
        holidays=codes,
        holiday_dates=days_off,
        territories=given.take("territories", f.each(f.text), None),
        skills=frozenset(given.take("skills", f.each(f.text), ())),
        conflicts=frozenset(given.take("conflicts", f.each(_read_domain), ())),
        weight=given.take("weight", f.whole(least=1), FULL_SHARE),
        tier=cast(SeniorityTier, given.take("tier", f.choice(SeniorityTier), "medium")),
        ramp=given.take("ramp", _read_ramp, FULL_SHARE),
        caps=given.take("caps", _read_caps, Caps()),
        joined=given.take("joined", f.local_date, None),
        leave=given.take("leave", leave_reader(zone), ()),
        cover=given.take("cover", f.name, None),
        active=given.take("active", f.flag, True),
        ids=given.take("ids", f.ids, {}),
    )
    return (rep, given) if id_ else None


def read_person(node: Node, report: Report) -> tuple[Person, f.Fields] | None:
    block = f.as_block(node, report)
    if block is None:
        return None
    given = f.Fields(block, what="a person", keys=PERSON_KEYS, report=report)
    id_ = given.need("id", f.name, "")
    person = Person(
        id=id_,
        name=given.need("name", f.text, id_),
        email=given.need("email", f.email, ""),
        timezone=given.take("timezone", read_timezone, None),
        ids=given.take("ids", f.ids, {}),
    )
    return (person, given) if id_ else None


def read_timezone(node: Node, report: Report) -> str | None:
    scalar = f.as_scalar(node, report)
    if scalar is None or is_timezone(scalar.text):
        return None if scalar is None else scalar.text
    close = f.did_you_mean(scalar.text, timezone_names()) if len(scalar.text) < 60 else ""
    remedy = close if "mean" in close else "; write an IANA name such as America/New_York"
    report.error("value", scalar, f"`{scalar.text}` is no time zone{remedy}")
    return None


def read_holidays(node: Node, report: Report) -> tuple[tuple[str, ...], tuple[date, ...]] | None:
    """A code, or a list of codes and dates."""
    read: f.Read[str | date] = _read_holiday
    days = f.one_or_each(read)(node, report)
    if days is None:
        return None
    codes = tuple(day for day in days if isinstance(day, str))
    return codes, tuple(day for day in days if isinstance(day, date))


def leave_reader(timezone: str) -> f.Read[tuple[Leave, ...]]:
    """A reader of leave that begins before it ends, in the zone's days."""

    def read(node: Node, report: Report) -> Leave | None:
        block = f.as_block(node, report)
        if block is None:
            return None
        given = f.Fields(block, what="a leave", keys=("from", "until"), report=report)
        first = given.need("from", f.day_or_instant, None)
        last = given.need("until", f.day_or_instant, None)
        if first is None or last is None:
            return None
        leave = Leave(first, last)
        if not leave_spans((leave,), timezone=timezone):
            until = given.node("until") or node
            report.error(
                "value", until, "this leave ends before it begins; exchange from and until"
            )
            return None
        return leave

    return f.one_or_each(read)


def _read_holiday(node: Node, report: Report) -> str | date | None:
    scalar = f.as_scalar(node, report)
    if scalar is None:
        return None
    if scalar.text[:1].isdigit():
        return f.local_date(scalar, report)
    if not is_holiday_code(scalar.text):
        report.error(
            "value",
            scalar,
            f"no holidays are known for `{scalar.text}`; write a country such as US, "
            "with a part such as US-CA or DE-BY, or a date",
        )
        return None
    return scalar.text


def _read_domain(node: Node, report: Report) -> str | None:
    domain = f.text(node, report)
    return None if domain is None else domain.strip().lower()


def _read_ramp(node: Node, report: Report) -> int | None:
    """`50%` or 50."""
    if isinstance(node, Scalar) and node.text.endswith("%"):
        number = Scalar(node.place, node.text.removesuffix("%").strip())
        return f.whole(least=0, most=FULL_SHARE)(number, report)
    return f.whole(least=0, most=FULL_SHARE)(node, report)


def _read_caps(node: Node, report: Report) -> Caps | None:
    block = f.as_block(node, report)
    if block is None:
        return None
    given = f.Fields(block, what="caps", keys=Caps.__struct_fields__, report=report)
    count = f.whole(least=0)
    return Caps(
        open=given.take("open", count, None),
        day=given.take("day", count, None),
        week=given.take("week", count, None),
        month=given.take("month", count, None),
        timed=given.take("timed", count, 1),
        pipeline=given.take("pipeline", count, None),
    )
