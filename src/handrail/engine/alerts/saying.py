"""What an alert says has happened, and its title. Pure."""

from handrail.engine.alerts.alert import WORDS_MAX, Happening
from handrail.engine.alerts.brief import Brief, Did
from handrail.engine.alerts.kinds import kind_of
from handrail.engine.alerts.message import Message
from handrail.engine.telling import Names, spaced, tell_clock
from handrail.terms.handoff import Handoff

HAPPENED_MAX = 6
# Why a manager is called, by the code of the event.
_CALLED = {
    "sla_breached": "a clock was missed",
    "follow_up_short": "fewer attempts were made than agreed",
    "declined": "its owner declined it",
    "breach_annulled": "a breach was proved false",
}


def title_of(message: Message, brief: Brief) -> str:
    """What happened, in a few plain words."""
    title = kind_of(message.what).title
    match message.what:
        case "sla_warned":
            return f"{title}: {tell_clock(message.clock or 'first_action')}"
        case "manager_alerted" if message.reason is not None:
            return f"{title}: {_CALLED.get(message.reason, spaced(message.reason))}"
        case "high_intent" | "new_signal" if brief.did:
            return f"{title}: {_told(brief.did[0])}"
        case _ if title == "A lead":
            return f"{title}: {spaced(message.what)}"
        case _:
            return title


def happened_of(
    message: Message, did: tuple[Did, ...], handoff: Handoff | None, *, names: Names
) -> tuple[Happening, ...]:
    """What the buyer did, and what befell the handoff; newest first."""
    told = [Happening(what=_told(one), at=one.at) for one in did]
    if handoff is not None:
        told += [
            Happening(
                what=f"{names.of(breach.owner)} missed the {tell_clock(breach.clock)} clock",
                at=breach.due_at,
            )
            for breach in handoff.breaches
            if not breach.annulled
        ]
    reason = _reason(message, names)
    if reason is not None:
        told.append(Happening(what=reason[:WORDS_MAX], at=message.at))
    if not told:
        told.append(Happening(what=kind_of(message.what).title, at=message.at))
    return tuple(sorted(told, key=lambda one: (one.at, one.what), reverse=True)[:HAPPENED_MAX])


def _reason(message: Message, names: Names) -> str | None:
    """What a kind's reason adds to its title, in words."""
    reason = message.reason
    if reason is None:
        return None
    match message.what:
        case "manager_alerted" | "no_show":
            return None
        case "unstaffed":
            return f"it waits in the {names.of(reason)}"
        case "ownership_offered":
            return f"{names.of(reason.removeprefix('owner '))} owns it"
        case "incomplete":
            return f"still missing: {spaced(reason)}"
        case "follow_up":
            return f"due: {reason}"
        case _:
            return spaced(reason)


def _told(did: Did) -> str:
    return spaced(did.what) + (f", {did.times} times" if did.times > 1 else "")
