"""Effects: what must now be done outside. Committed with the events, carried out after."""

from datetime import datetime
from typing import Literal

import msgspec

MeetingChange = Literal["booked", "moved", "cancelled"]


class NotifyRep(msgspec.Struct, frozen=True, tag_field="effect", tag="notify_rep"):
    """Tell the new owner: brief, act and window."""

    to: str


class WarnOwner(msgspec.Struct, frozen=True, tag_field="effect", tag="warn_owner"):
    to: str


class TellPerson(msgspec.Struct, frozen=True, tag_field="effect", tag="tell_person"):
    """Tell somebody of a breach, an incident's page or an alert."""

    to: str
    kind: str
    reason: str | None = None
    until_at: datetime | None = None  # the end of the act's window, where no clock says it
    was_held: bool = False  # through the person's quiet hours


class ArrangeMeeting(msgspec.Struct, frozen=True, tag_field="effect", tag="arrange_meeting"):
    """Bring the rep's calendar and the buyer's invitation in step with a booked meeting.

    `number`: which of the meetings booked in the handoff; `sequence` grows with each change of it.
    `from_rep`: whose calendar held it before, where that is another's.
    """

    rep: str
    number: int
    from_at: datetime
    until_at: datetime
    sequence: int
    state: MeetingChange
    from_rep: str | None = None


class OfferTimes(msgspec.Struct, frozen=True, tag_field="effect", tag="offer_times"):
    """Write to the buyer who did not come to the meeting of this number: there are other times."""

    number: int


Telling = NotifyRep | WarnOwner | TellPerson
"""What a person of ours is told."""
Effect = Telling | ArrangeMeeting | OfferTimes
