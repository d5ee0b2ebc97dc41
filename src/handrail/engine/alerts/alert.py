"""The types of an alert, and the schema that each one meets."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from handrail.engine.alerts.brief import Brief

WORDS_MAX = 400  # characters
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=WORDS_MAX)]
ButtonAct = Literal[
    "accept",
    "reject",
    "called",
    "snooze",
    "reassign",
    "close",
    "silence",
    "why",
    "open",
    "calendar",
    "book",
]


class Recipient(msgspec.Struct, frozen=True):
    """Who is told. `timezone`: an IANA name; instants are shown in it."""

    id: str
    name: str
    email: str
    timezone: str
    ids: dict[str, str] = {}  # by system: slack, salesforce, ...


class Happening(msgspec.Struct, frozen=True):
    """One thing that the buyer did, or that befell the handoff."""

    what: Words
    at: datetime


class Act(msgspec.Struct, frozen=True):
    """The one thing that is asked. `code` is the same for all alerts that ask for it."""

    code: Words
    text: Words


class Window(msgspec.Struct, frozen=True):
    """How long the act is worth something. `clock`: the one it is the end of, if any.

    `left_s`: whole seconds from the sending to `until`; below 0 when it is over.
    """

    until: datetime
    left_s: int
    clock: str | None = None


class Button(msgspec.Struct, frozen=True):
    """Something to press. `url`: a page that does it, for channels that cannot do it themselves."""

    act: ButtonAct
    label: Words
    url: str | None = None


class Folded(msgspec.Struct, frozen=True):
    """One alert within a digest."""

    key: str
    kind: str
    title: Words
    lead: str
    account: str | None = None
    handoff: str | None = None
    due_at: datetime | None = None
    url: str | None = None
    is_gone: bool = False  # somebody else has the lead now


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What one person is told. `key` is that of its delivery, the same at every repeat."""

    key: Words
    kind: Words
    title: Words
    lead: str
    at: datetime  # when it came to be
    sent_at: datetime
    act: Act
    window: Window
    if_ignored: Words
    happened: tuple[Happening, ...]  # newest first
    brief: Brief
    to: Recipient | None = None  # None: a system, or nobody whom the roster knows
    to_id: str = ""  # as the ledger names them; `team:ID` for a pool
    also_told: tuple[str, ...] = ()  # names
    handoff: str | None = None
    owner: str | None = None  # as the ledger names them
    owner_name: str | None = None
    stage: str | None = None
    reason: str | None = None
    buttons: tuple[Button, ...] = ()
    folded: tuple[Folded, ...] = ()  # of a digest; empty otherwise

    def url(self, act: ButtonAct) -> str | None:
        return next((button.url for button in self.buttons if button.act == act), None)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of an alert."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(Alert),
    }
