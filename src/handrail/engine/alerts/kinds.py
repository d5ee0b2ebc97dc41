"""The kinds of alerts: what each says, asks for, and how long the asking lasts."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Kind(msgspec.Struct, frozen=True):
    """One kind. `lasts`: the window where no clock of the handoff sets it.

    `by_clock`: the act is due when the handoff's next clock is. `to_owner`: it speaks to who owns
    the handoff, who alone gets the buyer's name and how to reach them. `pages`: it waits behind
    nothing else.
    """

    title: str
    act: str  # its code
    text: str
    lasts: timedelta
    by_clock: bool = False
    to_owner: bool = False
    must: bool = False  # it cannot be switched off
    pages: bool = False


KINDS: Mapping[str, Kind] = {
    "assigned": Kind(
        "A lead is yours",
        "contact",
        "Contact the buyer before the time is up, then accept or reject.",
        DAY,
        by_clock=True,
        to_owner=True,
        must=True,
    ),
    "sla_warned": Kind(
        "Time runs low",
        "contact",
        "Contact the buyer now: the time is nearly up.",
        HOUR,
        by_clock=True,
        to_owner=True,
        must=True,
    ),
    "sla_breached": Kind(
        "The time for a lead ran out",
        "hand_on",
        "Tell the next owner what you know of the buyer, unless it still is yours: then call.",
        HOUR,
        must=True,
    ),
    "manager_alerted": Kind(
        "A lead needs you",
        "steer",
        "See that somebody contacts the buyer, or set another owner.",
        HOUR,
        by_clock=True,
        must=True,
    ),
    "incident": Kind(
        "Incident: a lead has no answer",
        "steer",
        "Contact the buyer, or set an owner who will: this pages until somebody acts.",
        timedelta(minutes=15),
        must=True,
        pages=True,
    ),
    "unstaffed": Kind(
        "A lead waits, and nobody is known to be free in time",
        "steer",
        "Set an owner: nobody of the team is known to be free in time.",
        HOUR,
        by_clock=True,
    ),
    "high_intent": Kind(
        "High intent",
        "contact",
        "Contact the buyer while they are looking.",
        2 * HOUR,
        by_clock=True,
        to_owner=True,
    ),
    "new_signal": Kind(
        "They asked again",
        "contact",
        "Answer what the buyer did just now.",
        4 * HOUR,
        by_clock=True,
        to_owner=True,
    ),
    "barred": Kind(
        "The buyer may not be contacted any more",
        "end",
        "Do not contact the buyer any more: end the handoff with a code, or look at it with your "
        "manager.",
        DAY,
        by_clock=True,
        to_owner=True,
        must=True,
    ),
    "stalled": Kind(
        "Nothing has happened for a while",
        "go_on",
        "Say how it goes on: contact the buyer, reject, or pause.",
        DAY,
        to_owner=True,
    ),
    "next_step": Kind(
        "The agreed next step is due",
        "take_step",
        "Take the step that you agreed on with the buyer.",
        DAY,
        to_owner=True,
    ),
    "follow_up": Kind(
        "The next attempt is due",
        "contact",
        "Try the buyer again: the attempts that were agreed are not made yet.",
        DAY,
        to_owner=True,
    ),
    "unbooked": Kind(
        "The buyer has chosen no time",
        "contact",
        "Contact the buyer: they were offered times and have chosen none.",
        4 * HOUR,
        by_clock=True,
        to_owner=True,
    ),
    "no_show_risk": Kind(
        "The buyer may not come",
        "confirm",
        "Confirm the meeting with the buyer, move it earlier, or call.",
        4 * HOUR,
        to_owner=True,
    ),
    "meeting_booked": Kind(
        "The buyer booked a time with you",
        "prepare",
        "Prepare the meeting: it stands in the brief.",
        DAY,
        to_owner=True,
    ),
    "meeting_moved": Kind(
        "The meeting was moved",
        "prepare",
        "Look at the new time, and say at once if you cannot.",
        DAY,
        to_owner=True,
    ),
    "meeting_cancelled": Kind(
        "The meeting is off",
        "rebook",
        "Offer the buyer another time, or end the handoff with a reason.",
        4 * HOUR,
        to_owner=True,
    ),
    "no_show": Kind(
        "The buyer did not come",
        "rebook",
        "Offer the buyer a new time.",
        4 * HOUR,
        to_owner=True,
    ),
    "incomplete": Kind(
        "Something is missing",
        "complete",
        "Give what the contract still requires, so that it counts as accepted.",
        4 * HOUR,
        by_clock=True,
        to_owner=True,
    ),
    "ownership_offered": Kind(
        "You may take it over",
        "accept",
        "Accept it if you want to own it.",
        4 * HOUR,
        by_clock=True,
    ),
    "activation_denied": Kind(
        "A contract could not come into force",
        "activate",
        "See what it lacks, and activate it anew: what was in force stays.",
        DAY,
        must=True,
    ),
    "calendar_lost": Kind(
        "A calendar cannot be read",
        "mend_calendar",
        "See why the calendar cannot be read, and connect it again where it asks for that.",
        HOUR,
        must=True,
    ),
    "calendar_back": Kind(
        "A calendar can be read again",
        "know",
        "Nothing has to be done: leads come to its rep again.",
        HOUR,
    ),
    "digest": Kind(
        "Several leads need you",
        "work_list",
        "Work the list from the top: what is due first stands first.",
        4 * HOUR,
        must=True,
    ),
}


class Asked(msgspec.Struct, frozen=True):
    """The one act that is asked for: its code, and how it is said."""

    act: str
    text: str


# What a warning asks for follows from the clock that runs low.
_BY_CLOCK: Mapping[str, Asked] = {
    "accept_within": Asked("accept", "Accept or reject the lead now: the time is nearly up."),
    "handover": Asked("accept", "Take the lead over now, or say why not: the time is nearly up."),
    "triage": Asked("steer", "Say now what becomes of the lead: the time is nearly up."),
}
OTHER = Kind("A lead", "look", "Look at the handoff.", DAY)


def asked_of(what: str, *, clock: str | None) -> Asked:
    """What an alert of this kind asks for, where it speaks of this clock."""
    kind = kind_of(what)
    by_clock = _BY_CLOCK.get(clock or "") if what == "sla_warned" else None
    return by_clock or Asked(kind.act, kind.text)


def kind_of(what: str) -> Kind:
    """The kind of this name; one that asks for a look where a newer node wrote another."""
    return KINDS.get(what, OTHER)
