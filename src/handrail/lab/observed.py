"""What Handrail would have done, beside what the CRM shows that was done."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median
from typing import Literal

import msgspec

from handrail.terms.people import Roster

CRM_OWNER = "crm.owner"
CRM_ASSIGNED_AT = "crm.assigned_at"
CRM_FIRST_ACTION_AT = "crm.first_action_at"
CRM_INSTANTS = frozenset({CRM_ASSIGNED_AT, CRM_FIRST_ACTION_AT})
PAIRS_MAX = 20  # of owners that differ, the most frequent
EXAMPLES_MAX = 20

SameOwner = Literal["same", "in_pool", "other", "unknown", "none"]
SlaToday = Literal["kept", "breached", "open", "none"]


class Sighting(msgspec.Struct, frozen=True, omit_defaults=True):
    """One handoff: Handrail's first owner and clock, and what the CRM shows of the lead."""

    lead: str
    handoff: str
    owner: str  # a rep, or team:ID
    opened_at: datetime
    assigned_at: datetime | None = None  # None while a pool has it
    due_at: datetime | None = None
    crm_owner: str | None = None
    crm_assigned_at: datetime | None = None
    crm_first_action_at: datetime | None = None


class Seconds(msgspec.Struct, frozen=True):
    """Of those that there are: how many, the middle one, the one that nine in ten do not pass."""

    count: int = 0
    median: int = 0
    p90: int = 0


class Example(msgspec.Struct, frozen=True):
    """One lead on which the two differ."""

    lead: str
    owner: str
    crm_owner: str | None
    same: SameOwner
    slower_s: int | None
    sla: SlaToday


class ObserveReport(msgspec.Struct, frozen=True):
    """`handoffs` that Handrail opened, `in_crm` of them with an owner in the CRM.

    `owners` and `sla` count each of those in the CRM once. `slower`: by how much the CRM's
    assignment came after Handrail's; `sooner`: before it. `pairs`: "ours -> theirs".
    """

    handoffs: int
    in_crm: int
    owners: dict[SameOwner, int]
    pairs: dict[str, int]
    slower: Seconds
    sooner: Seconds
    sla: dict[SlaToday, int]
    late: Seconds
    examples: tuple[Example, ...]
    complete: bool = True


def compare_seen(
    sightings: Sequence[Sighting], *, roster: Roster, now: datetime, complete: bool = True
) -> ObserveReport:
    """Count where today's routing agrees with Handrail's. The input's order decides nothing."""
    seen = sorted(
        (one for one in sightings if one.crm_owner is not None), key=lambda one: one.handoff
    )
    people = _people(roster)
    owners = {one.handoff: same_owner(one, roster=roster, people=people) for one in seen}
    later = [_seconds(one) for one in seen]
    sla = {one.handoff: sla_today(one, now=now) for one in seen}
    pairs = Counter(
        f"{one.owner} -> {people.get(_key(one.crm_owner), 'unknown')}"
        for one in seen
        if owners[one.handoff] in ("other", "unknown")
    )
    return ObserveReport(
        handoffs=len(sightings),
        in_crm=len(seen),
        owners={kind: list(owners.values()).count(kind) for kind in _SAME},
        pairs=dict(sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))[:PAIRS_MAX]),
        slower=_spread(late for late in later if late is not None and late > 0),
        sooner=_spread(-late for late in later if late is not None and late < 0),
        sla={kind: list(sla.values()).count(kind) for kind in _SLA},
        late=_spread(_late(one, now=now) for one in seen if sla[one.handoff] == "breached"),
        examples=tuple(
            Example(
                lead=one.lead,
                owner=one.owner,
                crm_owner=people.get(_key(one.crm_owner)),
                same=owners[one.handoff],
                slower_s=_seconds(one),
                sla=sla[one.handoff],
            )
            for one in seen
            if owners[one.handoff] in ("other", "unknown") or sla[one.handoff] == "breached"
        )[:EXAMPLES_MAX],
        complete=complete,
    )


_SAME: tuple[SameOwner, ...] = ("same", "in_pool", "other", "unknown")
_SLA: tuple[SlaToday, ...] = ("kept", "breached", "open", "none")


def same_owner(one: Sighting, *, roster: Roster, people: dict[str, str]) -> SameOwner:
    """`in_pool`: Handrail left it to a team's pool, and the CRM's owner is of that team."""
    if one.crm_owner is None:
        return "none"
    theirs = people.get(_key(one.crm_owner))
    if theirs is None:
        return "unknown"
    if theirs == one.owner:
        return "same"
    team = roster.teams.get(one.owner.removeprefix("team:"))
    if one.owner.startswith("team:") and team is not None:
        if theirs in {member.rep for member in team.members}:
            return "in_pool"
    return "other"


def sla_today(one: Sighting, *, now: datetime) -> SlaToday:
    """Whether the first act that the CRM shows would have met the contract's first window. An act
    at the due instant is late; without one the window is open until it has passed."""
    if one.due_at is None:
        return "none"
    if one.crm_first_action_at is not None:
        return "kept" if one.crm_first_action_at < one.due_at else "breached"
    return "breached" if now >= one.due_at else "open"


def _late(one: Sighting, *, now: datetime) -> int:
    assert one.due_at is not None
    return int(((one.crm_first_action_at or now) - one.due_at).total_seconds())


def _seconds(one: Sighting) -> int | None:
    """How much later than Handrail the CRM's routing gave it to somebody."""
    if one.crm_assigned_at is None or one.assigned_at is None:
        return None
    return int((one.crm_assigned_at - one.assigned_at).total_seconds())


def _people(roster: Roster) -> dict[str, str]:
    """Rep ids by all that a CRM may call an owner: our id, their address, their id there."""
    found: dict[str, str] = {f"team:{team}": f"team:{team}" for team in roster.teams}
    for rep in roster.reps.values():
        for name in (rep.id, rep.email, *rep.ids.values()):
            found.setdefault(_key(name), rep.id)
    return found


def _key(name: str | None) -> str:
    return (name or "").strip().casefold()


def _spread(seconds: Iterable[int]) -> Seconds:
    known = sorted(seconds)
    if not known:
        return Seconds()
    return Seconds(
        count=len(known), median=int(median(known)), p90=known[-(-len(known) * 90 // 100) - 1]
    )
