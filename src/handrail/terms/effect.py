"""Effects: what must now be done outside. Committed with the events, carried out after."""

from datetime import datetime

import msgspec


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


Effect = NotifyRep | WarnOwner | TellPerson
