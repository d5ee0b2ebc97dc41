"""Many messages to one person become one: which go alone, and which wait for a digest.

Of what is due on a personal channel it is first said whether it goes alone. Up to two messages a
minute do. What is more is folded into a digest: the first goes a little later, so that the rest of
a burst is in it, each further one later still. Whoever had as many messages in this shift as the
budget allows gets the rest as a digest every quarter of an hour, save what must not wait.

Nothing is dropped: what is folded is delivered with its digest. A digest is a delivery like any
other, with a key of its own, and waits with all it takes in the database.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from handrail.engine.alerts.kinds import kind_of
from handrail.engine.alerts.message import DIGEST, Message, read_message
from handrail.engine.channels import MOVE_AFTER
from handrail.engine.ledger import encode
from handrail.engine.ports import Delivery, SentTo, Store
from handrail.terms.people import Rep, Roster

ALONE_MAX = 2  # messages to one person on one channel within a minute; more are folded
WITHIN = timedelta(minutes=1)
FIRST_AFTER = timedelta(seconds=15)  # a digest gathers what comes meanwhile
THEN_AFTER = timedelta(minutes=5)  # between two digests, from the third on
REMEMBERED = timedelta(minutes=15)  # a burst is over when nothing was folded for so long
BUDGET = 20  # messages to one person within a shift
DIGEST_EVERY = timedelta(minutes=15)  # beyond the budget
JUDGED_MAX = 2_000  # at once


class Noise(msgspec.Struct, frozen=True):
    """How much one person is told one by one."""

    alone_max: int = ALONE_MAX
    budget: int = BUDGET


class Waiting(msgspec.Struct, frozen=True):
    """One delivery to somebody, of which it is to be said whether it goes alone."""

    key: str
    must: bool


class Plan(msgspec.Struct, frozen=True):
    """Keys that go alone, and those that a digest takes, by the instant at which it is due."""

    alone: tuple[str, ...] = ()
    folded: tuple[tuple[datetime, tuple[str, ...]], ...] = ()


def plan(
    waiting: Sequence[Waiting],
    *,
    sent: Sequence[SentTo],
    shift_began: datetime,
    open_until: datetime | None,
    noise: Noise,
    now: datetime,
) -> Plan:
    """For one person. `sent`: what they got, in order of time; `open_until`: when
    the digest that still takes more is due. Pure."""
    lately = [one for one in sent if one.at > now - WITHIN]
    in_shift = sum(one.at >= shift_began for one in sent)
    is_over = in_shift >= noise.budget
    keys = tuple(one.key for one in waiting if one.must or not is_over)
    rest = tuple(one.key for one in waiting if is_over and not one.must)
    if open_until is not None:
        return Plan(folded=((open_until, (*keys, *rest)),))
    folded = [(_quarter(now), rest)] if rest else []
    if len({*map(entry_of, keys)}) + len(lately) <= noise.alone_max:
        return Plan(alone=keys, folded=tuple(folded))
    return Plan(folded=((_digest_at(sent, lately, now=now), (*keys, *rest)),))


def entry_of(key: str) -> str:
    """The entry of the ledger that a delivery speaks of: with it its key begins."""
    return key.partition("-")[0]


def _digest_at(sent: Sequence[SentTo], lately: Sequence[SentTo], *, now: datetime) -> datetime:
    """Later each time while a burst lasts."""
    digests = [one.at for one in sent if one.is_digest and one.at > now - REMEMBERED]
    if len(digests) > 1:
        return max(digests[-1] + THEN_AFTER, now)
    if digests or lately:
        return max((digests or [one.at for one in lately])[-1] + WITHIN, now)
    return now + FIRST_AFTER


def _quarter(now: datetime) -> datetime:
    """The next full quarter of an hour."""
    passed = (now - datetime.min.replace(tzinfo=UTC)) % DIGEST_EVERY
    return now - passed + DIGEST_EVERY


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

    def __init__(self, store: Store, *, noise: Noise | None = None) -> None:
        self._store = store
        self._noise = noise or Noise()

    async def judge(self, channel: str, *, roster: Roster, now: datetime, may_move: bool) -> int:
        """Say of what is due whether it goes alone; returns of how many.

        `may_move`: another channel could take a digest that this one does not.
        """
        found = await self._store.unjudged(channel, now=now, limit=JUDGED_MAX)
        if not found:
            return 0
        by_person: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in found:
            by_person[person_of(delivery.recipient or "", roster=roster)].append(delivery)
        sent = await self._sent(by_person, roster=roster, now=now)
        digests = await self._store.open_digests(channel, list(by_person), now=now)
        opened = {str(one.recipient): one for one in digests}
        for person, deliveries in by_person.items():
            planned = plan(
                [Waiting(one.key, _must(one)) for one in deliveries],
                sent=sent.get(person, ()),
                shift_began=shift_began(person, roster=roster, now=now),
                open_until=opened[person].due_at if person in opened else None,
                noise=self._noise,
                now=now,
            )
            await self._carry_out(planned, channel, person, now=now, may_move=may_move)
            await self._let_go([one for one in deliveries if one.key in planned.alone], now=now)
        return len(found)

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
        self, people: Iterable[str], *, roster: Roster, now: datetime
    ) -> Mapping[str, Sequence[SentTo]]:
        """By person, under whichever name it went out."""
        names = {name: person for person in people for name in _names_of(person, roster)}
        since = min(
            now - REMEMBERED,
            *(shift_began(person, roster=roster, now=now) for person in names.values()),
        )
        found: dict[str, list[SentTo]] = defaultdict(list)
        for one in await self._store.sent_to(list(names), since=since):
            found[names[one.recipient]].append(one)
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
_WEIGHTY = ("incident", "manager_alerted", "assigned", "sla_warned", "unstaffed", "high_intent")


def _weight(delivery: Delivery) -> tuple[int, str]:
    what = _what(delivery)
    return (_WEIGHTY.index(what) if what in _WEIGHTY else len(_WEIGHTY), delivery.key)


def _must(delivery: Delivery) -> bool:
    what = _what(delivery)
    return what is None or kind_of(what).must


def _what(delivery: Delivery) -> str | None:
    """The kind; None where it is unreadable: sent alone it is parked, where a person sees it."""
    try:
        return read_message(delivery.body).what
    except msgspec.DecodeError:
        return None
