"""Evidence: what a decision looked at, stored with it."""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from handrail.terms.hours import WorkingTime
from handrail.terms.load import ONE_LOAD
from handrail.terms.people import Presence, Roster, Span


class RepLoad(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How much a rep has in hand, and has been given in the rep's present local periods."""

    open: int = 0
    unworked: int = 0  # of the open ones: no first action yet
    timed: int = 0  # of the open ones: a first-action clock runs that is not `same_day`
    day: int = 0
    week: int = 0
    month: int = 0
    half_minutes: int = 10  # twice the median of minutes from assignment to first action
    extra: int = 0  # hundredths by which the open ones fill more than one each; less is negative

    @property
    def filled(self) -> int:
        """What the open ones fill, in hundredths: `caps.open` limits it."""
        return self.open * ONE_LOAD + self.extra


class Hold(msgspec.Struct, frozen=True, gc=False):
    """A time that is kept for one buyer for a while."""

    handoff: str
    from_at: datetime
    until_at: datetime
    expires_at: datetime


class PhoneCall(msgspec.Struct, frozen=True, gc=False):
    """A call in progress, as its telephone system names it. `until_at`: when it is taken to have
    ended though nobody said so."""

    name: str
    until_at: datetime


StatusState = Literal["available", "away", "on_call", "in_meeting"]


class Status(msgspec.Struct, frozen=True, gc=False):
    """What a rep's status in a chat system says, in [at, until_at)."""

    state: StatusState
    at: datetime
    until_at: datetime


class RepConditions(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a rep's day: presence, a call in progress, busy times, unplanned leave.

    `busy`: reported, and booked through Handrail.
    """

    presence: Presence = Presence()
    call_until: datetime | None = None
    busy: tuple[Span, ...] = ()  # merged or not, in any order; past ones may have been dropped
    leave: tuple[Span, ...] = ()
    calendar_stale: bool = False
    calendar: tuple[Span, ...] = ()  # what the rep's calendars say, merged and ascending
    out_of_office: tuple[Span, ...] = ()  # of the calendars too
    holds: tuple[Hold, ...] = ()  # offered to nobody else until they expire; they take no time
    presence_by: str | None = None  # who said it, as the ledger names them; of `available` nobody
    calls: tuple[PhoneCall, ...] = ()  # in progress
    pipeline: int = 0  # what the CRM says that they carry, in whatever it counts
    status: Status | None = None  # beside what they say here: either keeps leads from them

    @property
    def on_call_until(self) -> datetime | None:
        """When the last of the calls that are known of ends."""
        known = (self.call_until,) if self.call_until is not None else ()
        return max((*known, *(call.until_at for call in self.calls)), default=None)

    @property
    def taken(self) -> tuple[Span, ...]:
        """When the rep is in a meeting, whoever says so."""
        said = self.status
        if said is None or said.state != "in_meeting":
            return (*self.busy, *self.calendar)
        return (*self.busy, *self.calendar, Span(from_at=said.at, until_at=said.until_at))

    @property
    def absent(self) -> tuple[Span, ...]:
        """When the rep is away and the roster does not say so."""
        return (*self.leave, *self.out_of_office)


class TeamTally(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A rep's turns in one team since the fairness window began."""

    had: int = 0  # assignments less credits
    absent: int = 0  # leads that other members got while this rep was absent
    last_at: datetime | None = None  # last assignment in this team, in any window


class Staffing(Protocol):
    """Everything about people that routing may look at, as known at one instant."""

    @property
    def roster(self) -> Roster: ...
    def load(self, rep: str) -> RepLoad: ...
    def conditions(self, rep: str) -> RepConditions: ...
    def tally(self, team: str, rep: str) -> TeamTally: ...
    def hours(self, rep: str) -> WorkingTime: ...
    def pool_hours(self, team: str) -> WorkingTime: ...
    def is_absent(self, rep: str, at: datetime) -> bool: ...  # before `joined`, or on leave
    def next_midnight(self, rep: str, at: datetime) -> datetime: ...  # the rep's own


class AccountHistory(msgspec.Struct, frozen=True, omit_defaults=True):
    """What other leads of the same account say; all None when there is no account."""

    working_owner: str | None = None  # the rep who works another open handoff of the account
    last_owner: str | None = None
    last_lead_at: datetime | None = None
