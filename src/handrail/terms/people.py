"""The people who answer: reps, teams, managers, and the roster that lists them."""

from datetime import date, datetime
from typing import Literal

import msgspec

SeniorityTier = Literal["low", "medium", "high"]
SENIORITY: dict[SeniorityTier, int] = {"low": 0, "medium": 1, "high": 2}
PresenceState = Literal["available", "away", "on_call"]
MINUTES_PER_DAY = 1_440


class Span(msgspec.Struct, frozen=True, gc=False, order=True):
    """A half-open period [from_at, until_at) of UTC instants."""

    from_at: datetime
    until_at: datetime


class LocalSpan(msgspec.Struct, frozen=True, gc=False, order=True):
    """A half-open span of one local day in minutes after midnight.

    `until_minute` may pass 1,440 when the shift runs into the next day.
    """

    from_minute: int
    until_minute: int


class Shift(msgspec.Struct, frozen=True):
    """Local working spans of each weekday, Monday first; a weekday may be empty."""

    days: tuple[tuple[LocalSpan, ...], ...]


class Leave(msgspec.Struct, frozen=True, gc=False):
    """Whole local days, both included, or exact instants, `until` excluded."""

    from_: date | datetime
    until: date | datetime


class Caps(msgspec.Struct, frozen=True, gc=False):
    """Upper limits; None is no limit. `timed` limits leads whose first-action clock runs,
    `pipeline` what the CRM says that the rep carries."""

    open: int | None = None
    day: int | None = None
    week: int | None = None
    month: int | None = None
    timed: int = 1
    pipeline: int | None = None


class Rep(msgspec.Struct, frozen=True):
    """One person who takes leads."""

    id: str
    name: str
    email: str
    timezone: str  # IANA name
    shift: Shift | None = None  # None: always on shift
    holidays: tuple[str, ...] = ()  # codes: US, US-CA, DE-BY
    holiday_dates: tuple[date, ...] = ()
    territories: tuple[str, ...] | None = None  # None: all
    skills: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset()  # account domains
    weight: int = 100
    tier: SeniorityTier = "medium"
    ramp: int = 100  # per cent of the share that the weight gives
    caps: Caps = Caps()
    joined: date | None = None
    leave: tuple[Leave, ...] = ()
    cover: str | None = None
    active: bool = True
    ids: dict[str, str] = {}


class Person(msgspec.Struct, frozen=True):
    """Somebody who is told, but takes no leads."""

    id: str
    name: str
    email: str
    timezone: str | None = None  # None: the contract's
    ids: dict[str, str] = {}


class Member(msgspec.Struct, frozen=True, gc=False):
    rep: str
    weight: int | None = None  # None: the rep's own


class Team(msgspec.Struct, frozen=True):
    name: str
    manager: str
    members: tuple[Member, ...]
    ids: dict[str, str] = {}  # slack: the team's channel


class Presence(msgspec.Struct, frozen=True, gc=False):
    """What a rep says or a telephone system saw; falls back to available at `until`."""

    state: PresenceState = "available"
    until: datetime | None = None


class Roster(msgspec.Struct, frozen=True):
    """Teams and people. `digest` is the hash of the source it was read from."""

    name: str
    teams: dict[str, Team]
    reps: dict[str, Rep]
    people: dict[str, Person] = {}
    digest: str = ""

    def teams_of(self, rep: str) -> tuple[str, ...]:
        """Names of the teams that list the rep, in roster order."""
        return tuple(
            team.name
            for team in self.teams.values()
            if any(member.rep == rep for member in team.members)
        )

    def name_of(self, who: str) -> str:
        """How a rep, person or `team:ID` is called; the id where the roster has no such one."""
        if who.startswith("team:"):
            return f"{who.removeprefix('team:')} pool"
        known = self.reps.get(who) or self.people.get(who)
        return known.name if known is not None else who

    def manager_of(self, team: str) -> str:
        return self.teams[team].manager

    def weights_in(self, team: str) -> dict[str, int]:
        """Of every member, weight times ramp in per-cent units: 100 at 50 % ramp is 5,000."""
        weights = {}
        for member in self.teams[team].members:
            own = self.reps[member.rep]
            weight = own.weight if member.weight is None else member.weight
            weights[member.rep] = weight * own.ramp
        return weights
