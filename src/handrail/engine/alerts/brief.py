"""The brief that arrives with a lead: who, why now, what was promised, what to do next. Pure.

Only who owns the handoff is told the buyer's name and how to reach them.
"""

from datetime import datetime, timedelta

import msgspec

from handrail.contract.model import Contract
from handrail.engine.telling import spaced, tell_at, tell_span
from handrail.kernel.decision import Case
from handrail.kernel.reach import Reach, Way, is_closed, reach_of
from handrail.terms.handoff import Handoff
from handrail.terms.lead import Lead

DID_MAX = 5
VALUE_CHARACTERS_MAX = 300  # of what a buyer typed
_NAMES = ("lead.name", "lead.full_name", "lead.first_name")
_COMPANY = ("account.name", "account.industry", "account.employees", "account.country")
CLOSED = "Do not contact the buyer ({because}): end the handoff, or look at it with your manager."


class Did(msgspec.Struct, frozen=True):
    """One thing that the buyer did. `times`: how often in the lead's history."""

    what: str
    at: datetime
    times: int = 1


class Step(msgspec.Struct, frozen=True):
    """The act that is proposed next, and by when."""

    text: str
    way: Way | None = None
    by: datetime | None = None


class Draft(msgspec.Struct, frozen=True):
    """An opening line that a language model wrote: never sent by itself, and marked as a draft."""

    text: str
    model: str


class Brief(msgspec.Struct, frozen=True):
    """What the recipient must know of the buyer."""

    account: str | None = None
    company: tuple[tuple[str, str], ...] = ()  # facts by their names
    name: str | None = None
    title: str | None = None
    email: str | None = None
    phone: str | None = None
    tier: str | None = None
    lead_type: str | None = None
    why: str | None = None  # the threshold that qualified them
    did: tuple[Did, ...] = ()  # newest first
    promised: tuple[str, ...] = ()
    reach: Reach = Reach()
    next: Step | None = None
    slots: tuple[datetime, ...] = ()  # free times of the owner, once calendars are known
    opening: Draft | None = None


def brief_of(*, case: Case, contract: Contract, for_owner: bool, zone: str = "UTC") -> Brief:
    """What is needed for the act, and no more of the form than that. `zone`: of whoever reads."""
    lead, handoff = case.lead, case.handoff
    reach = reach_of(lead, contract)
    brief = Brief(
        account=handoff.account if handoff is not None else None,
        company=_company(lead),
        tier=handoff.tier if handoff is not None else None,
        lead_type=handoff.lead_type if handoff is not None else None,
        why=handoff.threshold if handoff is not None else None,
        did=_did(lead),
        promised=promises(handoff, contract, reach, zone=zone) if handoff is not None else (),
        reach=reach,
        next=next_step(handoff, contract, reach, lead) if handoff is not None else None,
    )
    return msgspec.structs.replace(brief, **_person(lead)) if for_owner else brief


def promises(handoff: Handoff, contract: Contract, reach: Reach, *, zone: str) -> tuple[str, ...]:
    """What the buyer may count on: the answer's time, unless they want none, and a meeting."""
    kind = next((one for one in contract.lead_types if one.name == handoff.lead_type), None)
    told: list[str] = []
    if kind is not None and handoff.met_at is None and not is_closed(reach):
        span = kind.first_action
        told.append(
            f"an answer within {tell_span(span)}"
            if isinstance(span, timedelta)
            else "an answer the same working day"
        )
    meeting = handoff.meeting
    if meeting is not None and not meeting.missed:
        told.append(f"a meeting at {tell_at(meeting.from_at, zone)}")
    return tuple(told)


def next_step(handoff: Handoff, contract: Contract, reach: Reach, lead: Lead) -> Step | None:
    """The act that follows from the stage, the attempts so far, and the ways left open."""
    if not handoff.is_open:
        return None
    meeting, clock = handoff.meeting, handoff.clock("first_action")
    if meeting is not None and not meeting.missed:
        confirm = "" if is_closed(reach) else ", and confirm it with the buyer"
        return Step(f"Prepare the meeting{confirm}.", by=meeting.from_at)
    if is_closed(reach):
        return Step(CLOSED.format(because=reach.because))
    if handoff.stage == "sql":
        return Step("Take the agreed next step.", by=handoff.next_step_at)
    if handoff.conversation_at is not None:
        return Step("Agree on a dated next step, or say why not.", by=handoff.stall_at)
    way = _way(handoff, reach, lead)
    if way is None:
        return Step("Find out how to reach the buyer: by the ways left open nothing is known.")
    by = clock.due_at if clock is not None else handoff.next_attempt_at or handoff.follow_up_at
    verb = "Call" if way == "call" else "Write"
    return Step(f"{verb}: {_attempt(handoff, contract)}.", way=way, by=by)


def _way(handoff: Handoff, reach: Reach, lead: Lead) -> Way | None:
    """Call first, then by turns, of the ways that are open and known."""
    ways: list[Way] = []
    if reach.call and lead.attributes.get("lead.phone"):
        ways.append("call")
    if reach.mail and lead.email is not None:
        ways.append("mail")
    return ways[handoff.attempts % len(ways)] if ways else None


def _attempt(handoff: Handoff, contract: Contract) -> str:
    plan = contract.sal.follow_up
    number = handoff.attempts + 1
    of = f" of {plan.attempts}" if plan is not None and number <= plan.attempts else ""
    return "the first attempt" if number == 1 and not of else f"attempt {number}{of}"


def _company(lead: Lead) -> tuple[tuple[str, str], ...]:
    values = ((field, lead.attributes.get(field)) for field in _COMPANY)
    return tuple((_label(field), _cut(value)) for field, value in values if value not in (None, ""))


def _label(field: str) -> str:
    return spaced(field.rpartition(".")[2])


def _did(lead: Lead) -> tuple[Did, ...]:
    latest: dict[str, Did] = {}
    for signal in reversed(lead.signals):
        known = latest.get(signal.name)
        latest[signal.name] = (
            Did(what=signal.name, at=signal.at)
            if known is None
            else msgspec.structs.replace(known, times=known.times + 1)
        )
    return tuple(latest.values())[:DID_MAX]


def _person(lead: Lead) -> dict[str, str | None]:
    attributes = lead.attributes
    name = next((attributes[field] for field in _NAMES if attributes.get(field)), None)
    return {
        "name": _cut(name) if isinstance(name, str) else None,
        "title": _text(attributes.get("lead.title")),
        "email": lead.email,
        "phone": _text(attributes.get("lead.phone")),
    }


def _text(value: object) -> str | None:
    return _cut(value) if isinstance(value, str) and value else None


def _cut(value: object) -> str:
    return str(value)[:VALUE_CHARACTERS_MAX]
