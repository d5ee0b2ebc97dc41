"""Commands: what a person, a machine or the clock asks of one case. Imperative, not yet true."""

from datetime import datetime
from typing import Literal

import msgspec

from handrail.terms.signal import Signal
from handrail.terms.sla import ClockKind

ActKind = Literal["call", "message", "email", "meeting"]


class _Command(msgspec.Struct, frozen=True, tag_field="command", omit_defaults=True):
    """What all commands share: who asked. `rep:ada`, `person:mo`, `system`, `key:NAME`."""


class Personal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Personal values of a command or event. In the ledger only their salted hash is in clear."""

    email: str | None = None
    attributes: dict[str, object] = {}
    note: str | None = None  # words a person typed: reason, problem, authority


class Capture(_Command, tag="capture", frozen=True, omit_defaults=True):
    """A source event: a person showed interest."""

    id: str
    captured_at: datetime
    signals: tuple[Signal, ...] = ()
    personal: Personal = Personal()
    source: str | None = None  # where it came from: it chooses the contract


class AddSignal(_Command, tag="add_signal", frozen=True):
    signal: Signal


class Wake(_Command, tag="wake", frozen=True):
    """Look again: a stored instant has come. Proves nothing by itself."""


class LogAct(_Command, tag="log_act", frozen=True, omit_defaults=True):
    """A human act toward the buyer. `from_at`: a machine's own time, when it knows it."""

    rep: str
    act: ActKind
    from_at: datetime | None = None
    until_at: datetime | None = None


class LogConversation(_Command, tag="log_conversation", frozen=True, omit_defaults=True):
    rep: str | None = None


class Accept(_Command, tag="accept", frozen=True, omit_defaults=True):
    """`personal.attributes` has what the contract requires for it and was missing, by name."""

    rep: str
    personal: Personal = Personal()


class Complete(_Command, tag="complete", frozen=True, omit_defaults=True):
    """A person gives what the contract requires; `personal.attributes` has it by name."""

    by: str
    personal: Personal = Personal()


class Reject(_Command, tag="reject", frozen=True, omit_defaults=True):
    rep: str
    code: str
    of: str | None = None
    personal: Personal = Personal()


class QualifySql(_Command, tag="qualify", frozen=True, omit_defaults=True):
    """The rep says that the lead is sales-qualified; `answers` holds what `sql.require` asks.
    `personal.attributes`: what else was missing, by name."""

    rep: str
    next_step_at: datetime | None = None
    answers: tuple[str, ...] = ()  # names of what was given; the words are personal
    personal: Personal = Personal()


BUYER = "buyer"  # who books, moves or cancels by the link that they were given


class BookMeeting(_Command, tag="book_meeting", frozen=True, omit_defaults=True):
    """`arranged`: Handrail is to write calendar and invitation, else somebody has. `by`: who
    booked where it was not the rep: `BUYER`, or who did it for them. `zone`: in which the buyer
    chose it, where they said so."""

    rep: str
    from_at: datetime
    until_at: datetime
    arranged: bool = False
    by: str | None = None
    zone: str | None = None


class MoveMeeting(_Command, tag="move_meeting", frozen=True, omit_defaults=True):
    """To another time, or to another rep, who then owns the handoff."""

    rep: str
    from_at: datetime
    until_at: datetime
    by: str
    zone: str | None = None


class CancelMeeting(_Command, tag="cancel_meeting", frozen=True, omit_defaults=True):
    by: str
    personal: Personal = Personal()


class MissMeeting(_Command, tag="miss_meeting", frozen=True, omit_defaults=True):
    """The buyer did not come. `by`: who says so, where it is not the rep."""

    by: str | None = None


class NoteUnbooked(_Command, tag="note_unbooked", frozen=True):
    """The buyer was offered times and has chosen none. `mailed`: they got them by mail now."""

    mailed: bool


class RevokePage(_Command, tag="revoke_page", frozen=True, omit_defaults=True):
    """No link to the booking page that was given so far opens it any more."""

    by: str
    personal: Personal = Personal()


class ConfirmMeeting(_Command, tag="confirm_meeting", frozen=True):
    """The buyer says that they will come. `by`: `BUYER`, or who heard them say so."""

    by: str


class DeclineMeeting(_Command, tag="decline_meeting", frozen=True):
    """The buyer answered the invitation: not then. `by`: `BUYER`, or who heard them say so."""

    by: str


Attendee = Literal["rep", "buyer"]


class JoinMeeting(_Command, tag="join_meeting", frozen=True):
    """Somebody came to the booked meeting, as the conferencing system `by` saw at its own time."""

    who: Attendee
    joined_at: datetime
    by: str


class EndMeeting(_Command, tag="end_meeting", frozen=True):
    """The conference is over: whoever waited for the buyer has left."""

    ended_at: datetime
    by: str


class Override(_Command, tag="override", frozen=True, omit_defaults=True):
    """A person's change of a decision. Exactly one of owner, stage, score, release."""

    by: str
    owner: str | None = None  # rep id or team:ID
    stage: str | None = None
    score: dict[str, int] | None = None
    release: bool = False
    personal: Personal = Personal()


class Pause(_Command, tag="pause", frozen=True, omit_defaults=True):
    by: str
    until: datetime
    personal: Personal = Personal()


class Acknowledge(_Command, tag="acknowledge", frozen=True):
    rep: str


class RecordDelivery(_Command, tag="record_delivery", frozen=True, omit_defaults=True):
    """A channel has accepted the notification of the present assignment."""

    to: str
    channel: str


class Bind(_Command, tag="bind", frozen=True):
    """`serve` gave this waiting handoff to a rep."""

    rep: str
    team: str


class LeaveOwner(_Command, tag="leave_owner", frozen=True, omit_defaults=True):
    """The owner is gone from the roster (`departed`) or absent (`on_leave`)."""

    why: Literal["departed", "on_leave"]


class PassOn(_Command, tag="pass_on", frozen=True, omit_defaults=True):
    """A person gives what `rep` owns to somebody else for a while: their cover, or `to`."""

    rep: str
    to: str
    by: str
    personal: Personal = Personal()


class CloseIncident(_Command, tag="close_incident", frozen=True, omit_defaults=True):
    """A person ends the paging and says why it came to that; `code` of `INCIDENT_CODES`."""

    by: str
    code: str
    personal: Personal = Personal()


class SilenceIncident(_Command, tag="silence_incident", frozen=True, omit_defaults=True):
    """A person holds the pages of an incident for a while; the note says why."""

    by: str
    until: datetime
    personal: Personal = Personal()


class Close(_Command, tag="close", frozen=True):
    outcome: Literal["won", "lost"]


class Migrate(_Command, tag="migrate", frozen=True, omit_defaults=True):
    """Go over to the version of the contract that decides this command. `changed`: the clocks
    whose windows it makes other than the version before did."""

    by: str
    changed: tuple[ClockKind, ...] = ()
    personal: Personal = Personal()


Command = (
    Capture
    | AddSignal
    | Wake
    | LogAct
    | LogConversation
    | Accept
    | Complete
    | Reject
    | QualifySql
    | BookMeeting
    | MoveMeeting
    | CancelMeeting
    | MissMeeting
    | ConfirmMeeting
    | DeclineMeeting
    | RevokePage
    | NoteUnbooked
    | JoinMeeting
    | EndMeeting
    | Override
    | Pause
    | Acknowledge
    | RecordDelivery
    | Bind
    | LeaveOwner
    | PassOn
    | CloseIncident
    | SilenceIncident
    | Close
    | Migrate
)
