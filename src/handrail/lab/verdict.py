"""What a decision made of a lead that had no open handoff, and in what two decisions differ."""

from typing import Literal, get_args

import msgspec

from handrail.kernel.decision import Case

Outcome = Literal["nurture", "excluded", "triage", "mql"]
DifferenceKind = Literal["mql", "type", "tier", "rule", "owner"]
DIFFERENCE_KINDS: tuple[DifferenceKind, ...] = get_args(DifferenceKind)


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """All but `outcome` are of a handoff, so None below one. `owner`: a rep, or `team:ID`."""

    outcome: Outcome
    type: str | None = None
    tier: str | None = None
    rule: str | None = None
    owner: str | None = None


def verdict_of(case: Case) -> Verdict:
    """Of the case as the decision leaves it."""
    handoff, state = case.handoff, case.lead.state
    if handoff is None or not handoff.is_open:
        return Verdict(outcome="excluded" if state == "excluded" else "nurture")
    return Verdict(
        outcome="triage" if handoff.stage == "triage" else "mql",
        type=handoff.lead_type,
        tier=handoff.tier,
        rule=handoff.rule,
        owner=str(handoff.owner),
    )


def differences(one: Verdict, other: Verdict) -> tuple[DifferenceKind, ...]:
    """In what they differ. Where one made another thing of the lead, that is all there is to say:
    the rest follows from it."""
    if one.outcome != other.outcome:
        return ("mql",)
    pairs: dict[DifferenceKind, tuple[object, object]] = {
        "type": (one.type, other.type),
        "tier": (one.tier, other.tier),
        "rule": (one.rule, other.rule),
        "owner": (one.owner, other.owner),
    }
    return tuple(kind for kind, (mine, theirs) in pairs.items() if mine != theirs)
