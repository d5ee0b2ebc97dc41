"""What the engine needs of the world. Adapters above implement it; the engine knows no class."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from handrail.contract.agreement import Agreement, AgreementBook, PersonKey
from handrail.kernel.decision import Case
from handrail.terms.evidence import RepConditions


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware and in UTC."""
        ...


class Head(msgspec.Struct, frozen=True):
    """The end of the chain: last entry's number and digest (32 bytes), and what is in force."""

    seq: int = 0
    digest: bytes = bytes(32)
    contract: str | None = None  # digest of the contract in force for every source
    roster: str | None = None  # digest of the roster in force
    others: tuple[str, ...] = ()  # digests, ascending, of those in force for named sources

    @property
    def contracts(self) -> tuple[str, ...]:
        """All that is in force."""
        return (*((self.contract,) if self.contract is not None else ()), *self.others)


class StoredCase(msgspec.Struct, frozen=True):
    """A case with the key, itself encrypted, that seals its lead's personal values."""

    case: Case
    key: bytes


class SavedCase(msgspec.Struct, frozen=True):
    """A case to be written. `account` is the domain by which colleagues are found."""

    case: Case
    key: bytes
    is_new: bool
    wake_at: datetime | None
    account: str | None = None


class SealedEntry(msgspec.Struct, frozen=True):
    """One ledger entry as stored: `body` is canonical JSON, `digest` chains it to the one before.

    `sealed` holds the personal values, encrypted under the person's key; `body` has their salted
    hash only.
    """

    seq: int
    at: datetime
    kind: str  # case, roster, contract, conditions, agreement
    lead: str | None
    handoff: str | None
    body: bytes
    digest: bytes
    sealed: bytes | None = None


class Turn(msgspec.Struct, frozen=True):
    """One assignment of a rep in a team (`given`), or a share given back (`credited`).

    `shared`: a turn already counted against the rep's caps that this team counts too.
    """

    seq: int
    at: datetime
    team: str
    rep: str
    kind: Literal["given", "shared", "credited"] = "given"


class LoadRow(msgspec.Struct, frozen=True):
    """What a rep has in hand; for `team:ID`, `open` counts the handoffs waiting in its pool.
    `extra`: hundredths by which the open ones fill more than one each."""

    open: int = 0
    unworked: int = 0
    timed: int = 0
    extra: int = 0


Which = Literal["due", "judged", "moving", "tried"]
DeliveryState = Literal["waiting", "delivered", "parked", "cancelled", "moved", "folded"]


class Delivery(msgspec.Struct, frozen=True):
    """One effect for one channel, to be carried out after commit, at least once.

    `key` is stable: every repeat carries the same.
    """

    key: str
    lead: str
    handoff: str | None
    channel: str  # webhook, email
    body: bytes  # the effect with its recipient, as JSON
    due_at: datetime  # not before
    tries: int = 0
    state: DeliveryState = "waiting"
    reason: str | None = None
    move_at: datetime | None = None  # not taken by then: to another channel, if there is one
    recipient: str | None = None  # as messages name people
    judged: bool = True  # False: whether it goes alone or with others is still to be said
    folded_into: str | None = None  # the stem of the digest that took it
    sent_at: datetime | None = None  # when the channel accepted it
    decided: bytes | None = None  # what a person did about it last, as JSON


class Queue(msgspec.Struct, frozen=True):
    """What waits for one channel. `since`: when the first of it was or is due, or was made where
    it was tried already; `reason`: why the one that was tried most often was not taken."""

    channel: str
    count: int
    since: datetime
    reason: str | None = None


class SentTo(msgspec.Struct, frozen=True):
    """One message that a channel accepted for somebody."""

    recipient: str
    at: datetime
    is_digest: bool


class Choice(msgspec.Struct, frozen=True):
    """What a person chose. `channels`: in their order, empty for all; `off`: kinds of alerts."""

    person: str
    channels: tuple[str, ...]
    off: tuple[str, ...]
    at: datetime
    by: str


class Meeting(msgspec.Struct, frozen=True):
    """A booked meeting; the store refuses two of one rep that overlap."""

    handoff: str
    rep: str
    from_at: datetime
    until_at: datetime


class WakeKey(msgspec.Struct, frozen=True):
    """A team, a rep or a version of a contract that wants to be looked at again."""

    kind: Literal["contract", "team", "rep"]
    id: str


class IdempotencyRow(msgspec.Struct, frozen=True):
    key: str
    body_digest: bytes
    answer: bytes
    at: datetime


class Batch(msgspec.Struct):
    """All that one transaction writes. Nothing of it is seen before all of it is durable."""

    head: Head
    cases: dict[str, SavedCase] = msgspec.field(default_factory=dict)  # by lead id
    captures: list[tuple[str, str]] = msgspec.field(default_factory=list)  # capture id, lead id
    entries: list[SealedEntry] = msgspec.field(default_factory=list)
    deliveries: list[Delivery] = msgspec.field(default_factory=list)
    turns: list[Turn] = msgspec.field(default_factory=list)
    loads: dict[str, LoadRow] = msgspec.field(default_factory=dict)  # rep id or team:ID
    conditions: dict[str, RepConditions] = msgspec.field(default_factory=dict)
    choices: list[Choice] = msgspec.field(default_factory=list)
    handling: list[tuple[str, int]] = msgspec.field(default_factory=list)  # rep, minutes
    wakes: dict[WakeKey, datetime | None] = msgspec.field(default_factory=dict)
    evidence: dict[bytes, bytes] = msgspec.field(default_factory=dict)  # 16-byte digest -> JSON
    meetings: list[Meeting] = msgspec.field(default_factory=list)
    freed: list[str] = msgspec.field(default_factory=list)  # handoffs whose meeting is off
    contracts: list["StoredContract"] = msgspec.field(default_factory=list)
    rosters: list["StoredRoster"] = msgspec.field(default_factory=list)
    agreements: list[Agreement] = msgspec.field(default_factory=list)
    person_keys: list[PersonKey] = msgspec.field(default_factory=list)
    idempotency: list[IdempotencyRow] = msgspec.field(default_factory=list)

    def free(self, handoffs: Sequence[str]) -> None:
        """Their meetings are off, those of this batch too."""
        self.freed += handoffs
        self.meetings = [one for one in self.meetings if one.handoff not in handoffs]


class StoredContract(msgspec.Struct, frozen=True):
    digest: str
    name: str
    version: int
    source: str
    tables: dict[str, str]


class StoredRoster(msgspec.Struct, frozen=True):
    digest: str
    source: str
    format: Literal["yaml", "csv"] = "yaml"


class StandingDelta(msgspec.Struct, frozen=True):
    """What changed about people after some entry: rows as they are now."""

    loads: Mapping[str, LoadRow]
    conditions: Mapping[str, RepConditions]
    turns: Sequence[Turn]  # ascending by seq
    handling: Mapping[str, Sequence[int]]  # the latest observations of a rep, oldest first


class LookUp(msgspec.Struct, frozen=True):
    """What is already known about a batch of captures."""

    captures: Mapping[str, str]  # capture id -> lead id
    people: Mapping[str, str]  # e-mail -> lead id
    cases: Mapping[str, StoredCase]  # by lead id, of all leads named by the two above
    working: Mapping[str, Sequence[tuple[str, str]]]  # account -> (lead id, rep) being worked
    last: Mapping[str, tuple[str, datetime]]  # account -> (last owner, when its last lead came)


class Unit(Protocol):
    """One serialised transaction. At any time at most one exists, over all nodes."""

    head: Head

    async def look_up(
        self,
        *,
        captures: Sequence[str],
        emails: Sequence[str],
        accounts: Sequence[str],
        with_last: bool,
    ) -> LookUp: ...
    async def cases(self, leads: Sequence[str]) -> dict[str, StoredCase]: ...
    async def due(self, *, now: datetime, limit: int) -> list[StoredCase]:
        """Cases whose wake-up is due, earliest first, then by lead id."""
        ...

    async def due_wakes(self, *, now: datetime, limit: int) -> list[tuple[WakeKey, datetime]]: ...
    async def waiting(self, *, team: str, limit: int) -> list[StoredCase]:
        """Open cases owned by the team's pool (not in triage), earliest wake-up first."""
        ...

    async def owned(self, *, rep: str, limit: int) -> list[StoredCase]: ...
    async def owned_count(self, *, team: str) -> int:
        """Open handoffs whose owner belongs to the team, pooled or assigned."""
        ...

    async def standing(self, *, after: int, turns_from: datetime) -> StandingDelta:
        """Rows changed by entries after `after`; turns not older than `turns_from`."""
        ...

    async def last_turns(self) -> Mapping[tuple[str, str], datetime]:
        """(team, rep) -> the last assignment ever."""
        ...

    async def agreements(self) -> AgreementBook:
        """All versions by name, number and digest; all keys in the order of their registration."""
        ...

    async def idempotent(self, key: str) -> IdempotencyRow | None: ...
    async def stage(self, batch: Batch) -> None:
        """Write it all; durable when the transaction ends without an error."""
        ...


class HandoffFilter(msgspec.Struct, frozen=True):
    open_only: bool = True
    team: str | None = None
    owner: str | None = None
    stage: str | None = None
    incident_only: bool = False  # whose incident is open
    limit: int = 200
    after: tuple[datetime, str] | None = None  # (wake_at, handoff id) of the last row before


class Health(msgspec.Struct, frozen=True):
    overdue: int  # wake-ups that are due
    oldest_due_at: datetime | None
    waiting_deliveries: int
    parked_deliveries: int
    open_handoffs: int
    failing_deliveries: int = 0  # tried often enough that they have failed for half an hour
    # Since when the first is late: due, or, where it failed twice, made.
    oldest_delivery_at: datetime | None = None


class Store(Protocol):
    def write(self) -> AbstractAsyncContextManager[Unit]:
        """Begin the one transaction; commits on a clean exit, undoes everything on an error."""
        ...

    async def head(self) -> Head: ...
    async def case_of_handoff(self, handoff: str) -> StoredCase | None:
        """By handoff id, or by lead id for the lead's latest handoff."""
        ...

    async def cases_of(self, query: HandoffFilter) -> list[StoredCase]: ...
    async def entries_of(self, lead: str) -> list[SealedEntry]: ...
    async def keys(self, leads: Sequence[str]) -> dict[str, bytes]:
        """The persons' wrapped keys by lead id; one that was destroyed is not in it."""
        ...

    def entries(self, *, after: int, chunk: int) -> AsyncIterator[Sequence[SealedEntry]]: ...
    async def evidence(self, digests: Sequence[bytes]) -> dict[bytes, bytes]: ...
    async def contract(self, digest: str) -> StoredContract | None: ...
    async def contracts(self) -> list[StoredContract]: ...
    async def agreements(self) -> AgreementBook: ...
    async def roster(self, digest: str) -> StoredRoster | None: ...
    async def next_wake(self) -> datetime | None: ...
    async def claim_deliveries(
        self, *, now: datetime, limit: int, lease_until: datetime, besides: Sequence[str] = ()
    ) -> list[Delivery]:
        """Take waiting deliveries that are due; nobody else gets them before `lease_until`."""
        ...

    async def claim_of_channel(
        self, channel: str, *, now: datetime, limit: int, lease_until: datetime, which: Which
    ) -> list[Delivery]:
        """The same of one channel: those that are `due`; of them those that were `judged`, or
        are `moving`, whose `move_at` has come; or those that were `tried`, due or not."""
        ...

    async def record_delivery(self, delivery: Delivery) -> None: ...
    async def move_delivery(
        self, delivery: Delivery, *, to: Delivery, again: bool = False, by_person: bool = False
    ) -> bool:
        """In one step: `delivery` is moved, and `to` waits in its place. False, and nothing is
        changed, where there is a delivery of that key already, or nothing that could be moved.
        `again`: one that has itself moved, and was never tried, waits again; `by_person`: one that
        was tried does too."""
        ...

    async def decide_delivery(self, delivery: Delivery) -> bool:
        """A parked one becomes this. False, and nothing is changed, where it is parked no more."""
        ...

    async def choice(self, person: str) -> Choice | None: ...

    async def wake_deliveries(self, channel: str, *, now: datetime) -> int:
        """What was tried on the channel and waits for a later try is due now."""
        ...

    async def unjudged(self, channel: str, *, now: datetime, limit: int) -> list[Delivery]:
        """Due, and not yet said whether they go alone; nothing is claimed."""
        ...

    async def let_go(self, keys: Sequence[str]) -> None:
        """They go alone."""
        ...

    async def sent_to(self, recipients: Sequence[str], *, since: datetime) -> list[SentTo]:
        """What personal channels accepted for them after `since`, in order of time."""
        ...

    async def open_digests(
        self, channel: str, recipients: Sequence[str], *, now: datetime
    ) -> list[Delivery]:
        """Digests to them that nobody has begun to send."""
        ...

    async def fold(self, keys: Sequence[str], *, digest: Delivery, stem: str, now: datetime) -> int:
        """In one step: the digest waits, if it did not, and has taken those of the deliveries that
        were still unjudged. Returns how many; 0, and nothing is changed, once it is being sent."""
        ...

    async def waiting_alone(self, recipients: Sequence[str]) -> dict[str, int]:
        """How many wait for them that go alone, on any channel; none: not in it."""
        ...

    async def unfold(self, stem: str, *, besides: Sequence[str] = ()) -> int:
        """What was to go with another goes alone after all, but for these keys; how many."""
        ...

    async def folded(self, stem: str) -> list[Delivery]:
        """What a digest has taken. `stem`: its key without the channel."""
        ...

    async def deliveries_of(self, lead: str) -> list[Delivery]: ...
    async def delivery(self, key: str) -> Delivery | None: ...
    async def deliveries_in(
        self, state: DeliveryState, *, after: str, limit: int
    ) -> list[Delivery]:
        """Those in this state behind this key, by key."""
        ...

    async def queues(self, channels: Sequence[str]) -> list[Queue]:
        """What waits for each of these channels, by its name; none that is empty."""
        ...

    async def meeting_starts(
        self, reps: Sequence[str], *, since: datetime
    ) -> dict[str, tuple[datetime, ...]]:
        """Of the reps' booked meetings that began or begin at or after `since`, ascending; who has
        none is not in it."""
        ...

    async def health(self, *, now: datetime) -> Health: ...
    async def faults(self) -> list[str]:
        """Rows that break an invariant of the stored state; empty when all holds."""
        ...

    async def close(self) -> None: ...


class RefusedOverlap(Exception):
    """The database refused a second meeting of a rep at the same time."""


class StoreUnavailable(Exception):
    """The database cannot be reached or ended the transaction; nothing of it was written."""
