"""Words of the contract that have a grammar of their own. Each parser says what to do instead."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

from handrail.contract.model import (
    SAME_DAY,
    AlertManagerStep,
    AssignTeamStep,
    ContinueTarget,
    FieldTarget,
    Frequency,
    IncidentStep,
    RerouteStep,
    StepAct,
    Target,
    TeamTarget,
    Window,
)
from handrail.contract.read.report import nearest, quoted
from handrail.terms.durations import parse_clock_time, parse_duration

DURATION_PATTERN = r"(?=[0-9])([1-9][0-9]*d)?([1-9][0-9]*h)?([1-9][0-9]*m)?([1-9][0-9]*s)?"
WINDOW_PATTERN = f"same_day|{DURATION_PATTERN}"
PERCENT_PATTERN = r"(100|[1-9]?[0-9])%"
CLOCK_TIME_PATTERN = r"([01][0-9]|2[0-3]):[0-5][0-9]"
FREQUENCY_PATTERN = f"[1-9][0-9]* per (day|week|month|ever|{DURATION_PATTERN})"
TEAM_PATTERN = r"team:[^\s,]+"
FIELD_PATTERN = r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+"
IDENTIFIER_PATTERN = r"[A-Za-z_][A-Za-z0-9_]*"
ADDRESS_PATTERN = r"[^@\s]+@[^@\s]+\.[^@\s.]+"
TARGET_PATTERN = f"continue|{TEAM_PATTERN}|{FIELD_PATTERN}"
OPTIONAL_ALERTS = (
    "follow_up",
    "high_intent",
    "incomplete",
    "new_signal",
    "next_step",
    "no_show",
    "no_show_risk",
    "ownership_offered",
    "stalled",
    "unbooked",
    "unstaffed",
)
PERSONAL_CHANNELS = ("slack", "email", "apprise")
ACT_PATTERN = rf"reroute|alert_manager|incident|assign\s+{TEAM_PATTERN}"

COUNT_MAX = 1_000_000
_PERIODS = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "ever": None,
}
_ACTS: dict[str, StepAct] = {
    "reroute": RerouteStep(),
    "alert_manager": AlertManagerStep(),
    "incident": IncidentStep(),
}
_ZONE = re.compile(r"UTC|GMT|[A-Za-z]+(/[A-Za-z0-9_+-]+){1,2}")


def parse_window(text: str) -> Window:
    if text == SAME_DAY.value:
        return SAME_DAY
    try:
        return parse_duration(text)
    except ValueError as wrong:
        raise ValueError(f"{wrong}; or write same_day") from None


def parse_percent(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,3})%", text)
    if found is None:
        raise ValueError(f"{quoted(text)} is no percentage: write a whole number with %, as 60%")
    if not 1 <= int(found[1]) <= 100:
        raise ValueError(f"{text} is out of range: from 1% to 100%")
    return int(found[1])


def parse_frequency(text: str) -> Frequency:
    found = re.fullmatch(r"([0-9]{1,9}) +per +(\S+)", text)
    if found is None:
        raise ValueError(
            f"{quoted(text)} is no frequency: write `N per P`, such as 1 per week, 3 per 90d"
        )
    count, period = int(found[1]), found[2]
    if not 1 <= count <= COUNT_MAX:
        raise ValueError(f"{count} is out of range: from 1 to {COUNT_MAX:,}")
    if period in _PERIODS:
        return Frequency(count, _PERIODS[period])
    try:
        return Frequency(count, parse_duration(period))
    except ValueError as wrong:
        raise ValueError(f"{wrong}; or write day, week, month or ever") from None


def parse_team(text: str) -> str:
    if re.fullmatch(TEAM_PATTERN, text) is None:
        raise ValueError(f"{quoted(text)} is no team: write `team:NAME`")
    return text.removeprefix("team:")


def parse_target(text: str) -> Target:
    if text == "continue":
        return ContinueTarget()
    if text.startswith("team:"):
        return TeamTarget(parse_team(text))
    if re.fullmatch(FIELD_PATTERN, text) is None:
        raise ValueError(
            f"{quoted(text)} is no target: write `team:NAME`, a field of type rep such as "
            "account.owner, or `continue`"
        )
    return FieldTarget(text)


def parse_act(text: str) -> StepAct:
    if text in _ACTS:
        return _ACTS[text]
    word, _, team = text.partition(" ")
    if word == "assign":
        return AssignTeamStep(parse_team(team.strip()))
    known = [*_ACTS, "assign team:NAME"]
    hint = nearest(text, known)
    raise ValueError(f"{quoted(text)} is no step: write one of {', '.join(known)}.{hint}")


def parse_minute(text: str) -> int:
    return parse_clock_time(text)


def check_zone(text: str) -> None:
    try:
        if _ZONE.fullmatch(text) is not None:
            ZoneInfo(text)
            return
    except (KeyError, ValueError, OSError):
        pass
    raise ValueError(
        f"{quoted(text)} is no time zone: write an IANA name such as America/New_York or UTC"
    )
