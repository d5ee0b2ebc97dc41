"""Message and the present state -> Alert, when it is sent. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from handrail.contract.model import Contract
from handrail.engine.alerts.alert import (
    WORDS_MAX,
    Act,
    Alert,
    Button,
    ButtonAct,
    Happening,
    Recipient,
    Window,
)
from handrail.engine.alerts.brief import CLOSED, Brief, brief_of
from handrail.engine.alerts.ignored import OTHERWISE, if_ignored
from handrail.engine.alerts.kinds import Asked, Kind, asked_of, kind_of
from handrail.engine.alerts.message import Message, next_clock
from handrail.engine.alerts.saying import happened_of, title_of
from handrail.engine.telling import Names, spaced
from handrail.kernel.decision import Case
from handrail.kernel.reach import Reach, is_closed
from handrail.terms.handoff import Handoff
from handrail.terms.people import Roster
from handrail.terms.sla import Clock

NO_LINKS: Mapping[str, str] = {}


class Sight(msgspec.Struct, frozen=True):
    """What an alert is made against. `links`: addresses of pages, by the act that each does."""

    contract: Contract
    roster: Roster
    now: datetime
    links: Mapping[str, str] = {}


def alert_of(
    message: Message, *, key: str, case: Case, sight: Sight, to: Recipient | None
) -> Alert:
    """The alert of a message about a lead."""
    kind, handoff = kind_of(message.what), case.handoff
    about = handoff if handoff is not None and handoff.id == message.handoff else None
    for_owner = kind.to_owner and message.to == message.owner
    zone = to.timezone if to is not None else "UTC"
    names, clock = Names(sight.roster), _clock_of(message, kind, about)
    brief = brief_of(case=case, contract=sight.contract, for_owner=for_owner, zone=zone)
    return Alert(
        key=key,
        kind=message.what,
        title=title_of(message, brief),
        lead=message.lead,
        at=message.at,
        sent_at=sight.now,
        act=_act(asked_of(message.what, clock=message.clock), brief.reach),
        window=_window(message, kind, now=sight.now, clock=clock),
        if_ignored=if_ignored(
            message.what,
            clock=clock,
            handoff=about,
            contract=sight.contract,
            roster=sight.roster,
            zone=zone,
        ),
        happened=happened_of(message, brief.did, about, names=names),
        brief=brief,
        to=to,
        to_id=message.to,
        also_told=tuple(map(names.of, message.also)),
        handoff=message.handoff,
        owner=message.owner,
        owner_name=names.of(message.owner) if message.owner is not None else None,
        stage=message.stage,
        reason=message.reason,
        buttons=_buttons(message, about, brief.reach, for_owner=for_owner, links=sight.links),
    )


# Whoever does these reaches out to the buyer.
_REACHES = frozenset({"contact", "hand_on", "steer", "go_on", "take_step", "confirm", "rebook"})


def _act(asked: Asked, reach: Reach) -> Act:
    """What is asked, by the ways that the buyer left open."""
    if asked.act not in _REACHES or (reach.call and reach.mail):
        return Act(code=asked.act, text=asked.text)
    if is_closed(reach):
        return Act(code=asked.act, text=CLOSED.format(because=reach.because))
    if reach.call:
        return Act(code=asked.act, text=f"{asked.text} Not in writing: {reach.because}.")
    written = asked.text.replace(": then call.", ": then write.").replace(
        ", or call.", ", or write."
    )
    return Act(code=asked.act, text=f"{written} In writing only: {reach.because}.")


def alert_apart(
    message: Message,
    *,
    key: str,
    now: datetime,
    to: Recipient | None,
    links: Mapping[str, str] = NO_LINKS,
) -> Alert:
    """The alert of a message about no lead: nothing of a buyer is in it."""
    kind = kind_of(message.what)
    return Alert(
        key=key,
        kind=message.what,
        title=title_of(message, Brief()),
        lead=message.lead,
        at=message.at,
        sent_at=now,
        act=Act(code=kind.act, text=kind.text),
        window=_window(message, kind, now=now),
        if_ignored=OTHERWISE[message.what],
        happened=(
            Happening(what=(message.reason or spaced(message.what))[:WORDS_MAX], at=message.at),
        ),
        brief=Brief(),
        to=to,
        to_id=message.to,
        reason=message.reason,
        buttons=page_buttons(links),
    )


def _clock_of(message: Message, kind: Kind, handoff: Handoff | None) -> Clock | None:
    """The one by whose end the act is due: that which the message named, as it runs now, else the
    next that does."""
    if handoff is None or not kind.by_clock:
        return None
    named = next((one for one in handoff.clocks if one.kind == message.clock), None)
    return named or next_clock(handoff)


def _window(message: Message, kind: Kind, *, now: datetime, clock: Clock | None = None) -> Window:
    """Until the end of the clock, of the one that the message named where none runs any more, else
    as long as its kind lasts."""
    if clock is not None:
        return _until(clock.due_at, now=now, clock=clock.kind)
    if kind.by_clock and message.due_at is not None:
        return _until(message.due_at, now=now, clock=message.clock)
    return _until(message.until_at or message.at + kind.lasts, now=now)


def _until(until: datetime, *, now: datetime, clock: str | None = None) -> Window:
    return Window(until=until, left_s=whole_seconds(until - now), clock=clock)


def whole_seconds(span: timedelta) -> int:
    return int(span.total_seconds() // 1)


PAGES: tuple[ButtonAct, ...] = ("open", "calendar", "book")  # what only a page can do
_LABELS: Mapping[ButtonAct, str] = {
    "accept": "Accept",
    "reject": "Reject",
    "called": "Log a call",
    "snooze": "Snooze",
    "reassign": "Set the owner",
    "close": "Close the incident",
    "silence": "Hold the pages",
    "why": "Why me?",
    "open": "Open the page",
    "calendar": "My calendar",
    "book": "Book a time",
}


def _buttons(
    message: Message,
    handoff: Handoff | None,
    reach: Reach,
    *,
    for_owner: bool,
    links: Mapping[str, str],
) -> tuple[Button, ...]:
    """What this person may do about it now; a link stands with what a page can do."""
    acts: list[ButtonAct] = []
    if handoff is not None and handoff.is_open:
        if for_owner and handoff.stage == "assigned":
            acts += ["accept", "reject"]
        if for_owner:
            acts += ["called"] if reach.call else []
            acts += ["snooze", "why"]
        if message.what in ("manager_alerted", "incident", "unstaffed") or for_owner:
            acts.append("reassign")
        if message.what == "incident" and handoff.incident is not None:
            acts += ["close", "silence"]
    made = tuple(Button(act=act, label=_LABELS[act], url=links.get(act)) for act in acts)
    return made + page_buttons(links)


def page_buttons(links: Mapping[str, str]) -> tuple[Button, ...]:
    return tuple(
        Button(act=act, label=_LABELS[act], url=links[act]) for act in PAGES if act in links
    )
