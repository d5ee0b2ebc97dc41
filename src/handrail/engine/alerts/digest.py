"""One alert in the place of several: made when it is sent, and listed lead by lead. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from handrail.engine.alerts.alert import Act, Alert, Folded, Happening, Recipient, Window
from handrail.engine.alerts.brief import Brief
from handrail.engine.alerts.ignored import OTHERWISE
from handrail.engine.alerts.kinds import kind_of
from handrail.engine.alerts.making import NO_LINKS, page_buttons, whole_seconds
from handrail.engine.alerts.message import Message
from handrail.engine.alerts.saying import HAPPENED_MAX
from handrail.engine.telling import Names
from handrail.kernel.decision import Case
from handrail.terms.people import Roster

INCIDENT = "incident"
PAGED = "Each incident stays open in everybody's sight, and pages again, until somebody acts."
FAR = datetime.max.replace(tzinfo=UTC)


class Line(msgspec.Struct, frozen=True):
    """One lead of a digest. `titles`: what was said of it, the newest first."""

    lead: str
    titles: tuple[str, ...]
    account: str | None
    handoff: str | None
    due_at: datetime | None
    url: str | None

    @property
    def about(self) -> str:
        return self.handoff or self.lead


def digest_of(
    message: Message,
    *,
    key: str,
    items: Sequence[Folded],
    now: datetime,
    to: Recipient | None,
    links: Mapping[str, str] = NO_LINKS,
) -> Alert:
    """What is due first stands first; what was said of one lead stands together."""
    pages = any(one.kind == INCIDENT for one in items)
    kind = kind_of(INCIDENT if pages else message.what)
    ordered = _ordered(items)
    first = now + kind.lasts if pages else ordered[0].due_at or now + kind.lasts
    return Alert(
        key=key,
        kind=message.what,
        title=_title(ordered),
        lead=ordered[0].lead,
        at=message.at,
        sent_at=now,
        act=Act(code=kind.act, text=kind.text),
        window=Window(until=first, left_s=whole_seconds(first - now)),
        if_ignored=PAGED if pages else OTHERWISE["digest"],
        happened=_counted(ordered, at=message.at),
        brief=Brief(),
        to=to,
        to_id=message.to,
        buttons=page_buttons(links),
        folded=ordered,
    )


def _title(ordered: Sequence[Folded]) -> str:
    """What is worst of it, and of how many leads; not counting those that have gone on."""
    paged = {one.lead for one in ordered if one.kind == INCIDENT}
    if paged:
        what = "a lead has no answer" if len(paged) == 1 else f"{len(paged)} leads have no answer"
        return f"Incident: {what}"
    leads = {one.lead for one in ordered if not one.is_gone}
    if not leads:
        return "Leads have gone on to others"
    return f"{len(leads)} leads need you" if len(leads) > 1 else "A lead needs you"


def folded_of(
    message: Message, *, key: str, case: Case, roster: Roster, url: str | None = None
) -> Folded:
    """One message of a digest. `url`: the page that it leads to."""
    handoff = case.handoff
    clock = min(handoff.clocks, key=lambda one: one.due_at, default=None) if handoff else None
    title, due_at = kind_of(message.what).title, clock.due_at if clock is not None else None
    if message.what == "sla_breached" and handoff is not None and str(handoff.owner) != message.to:
        title, due_at = f"{title}: {Names(roster).of(handoff.owner)} has it now", None
    return Folded(
        key=key,
        kind=message.what,
        title=title,
        lead=message.lead,
        account=handoff.account if handoff is not None else None,
        handoff=message.handoff,
        due_at=due_at,
        url=url,
        is_gone=due_at is None and title != kind_of(message.what).title,
    )


def lines_of(folded: Sequence[Folded]) -> tuple[Line, ...]:
    """A digest as it is read: one line for each lead, in the order of the digest."""
    by_lead: dict[str, list[Folded]] = {}
    for one in folded:
        by_lead.setdefault(one.lead, []).append(one)
    return tuple(
        Line(
            lead=lead,
            titles=tuple(dict.fromkeys(one.title for one in told)),
            account=told[0].account,
            handoff=told[0].handoff,
            due_at=min((one.due_at for one in told if one.due_at is not None), default=None),
            url=told[0].url,
        )
        for lead, told in by_lead.items()
    )


def _ordered(items: Sequence[Folded]) -> tuple[Folded, ...]:
    """Incidents first, then by the lead that is due first; of one lead the newest first."""
    due: dict[str, datetime] = {}
    for one in items:
        due[one.lead] = min(due.get(one.lead, FAR), one.due_at or FAR)
    paged = {one.lead for one in items if one.kind == INCIDENT}
    newest = sorted(items, key=lambda one: (one.kind == INCIDENT, _entry(one.key)), reverse=True)
    return tuple(sorted(newest, key=lambda one: (one.lead not in paged, due[one.lead], one.lead)))


def _entry(key: str) -> tuple[int, str]:
    """The number of the entry that a delivery speaks of."""
    number = key.partition("-")[0]
    return (int(number) if number.isdecimal() else 0, key)


def _counted(ordered: Sequence[Folded], *, at: datetime) -> tuple[Happening, ...]:
    """Of how many leads each thing is said, the most frequent first."""
    leads: dict[str, set[str]] = {}
    for one in ordered:
        leads.setdefault(one.title, set()).add(one.lead)
    most = sorted(leads.items(), key=lambda found: -len(found[1]))[:HAPPENED_MAX]
    return tuple(
        Happening(what=f"{len(of)} {'lead' if len(of) == 1 else 'leads'}: {title}", at=at)
        for title, of in most
    )
