"""What Slack's commands answer, in lines of plain words. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from handrail.connectors.slack.people import Who
from handrail.connectors.slack.text import PLAIN_MAX, escaped
from handrail.contract.model import Contract
from handrail.engine.alerts import brief_of
from handrail.engine.explain import Explanation
from handrail.engine.telling import Names, spaced, tell_at, tell_clock
from handrail.kernel.decision import Case
from handrail.terms.handoff import Handoff
from handrail.terms.people import Roster

LINE_MAX = 400
SECTIONS_MAX = 10
CANDIDATES_MAX = 12
PARTS_MAX = 8


def names(roster: Roster) -> Names:
    return Names(roster)


def local(at: datetime, who: Who) -> str:
    return tell_at(at, who.timezone)


def sections(lines: Sequence[str]) -> list[dict[str, Any]]:
    """Each line escaped; what fits into one text stands in one."""
    texts: list[str] = []
    for line in (escaped(line, most=LINE_MAX) for line in lines):
        if not line:
            continue
        if texts and len(texts[-1]) + len(line) + 1 <= PLAIN_MAX:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    return [
        {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}
        for text in texts[:SECTIONS_MAX]
    ]


def why(found: Explanation) -> tuple[str, ...]:
    """The clause, everyone who was looked at, and what made the score."""
    if found.why is None:
        return (f"{found.id}: {found.excluded or 'it has no handoff'}",)
    clause = found.why.clause
    lines = [f"{found.id}: qualified as {found.why.threshold}, {spaced(found.why.lead_type)}."]
    if clause is not None:
        lines.append(f"Rule {clause.name} (line {clause.line}): {clause.when}")
    lines += [
        f"{one.rank if one.rank is not None else '-'}  {one.name}: {one.says}"
        for one in found.why.candidates[:CANDIDATES_MAX]
    ]
    lines += [
        f"{part.score} {part.points:+d}: {part.because}" for part in found.score_parts[:PARTS_MAX]
    ]
    return tuple(lines)


def lead(case: Case, *, contract: Contract, roster: Roster, who: Who) -> tuple[str, ...]:
    """Where it stands."""
    handoff = case.handoff
    assert handoff is not None
    is_owner = handoff.owner.rep == who.id
    brief = brief_of(case=case, contract=contract, for_owner=is_owner, zone=who.timezone)
    told = [
        f"{handoff.id}: {handoff.account or handoff.lead}",
        f"Stage {handoff.stage}, with {Names(roster).of(str(handoff.owner))}",
        *_clocks(handoff, who),
        f"Qualified as {handoff.threshold}, {spaced(handoff.lead_type)}, tier {handoff.tier}",
    ]
    did = "; ".join(f"{spaced(one.what)} {local(one.at, who)}" for one in brief.did)
    facts = [
        ("Buyer", brief.name),
        ("Phone", brief.phone),
        ("E-mail", brief.email),
        ("Did", did),
        ("Promised", "; ".join(brief.promised)),
        ("Next", brief.next.text if brief.next is not None else None),
    ]
    return (*told, *(f"{name}: {value}" for name, value in facts if value))


def _clocks(handoff: Handoff, who: Who) -> list[str]:
    lines = [
        f"{tell_clock(clock.kind).capitalize()} clock until {local(clock.due_at, who)}"
        for clock in sorted(handoff.clocks, key=lambda clock: (clock.due_at, clock.kind))
    ]
    if handoff.paused_until is not None:
        lines.append(f"Paused until {local(handoff.paused_until, who)}")
    return lines
