"""Message and the present state -> Alert, when it is sent. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from handrail.contract.model import Contract
from handrail.engine.alerts.alert import (
    WORDS_MAX,
    Act,
    Alert,
    Button,
    ButtonAct,
    Folded,
    Happening,
    Recipient,
    Window,
)
from handrail.engine.alerts.brief import CLOSED, Brief, Did, Reach, brief_of, is_closed
from handrail.engine.alerts.ignored import OTHERWISE, if_ignored
from handrail.engine.alerts.kinds import Kind, kind_of
from handrail.engine.alerts.message import Message
from handrail.engine.telling import Names, spaced, tell_clock
from handrail.kernel.decision import Case
from handrail.terms.handoff import Handoff
from handrail.terms.people import Roster

HAPPENED_MAX = 6
NO_LINKS: Mapping[str, str] = {}
FAR = datetime.max.replace(tzinfo=UTC)


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
    brief = brief_of(case=case, contract=sight.contract, for_owner=for_owner, zone=zone)
    return Alert(
        key=key,
        kind=message.what,
        title=title_of(message, brief),
        lead=message.lead,
        at=message.at,
        sent_at=sight.now,
        act=_act(kind, brief.reach),
        window=_window(message, kind, now=sight.now),
        if_ignored=if_ignored(
            message.what,
            handoff=about,
            contract=sight.contract,
            roster=sight.roster,
            zone=zone,
        ),
        happened=_happened(message, brief.did, about),
        brief=brief,
        to=to,
        to_id=message.to,
        also_told=tuple(map(Names(sight.roster).of, message.also)),
        handoff=message.handoff,
        owner=message.owner,
        stage=message.stage,
        reason=message.reason,
        buttons=_buttons(message, about, brief.reach, for_owner=for_owner, links=sight.links),
    )


# Whoever does these reaches out to the buyer.
_REACHES = frozenset({"contact", "hand_on", "steer", "go_on", "take_step", "confirm", "rebook"})


def _act(kind: Kind, reach: Reach) -> Act:
    """The act of the kind, by the ways that the buyer left open."""
    if kind.act not in _REACHES or (reach.call and reach.mail):
        return Act(code=kind.act, text=kind.text)
    if is_closed(reach):
        return Act(code=kind.act, text=CLOSED.format(because=reach.because))
    if reach.call:
        return Act(code=kind.act, text=f"{kind.text} Not in writing: {reach.because}.")
    written = kind.text.replace(": then call.", ": then write.").replace(
        ", or call.", ", or write."
    )
    return Act(code=kind.act, text=f"{written} In writing only: {reach.because}.")


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
        buttons=_pages(links),
    )


def digest_of(
    message: Message,
    *,
    key: str,
    items: Sequence[Folded],
    now: datetime,
    to: Recipient | None,
    links: Mapping[str, str] = NO_LINKS,
) -> Alert:
    """One alert in the place of several; what is due first stands first."""
    kind = kind_of(message.what)
    ordered = sorted(items, key=lambda one: (one.due_at or FAR, one.key))
    first = ordered[0].due_at or now + kind.lasts
    return Alert(
        key=key,
        kind=message.what,
        title=f"{len(ordered)} leads need you",
        lead=ordered[0].lead,
        at=message.at,
        sent_at=now,
        act=Act(code=kind.act, text=kind.text),
        window=Window(until=first, left_s=_seconds(first - now)),
        if_ignored=OTHERWISE["digest"],
        happened=tuple(
            Happening(what=f"{count} times: {title}", at=message.at)
            for title, count in Counter(one.title for one in ordered).most_common(HAPPENED_MAX)
        ),
        brief=Brief(),
        to=to,
        to_id=message.to,
        buttons=_pages(links),
        folded=tuple(ordered),
    )


def folded_of(message: Message, *, key: str, case: Case, url: str | None = None) -> Folded:
    """One line of a digest. `url`: the page that it leads to."""
    handoff = case.handoff
    clock = min(handoff.clocks, key=lambda one: one.due_at, default=None) if handoff else None
    return Folded(
        key=key,
        kind=message.what,
        title=kind_of(message.what).title,
        lead=message.lead,
        account=handoff.account if handoff is not None else None,
        handoff=message.handoff,
        due_at=clock.due_at if clock is not None else None,
        url=url,
    )


def title_of(message: Message, brief: Brief) -> str:
    """What happened, in a few plain words."""
    title = kind_of(message.what).title
    match message.what:
        case "sla_warned":
            return f"{title}: {tell_clock(message.clock or 'first_action')}"
        case "manager_alerted":
            return f"{title}: {spaced(message.reason or 'look')}"
        case "high_intent" | "new_signal" if brief.did:
            return f"{title}: {_told(brief.did[0])}"
        case _ if title == "A lead":
            return f"{title}: {spaced(message.what)}"
        case _:
            return title


def _told(did: Did) -> str:
    return spaced(did.what) + (f", {did.times} times" if did.times > 1 else "")


def _window(message: Message, kind: Kind, *, now: datetime) -> Window:
    """Until the clock that the message named, else as long as its kind lasts."""
    if kind.by_clock and message.due_at is not None:
        until, clock = message.due_at, message.clock
    else:
        until, clock = message.until_at or message.at + kind.lasts, None
    return Window(until=until, left_s=_seconds(until - now), clock=clock)


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds() // 1)


def _happened(
    message: Message, did: tuple[Did, ...], handoff: Handoff | None
) -> tuple[Happening, ...]:
    """What the buyer did, and what befell the handoff; newest first."""
    told = [Happening(what=_told(one), at=one.at) for one in did]
    if handoff is not None:
        told += [
            Happening(what=f"{tell_clock(breach.clock)} clock missed", at=breach.due_at)
            for breach in handoff.breaches
            if not breach.annulled
        ]
    if message.reason is not None:
        told.append(Happening(what=spaced(message.reason)[:WORDS_MAX], at=message.at))
    if not told:
        told.append(Happening(what=spaced(message.what), at=message.at))
    return tuple(sorted(told, key=lambda one: (one.at, one.what), reverse=True)[:HAPPENED_MAX])


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
    return made + _pages(links)


def _pages(links: Mapping[str, str]) -> tuple[Button, ...]:
    return tuple(
        Button(act=act, label=_LABELS[act], url=links[act]) for act in PAGES if act in links
    )
