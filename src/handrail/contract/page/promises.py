"""What sales promises: windows by lead type, what follows when one is missed, alerts."""

from datetime import timedelta

from handrail.contract.model import (
    SAME_DAY,
    AlertManagerStep,
    Always,
    AssignTeamStep,
    Contract,
    EscalationStep,
    IncidentStep,
    LeadType,
    Noise,
    RerouteStep,
    StepAct,
    Window,
)
from handrail.contract.page.document import (
    Block,
    Facts,
    Heading,
    Moment,
    Paragraph,
    Said,
    Section,
    Table,
    Timeline,
)
from handrail.contract.page.phrases import coded, counted, duration, every, listed, ordinal, within
from handrail.contract.page.spoken import say, tell
from handrail.terms.load import tell_load
from handrail.terms.people import MINUTES_PER_DAY

COLUMNS_MAX = 4  # of breaches beside each other; further ones stand in the timeline
_STRATEGIES = {"fastest": "whoever can act soonest", "fair": "whoever is owed one, by fair shares"}
_CLOCKS = {
    "business": "Windows count only the working time of the owner: shifts less holidays and leave.",
    "wall": "Windows count every hour, nights and weekends too.",
}
_WHAT_COUNTS = (
    "What counts is a first action: a call, message, e-mail or meeting with the buyer. Opening or "
    "accepting a lead does not count. An action at the due instant itself is late."
)


def lead_types(contract: Contract) -> Section:
    rows = tuple(
        (
            coded(kind.name),
            tell(kind.when, always="every other lead"),
            Said(within(kind.first_action)),
            Said(_STRATEGIES[kind.strategy]),
        )
        for kind in contract.lead_types
    )
    said = "What the buyer asked for decides how fast we act. The first line that holds wins."
    columns = ("Lead type", "When", "First action", "Goes first to")
    blocks: list[Block] = [Paragraph(Said(said)), Table("Lead types", columns, rows)]
    if any(kind.load_differs for kind in contract.lead_types):
        blocks.append(Paragraph(Said(_hands(contract))))
    return Section("lead_types", "Lead types", tuple(blocks))


def _hands(contract: Contract) -> str:
    """What an open handoff of each type fills of what its owner may have open."""
    fills = [
        f"a {kind.name} lead of tier {tier} as {tell_load(kind.load_of(tier))}"
        if kind.loads
        else f"a {kind.name} lead as {tell_load(kind.load)}"
        for kind in contract.lead_types
        if kind.load_differs
        for tier in (dict(contract.tiers) if kind.loads else ("",))
    ]
    return f"Of what a rep may have open at once counts {listed(fills)}; every other lead as 1."


def promises(contract: Contract) -> Section:
    chain = contract.sla.escalation
    blocks: list[Block] = [
        Paragraph(Said(f"{_CLOCKS[contract.sla.clock]} {_WHAT_COUNTS}")),
        _sla_table(contract),
    ]
    if chain:
        blocks.append(_timeline(chain))
    return Section("sla", "How fast, and what follows when not", (*blocks, *_triage(contract)))


def _sla_table(contract: Contract) -> Table:
    chain = contract.sla.escalation[:COLUMNS_MAX]
    columns = ("Lead type", "First action", "Warning")
    rows = tuple(
        (
            coded(kind.name),
            Said(within(kind.first_action)),
            Said(_warning(kind.first_action, contract.sla.warn_at)),
            *(Said(_missed(kind, step)) for step in chain),
        )
        for kind in contract.lead_types
    )
    missed = tuple(f"{ordinal(step.breach).capitalize()} breach" for step in chain)
    return Table("Service levels", (*columns, *missed), rows)


def _warning(window: Window, per_cent: int | None) -> str:
    if per_cent is None:
        return "none"
    if window is SAME_DAY:
        return f"when {per_cent}% of the time is gone"
    seconds = int(window.total_seconds()) * per_cent // 100
    return f"after {duration(timedelta(seconds=seconds))}"


def _missed(kind: LeadType, step: EscalationStep) -> str:
    acts = listed(_act(act) for act in step.do)
    if kind.first_action is SAME_DAY:
        days = "the day" if step.breach == 1 else f"the {ordinal(step.breach)} working day"
        return f"at the end of {days}: {acts}"
    return f"after {duration(kind.first_action * step.breach)}: {acts}"


def _act(act: StepAct) -> str:
    match act:
        case RerouteStep():
            return "another rep gets it"
        case AlertManagerStep():
            return "the manager is told"
        case AssignTeamStep(team):
            return f"team {team} gets it"
        case IncidentStep():
            return "an incident pages until somebody acts"


def _timeline(chain: tuple[EscalationStep, ...]) -> Timeline:
    moments = [Moment("The lead is there", "The window for the first action opens.")]
    for step in chain:
        acts = listed(_act(act) for act in step.do)
        repeat = f", again {every(step.repeat)}" if step.repeat is not None else ""
        grave = any(isinstance(act, IncidentStep) for act in step.do)
        when = f"The {ordinal(step.breach)} window is missed"
        after = "" if step is chain[-1] else " A new window of the same length opens."
        told = f"{acts[0].upper()}{acts[1:]}{repeat}.{after}"
        moments.append(Moment(when, told, "late" if grave else "warn"))
    return Timeline("Escalation, step by step", tuple(moments))


def _triage(contract: Contract) -> tuple[Block, ...]:
    triage = contract.triage
    said = (
        f"Leads that are incomplete or uncertain go to team {triage.team}, "
        f"which decides within {duration(triage.within)} (every hour counts)."
    )
    return Heading("Triage"), Paragraph(Said(said))


def alerts(contract: Contract) -> Section:
    rows = _alerts(contract)
    off: Block = Paragraph(Said("None besides warnings, breaches and incidents."))
    return Section(
        "alerts", "Alerts", (Facts(rows) if rows else off, _noise(contract.alerts.noise))
    )


def _alerts(contract: Contract) -> tuple[tuple[str, Said], ...]:
    given = contract.alerts
    told = []
    if given.high_intent is not None:
        intent = f"The owner is told when {say(given.high_intent)}."
        told.append(("High intent", Said(intent, given.high_intent.text)))
    if given.stalled_after is not None:
        stalled = f"When nothing has happened for {duration(given.stalled_after)}."
        told.append(("Stalled", Said(stalled)))
    if given.no_show_risk_at is not None:
        risk = f"When the risk that the buyer does not come reaches {given.no_show_risk_at}%."
        told.append(("No-show risk", Said(risk)))
    if given.quiet_hours is not None:
        quiet = given.quiet_hours
        span = f"{_clock_time(quiet.from_minute)} to {_clock_time(quiet.until_minute)}"
        held = f"From {span} in the recipient's zone these are held; breaches and incidents never."
        told.append(("Quiet hours", Said(held)))
    if given.always != Always():
        kept = [*(kind.replace("_", " ") for kind in given.always.kinds), *given.always.channels]
        told.append(("Always on", Said(f"Nobody can switch off: {', '.join(kept)}.")))
    return tuple(told)


def booking(contract: Contract) -> tuple[Section, ...]:
    """When buyers may book; nothing where they may not."""
    given = contract.booking
    if given is None:
        return ()
    ahead = f"From {duration(given.notice)} to {duration(given.within)} ahead"
    begins = f"{ahead}, beginning every {duration(given.step)}."
    rows = [("Meeting", Said(f"{given.title}, {duration(given.length)}."))]
    rows.append(("Times", Said(begins + " In the rep's working time, outside what is taken.")))
    buffers = [
        f"{duration(span)} {word}"
        for span, word in ((given.before, "before"), (given.after, "after"))
        if span
    ]
    if buffers:
        rows.append(("Kept free", Said(f"{' and '.join(buffers)} each meeting.")))
    if given.per_day is not None:
        rows.append(("A day", Said(f"At most {given.per_day} meetings of one rep.")))
    held = f"The answer to a lead offers {given.offer} times; a chosen one is kept for"
    rows.append(("Offered", Said(f"{held} {duration(given.hold)}.")))
    if given.reminders:
        spans = ", ".join(duration(span) for span in given.reminders)
        rows.append(("Reminders", Said(f"The buyer is reminded {spans} before.")))
    follows = ["the owner is told"]
    follows += ["the buyer gets new times by mail"] if given.no_show.offer else []
    follows += ["the rep's share is given back, once a handoff"] if given.no_show.credit else []
    rows.append(("No-show", Said(f"When the buyer does not come, {listed(follows)}.")))
    return (Section("booking", "Meetings that buyers book", (Facts(tuple(rows)),)),)


def _noise(noise: Noise) -> Block:
    return Paragraph(
        Said(
            f"{_messages(noise.storm_above)} a minute and {_messages(noise.budget)} a shift come "
            "to one person one by one. What is more comes together: "
            f"{every(noise.storm_every)} while a storm lasts, {every(noise.digest_every)} beyond "
            "the shift's budget. Assignments, warnings, breaches and incidents wait for no budget."
        )
    )


def _messages(count: int) -> str:
    return counted(count, "message")


def _clock_time(minute: int) -> str:
    hours, minutes = divmod(minute % MINUTES_PER_DAY, 60)
    return f"{hours:02}:{minutes:02}"
