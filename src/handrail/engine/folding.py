"""Many messages to one person become one: which go alone, and which wait for a digest.

Of what is due on a personal channel it is first said whether it goes alone. A few messages a
minute do. What is more is folded into a digest: the first goes a little later, so that the rest of
a burst is in it, each further one later still. Whoever had as many messages in this shift as the
budget allows gets the rest as a digest now and then, save what must not wait. How many and how
often, the contract says under which each handoff runs. What must be told waits a minute at most
however long a storm lasts, and the page of an incident a quarter of one.

Nothing is dropped: what is folded is delivered with its digest. A digest is a delivery like any
other, with a key of its own, and waits with all it takes in the database.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from handrail.contract.model import Noise
from handrail.engine.alerts.kinds import kind_of
from handrail.engine.alerts.message import DIGEST, Message, read_message
from handrail.engine.channels import MOVE_AFTER
from handrail.engine.engine import Engine
from handrail.engine.ledger import encode
from handrail.engine.ports import Delivery, SentTo, Store
from handrail.terms.people import Rep, Roster

WITHIN = timedelta(minutes=1)
FIRST_AFTER = timedelta(seconds=15)  # a digest gathers what comes meanwhile
PAGE_EVERY = timedelta(seconds=15)  # between two pages of incidents to one person
REMEMBERED = (
    3  # times the wait between digests: a burst is over when nothing was folded for so long
)
JUDGED_MAX = 2_000  # at once

NoiseOf = Callable[[str | None], Awaitable[Noise]]  # of a contract by its digest; None: in force


class Waiting(msgspec.Struct, frozen=True):
    """One delivery to somebody, of which it is to be said whether it goes alone."""

    key: str
    must: bool
    was_held: bool = False
    pages: bool = False


class Plan(msgspec.Struct, frozen=True):
    """Keys that go alone, and those that a digest takes, by the instant at which it is due."""

    alone: tuple[str, ...] = ()
    folded: tuple[tuple[datetime, tuple[str, ...]], ...] = ()


def plan(
    waiting: Sequence[Waiting],
    *,
    sent: Sequence[SentTo],
    shift_began: datetime,
    open_until: Sequence[datetime],
    noise: Noise,
    now: datetime,
) -> Plan:
    """For one person. `sent`: what they got, in order of time; `open_until`: when the digests that
    still take more are due, in order of time. Pure.

    What must be told joins no digest that is due in more than a minute. What was held through
    quiet hours waits for the rest of it, however little that is.
    """
    seen = _Seen(sent=sent, open_until=open_until, noise=noise, now=now)
    pages = tuple(one.key for one in waiting if one.pages)
    others = [one for one in waiting if not one.pages]
    is_over = sum(one.at >= shift_began for one in sent) >= noise.budget
    keys = [one for one in others if one.must or not is_over]
    rest = tuple(one.key for one in others if is_over and not one.must)
    paged = _pages(pages, seen)
    if paged.folded:  # it is told now in any case, and takes along what else waits
        seen = msgspec.structs.replace(seen, open_until=(paged.folded[0][0], *open_until))
    planned = [paged, _lately(keys, seen)]
    if rest:
        due_at = seen.opened(noise.storm_every) or _next_full(noise.digest_every, now=now)
        planned.append(Plan(folded=((due_at, rest),)))
    return _together(planned)


class _Seen(msgspec.Struct, frozen=True):
    """What is known of one person when it is planned for them."""

    sent: Sequence[SentTo]
    open_until: Sequence[datetime]
    noise: Noise
    now: datetime

    @property
    def lately(self) -> list[SentTo]:
        return [one for one in self.sent if one.at > self.now - WITHIN]

    def opened(self, patience: timedelta) -> datetime | None:
        """When the first digest is due that is still open, if that is soon enough."""
        return next((at for at in self.open_until if at <= self.now + patience), None)


def _pages(keys: tuple[str, ...], seen: _Seen) -> Plan:
    """At once, whatever else the person is told; together where they come close on each other."""
    if not keys:
        return Plan()
    opened, now = seen.opened(PAGE_EVERY), seen.now
    told_at = seen.sent[-1].at if seen.sent else None
    if opened is not None:
        return Plan(folded=((opened, keys),))
    if told_at is not None and told_at > now - PAGE_EVERY:
        return Plan(folded=((told_at + PAGE_EVERY, keys),))
    return Plan(alone=keys) if len({*map(entry_of, keys)}) == 1 else Plan(folded=((now, keys),))


def _lately(waiting: Sequence[Waiting], seen: _Seen) -> Plan:
    """One by one while they are few, else in a digest with what must be told soonest."""
    noise, now = seen.noise, seen.now
    must = any(one.must for one in waiting)
    patience = min(WITHIN, noise.storm_every) if must else noise.storm_every
    opened = seen.opened(patience)
    if opened is not None:
        return Plan(folded=((opened, tuple(one.key for one in waiting)),))
    held = tuple(one.key for one in waiting if one.was_held)
    alone = tuple(one.key for one in waiting if not one.was_held)
    if len({*map(entry_of, alone)}) + len(seen.lately) <= noise.storm_above:
        return Plan(alone=alone, folded=((now + FIRST_AFTER, held),))
    return Plan(folded=((_digest_at(seen, every=patience), (*alone, *held)),))


def _together(parts: Sequence[Plan]) -> Plan:
    """One digest for each instant, and none of nothing."""
    folded: dict[datetime, tuple[str, ...]] = {}
    for due_at, keys in (one for part in parts for one in part.folded):
        if keys:
            folded[due_at] = (*folded.get(due_at, ()), *keys)
    return Plan(alone=tuple(key for part in parts for key in part.alone), folded=(*folded.items(),))


def calmest(found: Iterable[Noise]) -> Noise:
    """Where one person is told under several contracts, each keeps its word: the fewest messages
    one by one, and the shortest waits."""
    every = [*found]
    return Noise(
        budget=min(one.budget for one in every),
        digest_every=min(one.digest_every for one in every),
        storm_above=min(one.storm_above for one in every),
        storm_every=min(one.storm_every for one in every),
    )


def entry_of(key: str) -> str:
    """The entry of the ledger that a delivery speaks of: with it its key begins."""
    return key.partition("-")[0]


def _digest_at(seen: _Seen, *, every: timedelta) -> datetime:
    """Later each time while a burst lasts."""
    now, lately = seen.now, seen.lately
    since = now - REMEMBERED * max(every, seen.noise.storm_every)
    digests = [one.at for one in seen.sent if one.is_digest and one.at > since]
    if len(digests) > 1:
        return max(digests[-1] + every, now)
    if digests or lately:
        return max((digests or [one.at for one in lately])[-1] + WITHIN, now)
    return now + FIRST_AFTER


def _next_full(span: timedelta, *, now: datetime) -> datetime:
    """The next full quarter of an hour, where the span is one: the same on every node."""
    passed = (now - datetime.min.replace(tzinfo=UTC)) % span
    return now - passed + span


def shift_began(who: str, *, roster: Roster, now: datetime) -> datetime:
    """When the person's present or latest shift began; without shifts, their local midnight."""
    rep, person = roster.reps.get(who), roster.people.get(who)
    zone = ZoneInfo(rep.timezone if rep else (person.timezone if person else None) or "UTC")
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    begun = [at for at in _shift_starts(rep, midnight) if at <= now]
    return max(begun, default=midnight.astimezone(UTC))


def _shift_starts(rep: Rep | None, midnight: datetime) -> Iterable[datetime]:
    """Of yesterday and today: the first span of each day."""
    if rep is None or rep.shift is None:
        return
    for day in (midnight - timedelta(days=1), midnight):
        spans = rep.shift.days[day.weekday()]
        if spans:
            yield (day + timedelta(minutes=min(one.from_minute for one in spans))).astimezone(UTC)


class Folding:
    """The step before sending, for one store. Any number of nodes may take it."""

    def __init__(self, store: Store, *, noise_of: NoiseOf | None = None) -> None:
        """`noise_of`: what each contract says; without it, what holds where none says anything."""
        self._store = store
        self._noise_of = noise_of or _unsaid

    async def judge(self, channel: str, *, roster: Roster, now: datetime, may_move: bool) -> int:
        """Say of what is due whether it goes alone; returns of how many.

        `may_move`: another channel could take a digest that this one does not.
        """
        found = await self._store.unjudged(channel, now=now, limit=JUDGED_MAX)
        if not found:
            return 0
        by_person: dict[str, list[Delivery]] = defaultdict(list)
        # What nobody can read goes alone: it is parked, and holds up no digest.
        await self._store.let_go([one.key for one in found if _said(one) is None])
        for delivery in (one for one in found if _said(one) is not None):
            by_person[person_of(delivery.recipient or "", roster=roster)].append(delivery)
        if not by_person:
            return len(found)
        noise = {person: await self._noise(rows) for person, rows in by_person.items()}
        lasts = REMEMBERED * max(one.storm_every for one in noise.values())
        sent = await self._sent(by_person, roster=roster, since=now - lasts, now=now)
        opened: dict[str, list[datetime]] = defaultdict(list)
        for digest in await self._store.open_digests(channel, list(by_person), now=now):
            opened[str(digest.recipient)].append(digest.due_at)
        for person, deliveries in by_person.items():
            planned = plan(
                [_waiting(one) for one in deliveries],
                sent=sent.get(person, ()),
                shift_began=shift_began(person, roster=roster, now=now),
                open_until=opened[person],
                noise=noise[person],
                now=now,
            )
            await self._carry_out(planned, channel, person, now=now, may_move=may_move)
            await self._let_go([one for one in deliveries if one.key in planned.alone], now=now)
        return len(found)

    async def _noise(self, deliveries: Sequence[Delivery]) -> Noise:
        """What the contracts say under which their handoffs run."""
        under = {_contract(one) for one in deliveries}
        return calmest([await self._noise_of(digest) for digest in under])

    async def _let_go(self, alone: Sequence[Delivery], *, now: datetime) -> None:
        """One of each entry: what else the person is told by it goes with the weightiest."""
        by_entry: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in alone:
            by_entry[entry_of(delivery.key)].append(delivery)
        first: list[str] = []
        for together in by_entry.values():
            lead, *others = sorted(together, key=_weight)
            first.append(lead.key)
            if others:
                stem = lead.key.removesuffix(f"-{lead.channel}")
                keys = [one.key for one in others]
                await self._store.fold(keys, digest=lead, stem=stem, now=now)
        if first:
            await self._store.let_go(first)

    async def _sent(
        self, people: Iterable[str], *, roster: Roster, since: datetime, now: datetime
    ) -> Mapping[str, Sequence[SentTo]]:
        """By person, under whichever name it went out."""
        names = {name: person for person in people for name in _names_of(person, roster)}
        since = min(
            since,
            *(shift_began(person, roster=roster, now=now) for person in names.values()),
        )
        found: dict[str, list[SentTo]] = defaultdict(list)
        for one in await self._store.sent_to(list(names), since=since):
            found[names[one.recipient]].append(one)
        # What waits for a channel that is down counts as told now: it will come with the rest.
        for name, count in (await self._store.waiting_alone(list(names))).items():
            found[names[name]] += [SentTo(name, now, is_digest=False)] * count
        return found

    async def _carry_out(
        self, planned: Plan, channel: str, person: str, *, now: datetime, may_move: bool
    ) -> None:
        for due_at, keys in planned.folded:
            stem = f"{DIGEST}-{person}-{int(due_at.timestamp())}"
            digest = Delivery(
                key=f"{stem}-{channel}",
                lead="",
                handoff=None,
                channel=channel,
                body=encode(Message(what=DIGEST, to=person, at=now, seq=0, lead="")),
                due_at=due_at,
                recipient=person,
                move_at=due_at + MOVE_AFTER if may_move else None,
            )
            # None taken: it is being sent by now, and the next look finds another digest.
            await self._store.fold(keys, digest=digest, stem=stem, now=now)


def person_of(recipient: str, *, roster: Roster) -> str:
    """Who reads what is sent to this name: for a pool, the manager of its team."""
    team = roster.teams.get(recipient.removeprefix("team:"))
    return team.manager if recipient.startswith("team:") and team is not None else recipient


def _names_of(person: str, roster: Roster) -> list[str]:
    pools = [f"team:{team.name}" for team in roster.teams.values() if team.manager == person]
    return [person, *pools]


# Of several kinds in one entry: the one whose act comes first.
# Whoever owns the lead now is told so first, with the buyer and the buttons.
_WEIGHTY = ("assigned", "incident", "manager_alerted", "sla_warned", "unstaffed", "high_intent")


def _weight(delivery: Delivery) -> tuple[int, str]:
    what = _what(delivery)
    return (_WEIGHTY.index(what) if what in _WEIGHTY else len(_WEIGHTY), delivery.key)


def _waiting(delivery: Delivery) -> Waiting:
    said = _said(delivery)
    if said is None:
        return Waiting(delivery.key, must=True)
    kind = kind_of(said.what)
    return Waiting(delivery.key, must=kind.must, was_held=said.was_held, pages=kind.pages)


def _what(delivery: Delivery) -> str | None:
    """The kind; None where it is unreadable: sent alone it is parked, where a person sees it."""
    message = _said(delivery)
    return message.what if message is not None else None


def _contract(delivery: Delivery) -> str | None:
    message = _said(delivery)
    return message.contract if message is not None else None


def _said(delivery: Delivery) -> Message | None:
    try:
        return read_message(delivery.body)
    except msgspec.DecodeError:
        return None


async def _unsaid(_: str | None) -> Noise:
    return Noise()


def agreed(engine: Engine) -> NoiseOf:
    """What the engine's contracts say. Of what runs under none, the one in force."""

    async def noise_of(digest: str | None) -> Noise:
        if digest is not None:
            return (await engine.contract(digest)).alerts.noise
        contract, _ = await engine.in_force()
        return contract.alerts.noise if contract is not None else Noise()

    return noise_of
