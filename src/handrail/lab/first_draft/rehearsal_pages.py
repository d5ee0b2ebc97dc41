"""The first rehearsals: what must and must not happen, to be run after every change."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from handrail.lab.first_draft.answers import Answers, TeamAnswer, slug
from handrail.lab.first_draft.asks import Ask, in_order, window, written
from handrail.lab.first_draft.quoting import literal, quoted
from handrail.lab.first_draft.routes import RouteDraft, Routes

MORNING = datetime(2026, 3, 2, 10, tzinfo=UTC)  # a Monday; read in the company's zone
RULES_MAX = 5  # rehearsed one by one; the others would read the same
OTHERS_MAX = 8  # reps of whom it is said that they do not get the lead

_HEAD = """\
rehearsal: {name}
contract: ../contract.yaml
roster: ../roster.yaml
start: {start}  # Monday, 10:00 in {timezone}
"""


def rehearsal_pages(answers: Answers, routes: Routes) -> Mapping[str, str]:
    """By file name below the folder of the contract."""
    ask = in_order(answers.asks)[0]
    pages = {"nurture.yaml": _nurture(answers)}
    if ask.urgency != "same_day":
        pages["answered.yaml"] = _answered(answers, ask)
        pages["nobody_answers.yaml"] = _nobody_answers(answers, ask)
        shown = [rule for rule in routes.rules if _is_sold_there(rule, answers)]
        for rule in shown[:RULES_MAX]:
            pages[f"route_{slug(rule.name) or 'rule'}.yaml"] = _routed(answers, ask, rule)
    return {f"rehearsals/{name}": text for name, text in pages.items()}


def _is_sold_there(rule: RouteDraft, answers: Answers) -> bool:
    """Whether there is an example, of a country that no exclusion bars."""
    if rule.example is None:
        return False
    country = dict(rule.example).get("lead.country")
    return country is None or not answers.countries or country in answers.countries


def _head(answers: Answers, name: str) -> str:
    start = MORNING.replace(tzinfo=ZoneInfo(answers.timezone)).astimezone(UTC)
    at = start.isoformat().replace("+00:00", "Z")
    return _HEAD.format(name=quoted(name), start=at, timezone=answers.timezone)


def _lead(answers: Answers, attributes: tuple[tuple[str, str | int | float], ...] = ()) -> str:
    given = {"lead.country": answers.countries[0]} if answers.countries else {}
    fields = {**given, "lead.source_campaign": "spring", **dict(attributes)}
    inner = ", ".join(f"{name}: {_value(value)}" for name, value in fields.items())
    return f"{{id: lena, email: lena@buyer.example, {inner}}}"


def _value(value: str | float) -> str:
    return quoted(value) if isinstance(value, str) else literal(value)


def _nurture(answers: Answers) -> str:
    return (
        _head(answers, "a lead that asked for nothing stays with marketing")
        + f"script:\n  - {{at: +0m, lead: {_lead(answers)}}}\n"
        + "expect:\n  - {at: +0m, event: captured, lead: lena}\n"
        + "never:\n  - {event: qualified}\n  - {event: assigned}\n"
    )


def _answered(answers: Answers, ask: Ask) -> str:
    rep = quoted(answers.teams[0].members[0].id)
    return (
        _head(answers, f"who {ask.means} and is called at once has no breach")
        + "until: +1h\nscript:\n"
        + f"  - {{at: +0m, lead: {_lead(answers)}, signals: [{ask.signal}]}}\n"
        + f"  - {{at: +30s, rep: {rep}, act: call, lead: lena}}\n"
        + "expect:\n  - {at: +0m, event: assigned, lead: lena}\n"
        + f"  - {{at: +30s, event: first_action, lead: lena, rep: {rep}}}\n"
        + "never:\n  - {event: sla_breached, clock: first_action}\n"
    )


def _nobody_answers(answers: Answers, ask: Ask) -> str:
    manager = quoted(answers.sales.id)
    first, second, third = (f"+{written(answers.minutes * number)}" for number in (1, 2, 3))
    return (
        _head(answers, f"who {ask.means} and is forgotten climbs to the manager")
        + f"until: {third if answers.minutes * 3 <= 360 else second}\nscript:\n"
        + f"  - {{at: +0m, lead: {_lead(answers)}, signals: [{ask.signal}]}}\n"
        + f"expect:  # every window is {window(ask, minutes=answers.minutes)}\n"
        + "  - {at: +0m, event: assigned, lead: lena}\n"
        + f"  - {{at: {first}, event: sla_breached, lead: lena, step: 1}}\n"
        + f"  - {{at: {second}, event: sla_breached, lead: lena, step: 2}}\n"
        + f"  - {{at: {second}, event: manager_alerted, lead: lena, to: {manager}}}\n"
    )


def _routed(answers: Answers, ask: Ask, rule: RouteDraft) -> str:
    (team,) = [team for team in answers.teams if team.name == rule.team]
    others = _others(answers, team)
    expected = f", to: {quoted(team.members[0].id)}" if len(team.members) == 1 else ""
    return (
        _head(answers, f"{rule.name} goes to {team.name}")
        + "until: +0m\nscript:\n"
        + f"  - {{at: +0m, lead: {_lead(answers, rule.example or ())}, signals: [{ask.signal}]}}\n"
        + f"expect:\n  - {{at: +0m, event: assigned, lead: lena{expected}}}\n"
        + ("never:\n" if others else "")
        + "".join(f"  - {{event: assigned, to: {quoted(rep)}}}\n" for rep in others)
    )


def _others(answers: Answers, team: TeamAnswer) -> list[str]:
    inside = {one.id for one in team.members}
    found = [one.id for other in answers.teams for one in other.members if one.id not in inside]
    return list(dict.fromkeys(found))[:OTHERS_MAX]
