"""Values of script lines: which of them cannot be meant, and what to write instead."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, get_args

from handrail.terms.command import ActKind, Attendee
from handrail.terms.people import PresenceState

Given = Mapping[str, Any]
Fault = tuple[str, str]  # the key at which it stands, and what is wrong


def fault_in(*, does: str, given: Given, at: datetime) -> Fault | None:
    """What is wrong with the values of a line, or None."""
    check = _CHECKS.get(does)
    return check(given, at) if check is not None else None


def _act(given: Given, at: datetime) -> Fault | None:
    return _one_of("act", given["act"], get_args(ActKind))


def _presence(given: Given, at: datetime) -> Fault | None:
    return _one_of("presence", given["presence"], get_args(PresenceState))


def _one_of(key: str, value: object, words: tuple[str, ...]) -> Fault | None:
    if isinstance(value, str) and value in words:
        return None
    return key, f"`{key}` is one of {', '.join(words)}"


def _period_of(key: str) -> Callable[[Given, datetime], Fault | None]:
    def check(given: Given, at: datetime) -> Fault | None:
        period = given[key]
        if not isinstance(period, Mapping) or set(period) != {"from", "until"}:
            return key, f"`{key}` is {{from, until}}"
        begins, ends = period["from"], period["until"]
        if isinstance(begins, datetime) is not isinstance(ends, datetime):
            return key, f"`from` and `until` of `{key}` are both dates or both instants"
        if key == "busy" and not isinstance(begins, datetime):
            return key, "`busy` has instants or offsets, not dates"
        whole_days = not isinstance(begins, datetime)
        if begins < ends or (whole_days and begins == ends):
            return None
        return key, f"`{key}` must end after it begins"

    return check


def _outage(given: Given, at: datetime) -> Fault | None:
    outage = given["outage"]
    if not isinstance(outage, Mapping) or not isinstance(outage.get("until"), datetime):
        return "outage", "`outage` is {until: an offset or an instant}"
    return None if outage["until"] >= at else ("outage", "an outage must end after it begins")


def _calendar(given: Given, at: datetime) -> Fault | None:
    periods = given["calendar"]
    if periods == "stale":
        return None
    if not isinstance(periods, list):
        return "calendar", "`calendar` is a list of {from, until}, or the word stale"
    for period in periods:
        fault = _period_of("busy")({"busy": period}, at)
        if fault is not None:
            return "calendar", fault[1].replace("`busy`", "each of `calendar`")
    return None


def _meeting(given: Given, at: datetime) -> Fault | None:
    return None if given["from"] < given["until"] else ("until", "a meeting ends after it begins")


def _override(given: Given, at: datetime) -> Fault | None:
    changes = [key for key in ("owner", "stage", "score", "release") if key in given]
    if len(changes) != 1:
        return "override", "an override names one of owner, stage, score or release"
    score = given.get("score")
    if "score" in given and not _is_score(score):
        return "score", "`score` is a mapping of scores to whole numbers, such as {fit: 40}"
    return None


def _is_score(score: object) -> bool:
    return (
        isinstance(score, Mapping)
        and bool(score)
        and all(isinstance(value, int) and not isinstance(value, bool) for value in score.values())
    )


def _lead(given: Given, at: datetime) -> Fault | None:
    return (
        None if isinstance(given["lead"], Mapping) else ("lead", "`lead` is a mapping with an id")
    )


def _required(given: Given, at: datetime) -> Fault | None:
    named = given.get("given", {})
    if isinstance(named, Mapping):
        return None
    return "given", "`given` is a mapping of names to values, such as {account.employees: 40}"


def _joined(given: Given, at: datetime) -> Fault | None:
    return _one_of("who", given["who"], get_args(Attendee))


_CHECKS: Mapping[str, Callable[[Given, datetime], Fault | None]] = {
    "act": _act,
    "presence": _presence,
    "busy": _period_of("busy"),
    "leave": _period_of("leave"),
    "outage": _outage,
    "calendar": _calendar,
    "meeting": _meeting,
    "move": _meeting,
    "joined": _joined,
    "override": _override,
    "lead": _lead,
    "accept": _required,
    "complete": _required,
    "qualify": _required,
}
