"""What the contract says of a lead now: scores, tier, territory, type, exclusion, threshold."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from handrail.contract.facts import Facts, is_fault
from handrail.contract.model import Condition, Contract, IfMissing, LeadType
from handrail.kernel.facts import CAMPAIGN, facts_of, is_stamp
from handrail.kernel.score import score_lead, tier_of
from handrail.terms.evidence import AccountHistory
from handrail.terms.lead import Lead

HIGH_INTENT = "high_intent"


class Assessment(msgspec.Struct):
    """The contract's view of one lead at one instant.

    `threshold` is the name of the MQL condition that holds, None below MQL. `missing` has the
    required names that are absent, then fields whose absence ended a condition in an error.
    """

    facts: Facts
    scores: dict[str, int]
    tier: str
    territory: str | None
    lead_type: LeadType
    excluded: str | None
    threshold: str | None
    required_missing: tuple[str, ...]
    missing: tuple[str, ...]
    hygiene: tuple[str, ...]
    fired: tuple[str, ...]
    signals_add: bool  # whether any kept signal adds to a score


def assess(*, contract: Contract, lead: Lead, account: AccountHistory, now: datetime) -> Assessment:
    """Score and qualify. Pure: the same arguments always give the same assessment."""
    facts, hygiene = facts_of(contract=contract, lead=lead, account=account, now=now)
    tally = score_lead(
        contract=contract,
        facts=facts,
        signals=lead.signals,
        overrides=lead.score_overrides,
        now=now,
    )
    missing = tally.missing
    facts.values.update(tally.scores)
    tier = tier_of(contract=contract, fit=tally.scores["fit"])
    facts.values["tier"] = tier
    territory = _first_name(
        ((area.name, area.when) for area in contract.territories), facts=facts, missing=missing
    )
    if territory is not None:
        facts.values["territory"] = territory
    lead_type = _lead_type(contract=contract, facts=facts, missing=missing)
    facts.values["lead_type"] = lead_type.name
    excluded = _first_name(
        ((bar.because, bar.when) for bar in contract.exclude), facts=facts, missing=missing
    )
    threshold = _first_name(
        ((way.name, way.when) for way in contract.mql.any), facts=facts, missing=missing
    )
    required = tuple(
        name
        for name in contract.mql.require
        if not _is_present(
            name, contract=contract, lead=lead, facts=facts, signals_add=tally.signals_add
        )
    )
    fired = _fired(contract=contract, facts=facts, missing=missing)
    return Assessment(
        facts=facts,
        scores=tally.scores,
        tier=tier,
        territory=territory,
        lead_type=lead_type,
        excluded=excluded,
        threshold=threshold,
        required_missing=required,
        missing=tuple(dict.fromkeys((*required, *missing))),
        hygiene=hygiene,
        fired=fired,
        signals_add=tally.signals_add,
    )


def if_missing(*, contract: Contract, lead_type: str) -> IfMissing:
    """What the contract wants done with an incomplete lead of this type."""
    ways = contract.mql.if_missing
    return ways.get(lead_type, ways.get("default", "triage"))


def _fired(*, contract: Contract, facts: Facts, missing: list[str]) -> tuple[str, ...]:
    moment = contract.alerts.high_intent
    if moment is None or not _holds(moment, facts=facts, missing=missing):
        return ()
    return (HIGH_INTENT,)


def _lead_type(*, contract: Contract, facts: Facts, missing: list[str]) -> LeadType:
    for kind in contract.lead_types:
        if _holds(kind.when, facts=facts, missing=missing):
            return kind
    return contract.lead_types[-1]


def _first_name(
    clauses: Iterable[tuple[str, Condition]], *, facts: Facts, missing: list[str]
) -> str | None:
    for name, condition in clauses:
        if _holds(condition, facts=facts, missing=missing):
            return name
    return None


def _holds(condition: Condition, *, facts: Facts, missing: list[str]) -> bool:
    """A condition that ends in an error does not match; the field that was missing is noted."""
    answer = condition.test(facts)
    if is_fault(answer):
        if answer.field is not None:
            missing.append(answer.field)
        return False
    return answer is True


def is_known(name: str, *, contract: Contract, lead: Lead, assessment: Assessment) -> bool:
    """Whether the lead has what `require` calls `name`."""
    return _is_present(
        name,
        contract=contract,
        lead=lead,
        facts=assessment.facts,
        signals_add=assessment.signals_add,
    )


def _is_present(
    name: str, *, contract: Contract, lead: Lead, facts: Facts, signals_add: bool
) -> bool:
    """Scores and tier are facts by now, and never missing."""
    if name == "intent_signals":
        return signals_add
    if name == "threshold":
        return True
    if name in (CAMPAIGN, CAMPAIGN.removeprefix("lead.")) and _is_stamped(contract, lead):
        return True
    return name in facts.values or f"lead.{name}" in facts.values


def _is_stamped(contract: Contract, lead: Lead) -> bool:
    """Capture sees that every lead has a campaign, be it declared or not, or `unattributed`."""
    return CAMPAIGN not in contract.fields or is_stamp(CAMPAIGN, lead.attributes.get(CAMPAIGN))
