"""What a contract asks of a roster.

A team that a clause names and the roster lacks is `undefined`, an error at the place where it is
named, and so is a manager who is nobody's. A skill in `needs` that no active rep has, and a
territory that no active rep covers, are `warning`s of kind `uncovered`: such leads wait in a pool.
So is a lead type of which one fills more than any active rep may have open.
So is a team that is named and has no active member, and a manager who is not active: of kind
`escalation`, since alerts, incidents and leads that nobody can take are told to nobody then.
"""

from collections.abc import Iterator

from handrail.contract.checks.places import Path, Places, place_of
from handrail.contract.findings import Finding
from handrail.contract.model import (
    AlertManagerStep,
    AssignTeamStep,
    Contract,
    TeamTarget,
)
from handrail.contract.text.tree import places_of
from handrail.terms.load import ONE_LOAD, tell_load
from handrail.terms.people import Rep, Roster


def check_against_roster(contract: Contract, roster: Roster) -> tuple[Finding, ...]:
    """Findings in order of place."""
    places = places_of(contract.source)
    found = [
        *_teams(contract, roster, places),
        *_managers(contract, roster, places),
        *_away(contract, roster, places),
        *_skills(contract, roster, places),
        *_territories(contract, roster, places),
        *_too_heavy(contract, roster, places),
    ]
    return tuple(sorted(found, key=lambda one: (one.line, one.column, one.kind, one.message)))


def _teams(contract: Contract, roster: Roster, places: Places) -> Iterator[Finding]:
    for path, team in _named_teams(contract):
        if team not in roster.teams:
            place = place_of(path, places)
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


def _managers(contract: Contract, roster: Roster, places: Places) -> Iterator[Finding]:
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
            place = place_of(alerts[0], places)
            message = (
                f"the manager `{manager}` of team `{team}` is neither a rep nor one of people "
                "in the roster, so that nobody would be told"
            )
            yield Finding("undefined", "error", place.line, place.column, message)


def _away(contract: Contract, roster: Roster, places: Places) -> Iterator[Finding]:
    """Teams where nobody is left, and managers who are gone, each once."""
    for path, name in {team: (path, team) for path, team in _named_teams(contract)}.values():
        team = roster.teams.get(name)
        if team is None:
            continue
        place = place_of(path, places)
        if not _active(roster, name):
            message = f"nobody in team `{name}` is active; add a member, or name another team"
            yield Finding("uncovered", "warning", place.line, place.column, message)
        manager = roster.reps.get(team.manager)
        if manager is not None and not manager.active:
            message = (
                f"the manager `{team.manager}` of team `{name}` is not active, so that nobody is "
                "told of its breaches; name another manager"
            )
            yield Finding("escalation", "warning", place.line, place.column, message)


def _skills(contract: Contract, roster: Roster, places: Places) -> Iterator[Finding]:
    for number, rule in enumerate(contract.routing):
        teams = [target.team for target in rule.to if isinstance(target, TeamTarget)]
        reps = [rep for team in teams for rep in _active(roster, team)]
        if not rule.needs or not teams or any(rule.needs <= rep.skills for rep in reps):
            continue
        place = place_of(("routing", number, "needs"), places)
        skills = ", ".join(sorted(rule.needs))
        message = f"no active rep of {', '.join(teams)} has what `{rule.name}` needs: {skills}"
        yield Finding("uncovered", "warning", place.line, place.column, message)


def _territories(contract: Contract, roster: Roster, places: Places) -> Iterator[Finding]:
    reps = [rep for rep in roster.reps.values() if rep.active]
    for number, area in enumerate(contract.territories):
        if not any(rep.territories is None or area.name in rep.territories for rep in reps):
            place = place_of(("territories", number, "name"), places)
            message = f"no active rep covers the territory `{area.name}`"
            yield Finding("uncovered", "warning", place.line, place.column, message)


def _too_heavy(contract: Contract, roster: Roster, places: Places) -> Iterator[Finding]:
    """Lead types of which one alone is more than anybody may have open."""
    reps = [rep for rep in roster.reps.values() if rep.active]
    open_max = max((rep.caps.open or 0 for rep in reps), default=0)
    if not reps or any(rep.caps.open is None for rep in reps):
        return
    for number, kind in enumerate(contract.lead_types):
        heaviest = max(kind.load, *kind.loads.values()) if kind.loads else kind.load
        if kind.load_differs and heaviest > open_max * ONE_LOAD:
            place = place_of(("lead_types", number, "load"), places)
            message = (
                f"one open `{kind.name}` fills {tell_load(heaviest)}, and no active rep may have "
                f"more than {open_max} open, so that nobody could ever take it"
            )
            yield Finding("uncovered", "warning", place.line, place.column, message)


def _active(roster: Roster, team: str) -> list[Rep]:
    if team not in roster.teams:
        return []
    members = roster.teams[team].members
    reps = (roster.reps.get(member.rep) for member in members)
    return [rep for rep in reps if rep is not None and rep.active]
