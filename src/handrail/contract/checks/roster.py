"""What a contract asks of a roster.

A team that a clause names and the roster lacks is `undefined`, an error at the place where it is
named, and so is a manager who is nobody's. A skill in `needs` that no active rep has, and a
territory that no active rep covers, are `warning`s of kind `uncovered`: such leads wait in a pool.
"""

from collections.abc import Iterator, Mapping

from handrail.contract.findings import Finding
from handrail.contract.model import (
    AlertManagerStep,
    AssignTeamStep,
    Contract,
    Place,
    TeamTarget,
)
from handrail.contract.text.tree import places_of
from handrail.terms.people import Rep, Roster

Path = tuple[str | int, ...]
_TOP = Place(1, 1)


def check_against_roster(contract: Contract, roster: Roster) -> tuple[Finding, ...]:
    """Findings in order of place."""
    places = places_of(contract.source)
    found = [
        *_teams(contract, roster, places),
        *_managers(contract, roster, places),
        *_skills(contract, roster, places),
        *_territories(contract, roster, places),
    ]
    return tuple(sorted(found, key=lambda one: (one.line, one.column, one.kind, one.message)))


def _teams(contract: Contract, roster: Roster, places: Mapping[Path, Place]) -> Iterator[Finding]:
    for path, team in _named_teams(contract):
        if team not in roster.teams:
            place = _place(path, places)
            known = ", ".join(sorted(roster.teams)) or "none"
            message = (
                f"the roster `{roster.name}` has no team `{team}` (it has: {known}); "
                "add it there, or name another"
            )
            marked = f"team:{team}"
            yield Finding("undefined", "error", place.line, place.column, message, None, marked)


def _named_teams(contract: Contract) -> Iterator[tuple[Path, str]]:
    for number, rule in enumerate(contract.routing):
        for index, target in enumerate(rule.to):
            if isinstance(target, TeamTarget):
                yield ("routing", number, "to", index), target.team
    if contract.sql.handover is not None:
        for index, target in enumerate(contract.sql.handover.to):
            if isinstance(target, TeamTarget):
                yield ("sql", "handover", "to", index), target.team
    for number, step in enumerate(contract.sla.escalation):
        for index, act in enumerate(step.do):
            if isinstance(act, AssignTeamStep):
                yield ("sla", "escalation", number, "do", index), act.team
    yield ("triage", "to"), contract.triage.team


def _place(path: Path, places: Mapping[Path, Place]) -> Place:
    """The place of the value, or of what it stands in (a bare value is a list of one)."""
    while path:
        if path in places:
            return places[path]
        path = path[:-1]
    return _TOP


def _managers(
    contract: Contract, roster: Roster, places: Mapping[Path, Place]
) -> Iterator[Finding]:
    alerts = [
        ("sla", "escalation", number, "do", index)
        for number, step in enumerate(contract.sla.escalation)
        for index, act in enumerate(step.do)
        if isinstance(act, AlertManagerStep)
    ]
    if not alerts:
        return
    for team in sorted(contract.teams_named() & set(roster.teams)):
        manager = roster.teams[team].manager
        if manager not in roster.reps and manager not in roster.people:
            place = _place(alerts[0], places)
            message = (
                f"the manager `{manager}` of team `{team}` is neither a rep nor one of people "
                "in the roster, so that nobody would be told"
            )
            yield Finding("undefined", "error", place.line, place.column, message)


def _skills(contract: Contract, roster: Roster, places: Mapping[Path, Place]) -> Iterator[Finding]:
    for number, rule in enumerate(contract.routing):
        teams = [target.team for target in rule.to if isinstance(target, TeamTarget)]
        reps = [rep for team in teams for rep in _active(roster, team)]
        if not rule.needs or not teams or any(rule.needs <= rep.skills for rep in reps):
            continue
        place = _place(("routing", number, "needs"), places)
        skills = ", ".join(sorted(rule.needs))
        message = f"no active rep of {', '.join(teams)} has what `{rule.name}` needs: {skills}"
        yield Finding("uncovered", "warning", place.line, place.column, message)


def _territories(
    contract: Contract, roster: Roster, places: Mapping[Path, Place]
) -> Iterator[Finding]:
    reps = [rep for rep in roster.reps.values() if rep.active]
    for number, area in enumerate(contract.territories):
        if not any(rep.territories is None or area.name in rep.territories for rep in reps):
            place = _place(("territories", number, "name"), places)
            message = f"no active rep covers the territory `{area.name}`"
            yield Finding("uncovered", "warning", place.line, place.column, message)


def _active(roster: Roster, team: str) -> list[Rep]:
    if team not in roster.teams:
        return []
    members = roster.teams[team].members
    reps = (roster.reps.get(member.rep) for member in members)
    return [rep for rep in reps if rep is not None and rep.active]
