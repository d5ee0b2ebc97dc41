"""Where things stand at the start: a roster's `state` as loads, conditions and turns."""

from collections.abc import Mapping
from datetime import datetime

from handrail.contract.roster import RepStart
from handrail.engine.ports import LoadRow
from handrail.terms.evidence import RepConditions
from handrail.terms.people import Presence, Roster


def loads_of(state: Mapping[str, RepStart]) -> dict[str, LoadRow]:
    return {
        rep: LoadRow(open=start.open, unworked=start.unworked, timed=start.timed)
        for rep, start in state.items()
    }


def conditions_of(state: Mapping[str, RepStart]) -> dict[str, RepConditions]:
    return {
        rep: RepConditions(
            presence=Presence(state=start.presence, until=start.presence_until),
            call_until=start.call_until,
            busy=start.busy,
            leave=start.leave,
            calendar_stale=start.calendar_stale,
        )
        for rep, start in state.items()
    }


def turns_of(state: Mapping[str, RepStart], roster: Roster) -> list[tuple[datetime, str, str]]:
    """(at, team, rep), ascending. A bare instant counts in each of the rep's teams."""
    turns: list[tuple[datetime, str, str]] = []
    for rep, start in state.items():
        for at, team in start.assigned:
            teams = (team,) if team is not None else roster.teams_of(rep)
            turns.extend((at, name, rep) for name in teams)
    return sorted(turns)
