"""What a decision changes in reps' days: a call in progress, a meeting booked, moved or off."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from handrail.engine.ports import Meeting
from handrail.kernel.decision import Case, Decision
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.evidence import RepConditions
from handrail.terms.handoff import Meeting as Booked
from handrail.terms.people import Span


class DayChange:
    """Of one decision. `changed`: days as they are now, by rep."""

    def __init__(self, *, conditions: Callable[[str], RepConditions], now: datetime) -> None:
        self._conditions = conditions
        self._now = now
        self.changed: dict[str, RepConditions] = {}
        self.meetings: list[Meeting] = []
        self.freed: list[str] = []  # handoffs

    def take(self, *, before: Case | None, command: cmd.Command, decision: Decision) -> None:
        if isinstance(command, cmd.LogAct) and command.until_at is not None:
            if command.until_at > self._now:
                known = self._of(command.rep)
                self.changed[command.rep] = replace(known, call_until=command.until_at)
        handoff = decision.case.handoff
        if handoff is None:
            return
        old = before.handoff if before is not None else None
        stood = old.meeting if old is not None and old.id == handoff.id else None
        for event in decision.events:
            match event:
                case ev.MeetingBooked() | ev.MeetingMoved():
                    self._free(stood)
                    self._take_time(event, handoff=handoff.id)
                case ev.MeetingCancelled():
                    self._free(stood)
                    self.freed.append(handoff.id)
                case _:
                    pass

    def _of(self, rep: str) -> RepConditions:
        return self.changed[rep] if rep in self.changed else self._conditions(rep)

    def _free(self, meeting: Booked | None) -> None:
        """One handoff has one meeting: the one that stood before takes no time any more."""
        if meeting is None:
            return
        span = Span(from_at=meeting.from_at, until_at=meeting.until_at)
        known = self._of(meeting.rep)
        if span in known.busy:
            at = known.busy.index(span)  # somebody may have reported the same time
            self.changed[meeting.rep] = replace(
                known, busy=(*known.busy[:at], *known.busy[at + 1 :])
            )

    def _take_time(self, event: ev.MeetingBooked | ev.MeetingMoved, *, handoff: str) -> None:
        known = self._of(event.rep)
        span = Span(from_at=event.from_at, until_at=event.until_at)
        self.changed[event.rep] = replace(known, busy=(*known.busy, span))
        self.meetings.append(
            Meeting(handoff=handoff, rep=event.rep, from_at=event.from_at, until_at=event.until_at)
        )
