"""Where things stand at the start: a roster's `state` as loads, conditions and turns."""

from collections.abc import Mapping
from typing import Literal

from handrail.contract.roster import RepStart
from handrail.engine.ports import LoadRow, Turn
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
            pipeline=start.pipeline,
        )
        for rep, start in state.items()
    }


def turns_of(state: Mapping[str, RepStart], roster: Roster) -> list[Turn]:
    """Ascending. A bare instant counts in each of the rep's teams, and once against caps."""
    turns: list[Turn] = []
    for rep, start in state.items():
        for at, team in start.assigned:
            teams = (team,) if team is not None else roster.teams_of(rep)
            for place, name in enumerate(teams):
                kind: Literal["given", "shared"] = "shared" if place else "given"
                turns.append(Turn(seq=0, at=at, team=name, rep=rep, kind=kind))
    return sorted(turns, key=lambda turn: (turn.at, turn.rep))
