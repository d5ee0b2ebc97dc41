"""What must follow and who answers for it: sla, triage, alerts, governance, fairness."""

from datetime import timedelta

from handrail.contract.agreement import address_key
from handrail.contract.model import (
    Alerts,
    Always,
    EscalationStep,
    Governance,
    IncidentStep,
    QuietHours,
    Sla,
    Triage,
)
from handrail.contract.read import keys
from handrail.contract.read.noise import read_noise
from handrail.contract.read.report import Report, listed, nearest
from handrail.contract.read.shapes import Entries, Item
from handrail.contract.read.vocabulary import Vocabulary
from handrail.contract.text.tree import Block

EMERGENCY_MAX = timedelta(days=30)


def read_fairness(root: Entries) -> keys.Period:
    entries = root.get(keys.FAIRNESS_SECTION)
    return "month" if entries is None else entries.take(keys.FAIRNESS_WINDOW, "month")


# SLA and triage


def read_sla(root: Entries, report: Report) -> Sla | None:
    entries = root.get(keys.SLA_SECTION)
    if entries is None:
        return None
    steps = entries.take(keys.SLA_ESCALATION, ())
    for number, item in enumerate(steps, start=1):
        _check_step(number, item.value, report)
    read = tuple(_step(item, report) for item in steps)
    ends_in_incident = bool(read) and any(isinstance(act, IncidentStep) for act in read[-1].do)
    if not ends_in_incident:
        last = steps[-1].value.at(keys.STEP_DO) if steps else entries.at(keys.SLA_ESCALATION)
        message = "the chain does not end in `incident`: after it nobody is told any more"
        report.at(last, "escalation", message, "warning")
    return Sla(
        clock=entries.take(keys.SLA_CLOCK, "business"),
        escalation=read,
        warn_at=_warn_at(entries, report),
    )


def _warn_at(entries: Entries, report: Report) -> int | None:
    per_cent = entries.get(keys.SLA_WARN_AT)
    if per_cent == 100:
        message = "a warning at 100% comes with the breach; take less, such as 60%"
        report.at(entries.at(keys.SLA_WARN_AT), "value", message)
    return per_cent


def _check_step(number: int, entries: Entries, report: Report) -> None:
    breach = entries.get(keys.STEP_BREACH)
    if breach is not None and breach != number:
        message = f"breaches count 1, 2, 3 ... without gaps: this is step {number}"
        report.at(entries.at(keys.STEP_BREACH), "value", message)
    acts = [item.value for item in entries.take(keys.STEP_DO, ())]
    repeats = entries.written(keys.STEP_REPEAT)
    if repeats is not None and acts and IncidentStep() not in acts:
        report.at(repeats, "value", "only an incident pages again; remove `repeat`")


def _step(item: Item[Entries], report: Report) -> EscalationStep:
    entries = item.value
    return EscalationStep(
        breach=entries.take(keys.STEP_BREACH, 0),
        do=tuple(act.value for act in entries.take(keys.STEP_DO, ())),
        repeat=entries.get(keys.STEP_REPEAT),
        place=report.place(item.node),
    )


def read_triage(root: Entries) -> Triage | None:
    entries = root.get(keys.TRIAGE_SECTION)
    if entries is None:
        return None
    return Triage(
        team=entries.take(keys.TRIAGE_TO, ""),
        within=entries.take(keys.TRIAGE_WITHIN, timedelta()),
    )


# Alerts


def read_alerts(root: Entries, vocabulary: Vocabulary, report: Report) -> Alerts:
    entries = root.get(keys.ALERTS_SECTION)
    if entries is None:
        return Alerts()
    intent = entries.get(keys.ALERT_HIGH_INTENT)
    stalled = entries.get(keys.ALERT_STALLED)
    no_show = entries.get(keys.ALERT_NO_SHOW)
    scope = vocabulary.everywhere()
    return Alerts(
        high_intent=None
        if intent is None
        else scope.compile(intent.item(keys.HIGH_INTENT_WHEN), intent.node),
        stalled_after=None if stalled is None else stalled.get(keys.STALLED_AFTER),
        no_show_risk_at=None if no_show is None else no_show.get(keys.NO_SHOW_AT),
        quiet_hours=_quiet_hours(entries.get(keys.ALERT_QUIET), report),
        always=_always(entries.get(keys.ALERT_ALWAYS)),
        noise=read_noise(entries, root, report),
    )


def _always(entries: Entries | None) -> Always:
    if entries is None:
        return Always()
    kinds, channels = entries.get(keys.ALWAYS_KINDS), entries.get(keys.ALWAYS_CHANNELS)
    return Always(
        kinds=tuple(item.value for item in kinds or ()),
        channels=tuple(item.value for item in channels or ()),
    )


def _quiet_hours(entries: Entries | None, report: Report) -> QuietHours | None:
    if entries is None:
        return None
    begin, end = entries.get(keys.QUIET_FROM), entries.get(keys.QUIET_UNTIL)
    if begin is None or end is None:
        return None
    if begin == end:
        message = "begins and ends at the same time; no alert would ever be told apart from none"
        report.at(entries.at(keys.QUIET_UNTIL), "value", message)
    return QuietHours(begin, end)


# Governance


def check_owners(root: Entries, report: Report) -> None:
    """Whether the people named here can ever put the contract in force."""
    owners = root.item(keys.OWNERS)
    if owners is None:
        return
    address = {role: address_key(item.value) for role, item in owners.value.items()}
    missing = [role for role in ("marketing", "sales") if role not in address]
    if missing:
        message = (
            f"nobody signs for {' and '.join(missing)}, so that this contract can never come in "
            "force: name them here"
        )
        report.at(owners.node, "value", message, "warning")
    elif address["marketing"] == address["sales"]:
        message = (
            "marketing and sales are one person here, so that this contract can never come in "
            "force: two people must sign, name another"
        )
        report.at(owners.value["sales"].node, "value", message, "warning")


def read_governance(root: Entries, report: Report) -> Governance:
    entries = root.get(keys.GOVERNANCE_SECTION)
    if entries is None:
        return Governance()
    review, changes = entries.get(keys.GOVERNANCE_REVIEW), entries.get(keys.GOVERNANCE_CHANGES)
    if review is not None:
        _check_reviewer(review, root, report)
    both, alone = _signers(changes, report)
    return Governance(
        scope=entries.get(keys.GOVERNANCE_SCOPE),
        never_use=tuple(item.value for item in entries.take(keys.GOVERNANCE_NEVER_USE, ())),
        triage_when_uncertain=entries.get(keys.GOVERNANCE_UNCERTAIN),
        review_every=None if review is None else review.get(keys.REVIEW_EVERY),
        review_owner=None if review is None else review.get(keys.REVIEW_OWNER),
        both_sign=both,
        revops_alone=alone,
        emergency=_emergency(changes, report),
    )


def _check_reviewer(review: Entries, root: Entries, report: Report) -> None:
    owner = review.item(keys.REVIEW_OWNER)
    written = root.written(keys.OWNERS)
    owners = [key.text for key, _ in written.entries] if isinstance(written, Block) else []
    if owner is None or not owners or owner.value in owners:
        return
    hint = nearest(owner.value, owners) or f" Owners: {listed(owners)}."
    report.at(owner.node, "undefined", f"`{owner.value}` is no key of owners.{hint}")


def _signers(changes: Entries | None, report: Report) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if changes is None:
        return (), ()
    both, alone = changes.take(keys.CHANGES_BOTH, ()), changes.take(keys.CHANGES_ALONE, ())
    for item in (*both, *alone):
        if item.value not in keys.SECTIONS:
            hint = nearest(item.value, keys.SECTIONS) or f" Sections: {listed(keys.SECTIONS)}."
            report.at(item.node, "undefined", f"`{item.value}` is no section.{hint}")
    signed = {item.value for item in both}
    for item in alone:
        if item.value in signed:
            message = f"`{item.value}` stands in both_sign too; keep it in one"
            report.at(item.node, "value", message)
    return tuple(item.value for item in both), tuple(item.value for item in alone)


def _emergency(changes: Entries | None, report: Report) -> timedelta | None:
    period = None if changes is None else changes.get(keys.CHANGES_EMERGENCY)
    if changes is None or period is None:
        return None
    if not timedelta() < period <= EMERGENCY_MAX:
        message = f"an emergency lasts up to {EMERGENCY_MAX.days} days; by then both have signed"
        report.at(changes.at(keys.CHANGES_EMERGENCY), "value", message)
    return period
