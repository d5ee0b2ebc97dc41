"""A decision in the making: events are emitted one by one and each is counted at once."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from handrail.contract.model import Contract, QuietHours
from handrail.kernel.assess import Assessment, assess
from handrail.kernel.decision import Case, Decision, Evidence, Reasons, Routing
from handrail.kernel.evolve import evolve
from handrail.kernel.reach import is_closed, reach_of
from handrail.terms import event as ev
from handrail.terms.effect import (
    ArrangeMeeting,
    Effect,
    MeetingChange,
    NotifyRep,
    TellPerson,
    WarnOwner,
)
from handrail.terms.evidence import Staffing
from handrail.terms.handoff import Handoff, Meeting, Owner
from handrail.terms.hours import WorkingTime
from handrail.terms.lead import Lead

LOOK_AGAIN = timedelta(days=1)  # an open handoff without any other deadline wakes daily


class Draft:
    """Collects what one command brings about. Local to one `decide`; never escapes it."""

    def __init__(
        self, *, contract: Contract, case: Case | None, evidence: Evidence, now: datetime
    ) -> None:
        self.contract = contract
        self.evidence = evidence
        self.now = now
        self._case = case
        self.events: list[ev.Event] = []
        self.effects: list[Effect] = []
        self.routings: list[Routing] = []
        self.missing: tuple[str, ...] = ()
        self.hygiene: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        """Nothing is known of the lead yet."""
        return self._case is None

    @property
    def case(self) -> Case:
        assert self._case is not None
        return self._case

    @property
    def lead(self) -> Lead:
        return self.case.lead

    @property
    def handoff(self) -> Handoff:
        handoff = self.case.handoff
        assert handoff is not None
        return handoff

    @property
    def staffing(self) -> Staffing:
        return self.evidence.staffing

    @property
    def is_barred(self) -> bool:
        """The buyer closed every way: nothing may be asked that would contact them."""
        return self.evidence.wishes and is_closed(reach_of(self.lead, self.contract))

    def emit(self, event: ev.Event) -> None:
        """Record an event, count it, and ask for what must be done outside because of it."""
        self.events.append(event)
        stood, was_held = self._meeting(), self._was_held(event)
        self._case = evolve(self._case, event, at=self.now)
        self._arrange(event, stood)
        match event:
            case ev.Assigned(to=Owner(rep=str(rep))) | ev.HandedOver(to=Owner(rep=str(rep))):
                self._notify(rep)
            case ev.SlaWarned(to=to):
                self.effects.append(WarnOwner(to=to))
            case ev.SlaBreached(owner=owner):
                self.effects.append(TellPerson(to=owner, kind="sla_breached"))
            case ev.ManagerAlerted(to=to, reason=reason):
                self.effects.append(TellPerson(to=to, kind="manager_alerted", reason=reason))
            case ev.IncidentOpened(to=to):
                self.effects.append(TellPerson(to=to, kind="incident"))
            case ev.Alerted(to=to, kind=kind, reason=reason, until_at=until_at):
                self.effects.append(
                    TellPerson(
                        to=to, kind=kind, reason=reason, until_at=until_at, was_held=was_held
                    )
                )
            case _:
                pass

    def _was_held(self, event: ev.Event) -> bool:
        """Whether it is an alert that waited for the end of its recipient's quiet hours."""
        handoff = self._case.handoff if self._case is not None else None
        if handoff is None or not isinstance(event, ev.Alerted):
            return False
        return any((one.kind, one.to) == (event.kind, event.to) for one in handoff.held)

    def _meeting(self) -> Meeting | None:
        handoff = self._case.handoff if self._case is not None else None
        return handoff.meeting if handoff is not None else None

    def _arrange(self, event: ev.Event, stood: Meeting | None) -> None:
        """Calendar and invitation follow each change of a meeting that Handrail arranges."""
        match event:
            case ev.MeetingBooked():
                if stood is not None and not stood.missed:  # a handoff has one meeting
                    self._ask(stood, "cancelled")
                self._ask(self._meeting(), "booked")
            case ev.MeetingMoved(from_rep=rep):
                self._ask(self._meeting(), "moved", from_rep=rep)
            case ev.MeetingCancelled():
                self._ask(stood, "cancelled")
            case _:
                pass

    def _ask(
        self, meeting: Meeting | None, state: MeetingChange, *, from_rep: str | None = None
    ) -> None:
        if meeting is None or not meeting.arranged:
            return
        self.effects.append(
            ArrangeMeeting(
                rep=meeting.rep,
                number=meeting.number,
                from_at=meeting.from_at,
                until_at=meeting.until_at,
                sequence=meeting.changes + (1 if state == "cancelled" else 0),
                state=state,
                from_rep=from_rep if from_rep != meeting.rep else None,
            )
        )

    def _notify(self, rep: str) -> None:
        if self.evidence.at_once:
            self.emit(ev.Notified(to=rep, channel="console"))
        else:
            self.effects.append(NotifyRep(to=rep))

    def assess(self) -> Assessment:
        """The contract's view of the lead as it is now in this draft."""
        assessment = assess(
            contract=self.contract, lead=self.lead, account=self.evidence.account, now=self.now
        )
        self.missing = assessment.missing
        self.hygiene = assessment.hygiene
        return assessment

    def miss(self, fields: tuple[str, ...]) -> None:
        """Note fields that a condition outside the assessment found missing."""
        self.missing = tuple(dict.fromkeys((*self.missing, *fields)))

    def hours_of(self, owner: Owner) -> WorkingTime:
        """The working time in which the owner's clocks run."""
        if owner.rep is not None and owner.rep in self.staffing.roster.reps:
            return self.staffing.hours(owner.rep)
        return self.staffing.pool_hours(owner.team)

    @property
    def runs_from(self) -> datetime:
        """When a window that opens now begins to run: not before a pause has ended."""
        handoff = self.case.handoff
        paused_until = handoff.paused_until if handoff is not None and handoff.is_open else None
        return max(self.now, paused_until or self.now)

    def manager(self) -> str:
        """The manager of the owner's team."""
        return manager_of(self.staffing, self.handoff.owner.team)

    def stall_at(self, *, planned_until: datetime | None = None) -> datetime | None:
        """When the handoff counts as stalled if nothing more happens: counted from the last thing
        that is planned, be it a meeting, a dated next step or the end of a pause."""
        after = self.contract.alerts.stalled_after
        if after is None:
            return None
        return max(self.now, planned_until or self.now, *self._planned()) + after

    def _planned(self) -> list[datetime]:
        handoff = self.case.handoff
        if handoff is None or not handoff.is_open:
            return []
        meeting = handoff.meeting
        ends = [handoff.next_step_at, handoff.paused_until]
        ends += [meeting.until_at] if meeting is not None and not meeting.missed else []
        return [at for at in ends if at is not None]

    def alert(
        self,
        *,
        kind: str,
        to: str,
        reason: str | None = None,
        until_at: datetime | None = None,
    ) -> None:
        """Ask a person for one act, or hold it until their quiet hours end."""
        until = self.quiet_until(to)
        if until is None or kind == "incident":
            self.emit(ev.Alerted(kind=kind, to=to, reason=reason, until_at=until_at))
        else:
            self.emit(ev.AlertHeld(kind=kind, to=to, until=until, reason=reason, until_at=until_at))

    def quiet_until(self, to: str) -> datetime | None:
        """When the person's quiet hours end that it is now; None outside them."""
        quiet = self.contract.alerts.quiet_hours
        if quiet is None:
            return None
        roster = self.staffing.roster
        zone = self.contract.timezone
        if to in roster.reps:
            zone = roster.reps[to].timezone
        elif to in roster.people:
            zone = roster.people[to].timezone or zone
        return quiet_until(quiet=quiet, zone=zone, now=self.now)

    def finish(self) -> Decision:
        return Decision(
            events=tuple(self.events),
            effects=tuple(self.effects),
            reasons=Reasons(
                routings=tuple(self.routings), missing=self.missing, hygiene=self.hygiene
            ),
            case=self.case,
        )


def manager_of(staffing: Staffing, team: str) -> str:
    """The manager of a team; of the first team when the named one has left the roster."""
    teams = staffing.roster.teams
    return teams[team].manager if team in teams else next(iter(teams.values())).manager


def quiet_until(*, quiet: QuietHours, zone: str, now: datetime) -> datetime | None:
    """The end of the quiet hours that `now` falls in, or None outside them."""
    local = now.astimezone(_zone(zone))
    minute = local.hour * 60 + local.minute
    start, end = quiet.from_minute, quiet.until_minute
    is_quiet = start <= minute < end if start < end else minute >= start or minute < end
    if not is_quiet:
        return None
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    day = midnight + timedelta(days=0 if minute < end else 1)
    return day.replace(hour=end // 60, minute=end % 60).astimezone(UTC)


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
