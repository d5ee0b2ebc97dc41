"""The invariants, looked at after every step of a story."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

import msgspec

from handrail.engine.ledger import Entry, chain, read_entry, reveal
from handrail.engine.ports import SealedEntry
from handrail.engine.vault import Vault
from handrail.kernel.decision import Case
from handrail.kernel.evolve import evolve
from handrail.store.memory import MemoryStore
from handrail.trials.sim.book import Book
from handrail.trials.sim.idle import Idle
from handrail.trials.sim.nodes import Node, earliest, latest
from handrail.trials.sim.routed import judge_entry
from handrail.trials.sim.world import World

CHUNK = 1_000


class Checks:
    """Follows the ledger of one story and holds everything else against it."""

    def __init__(self, *, world: World, store: MemoryStore, vault: Vault) -> None:
        self.book = Book(world)
        self.entries: list[Entry] = []
        self.cases: dict[str, Case] = {}  # folded from the ledger, by lead
        self.acked: dict[str, str] = {}  # capture id -> lead, as clients were told
        self._store = store
        self._vault = vault
        self._digest = bytes(32)
        self._keys: dict[str, bytes] = {}
        self._idle = Idle(world)

    async def look(self, nodes: Sequence[Node], *, is_caught_up: bool) -> list[str]:
        """Read what is new and say what does not hold. `is_caught_up`: no wake-up is overdue."""
        await self._read()
        faults = list(self.book.faults)
        faults += [f"I4: {fault}" for fault in await self._store.faults()]
        faults += [*self._acknowledged(), *self._owners(), *self._meetings()]
        faults += await self._stored_cases()
        for node in nodes:
            faults += self._counts(node)
        if is_caught_up:
            first, last = earliest(nodes), latest(nodes)
            faults += self._untaken(first)
            faults += self._idle.missed(book=self.book, cases=self.cases, first=first, last=last)
        return faults

    # --- the ledger: I9, I10

    async def _read(self) -> None:
        async for rows in self._store.entries(after=self.book.seq, chunk=CHUNK):
            leads = sorted({row.lead for row in rows if row.lead is not None} - set(self._keys))
            self._keys.update(await self._store.keys(leads))
            for row in rows:
                await self._take(row)

    async def _take(self, row: SealedEntry) -> None:
        if row.seq != len(self.entries) + 1:
            self.book.fault("I9", row.at, f"entry {row.seq} is number {len(self.entries) + 1}")
        self._digest = chain(self._digest, row.body)
        if row.digest != self._digest:
            self.book.fault("I10", row.at, f"entry {row.seq} is not chained to the one before")
        entry = await self._with_days(read_entry(row))
        if entry.seal is not None and entry.lead is not None:
            key = self._keys[entry.lead]
            entry = reveal(entry, sealed=row.sealed, vault=self._vault, key=key)
        self.entries.append(entry)
        judge_entry(self.book, entry)
        self.book.take(entry)
        self._idle.count(entry, self.book)
        self._fold(entry)

    async def _with_days(self, entry: Entry) -> Entry:
        """With the days that were kept apart put in their places."""
        said = entry.change.get("conditions", {})
        apart = {rep: bytes.fromhex(one) for rep, one in said.items() if isinstance(one, str)}
        if not apart:
            return entry
        found = await self._store.evidence(sorted(set(apart.values())))
        days = {rep: msgspec.json.decode(found[digest]) for rep, digest in apart.items()}
        change = {**entry.change, "conditions": {**said, **days}}
        return msgspec.structs.replace(entry, change=change)

    def _fold(self, entry: Entry) -> None:
        if entry.lead is None:
            return
        case = self.cases.get(entry.lead)
        for event in entry.events:
            case = evolve(case, event, at=entry.at)
        if case is not None:
            self.cases[entry.lead] = case

    async def _stored_cases(self) -> list[str]:
        """What is stored is the fold of what was recorded, and nothing else."""
        async with self._store.write() as unit:
            stored = await unit.cases(list(self.cases))
        faults = []
        for lead, told in self.cases.items():
            row = stored.get(lead)
            if row is None or row.case != told:
                faults.append(f"I9: what is stored of {lead} is not what the ledger tells")
                continue
            handoff, hand = row.case.handoff, self.book.open_hand(lead)
            is_open = handoff is not None and handoff.is_open
            if is_open != (hand is not None) or is_open != (row.case.lead.state == "handoff"):
                faults.append(f"I1: {lead} is {row.case.lead.state}, its open handoff {hand}")
            elif handoff is not None and hand is not None:
                if (str(handoff.owner), handoff.stage) != (hand.owner, hand.stage):
                    faults.append(f"I1: {hand.id} is stored otherwise than {hand.owner}")
        return faults

    # --- I1, I2, I13

    def _acknowledged(self) -> Iterator[str]:
        for capture, lead in self.acked.items():
            if self.book.captures.get(capture) != lead:
                yield f"I2: capture {capture} was acknowledged as {lead}, the ledger has it not"

    def _owners(self) -> Iterator[str]:
        roster = self.book.roster
        for hand in self.book.hands.values():
            if not hand.is_open or roster is None:
                continue
            if hand.rep is not None and hand.rep not in roster.reps:
                yield f"I1: {hand.id} is owned by {hand.rep}, who left the roster"
            if hand.team not in roster.teams:
                yield f"I1: {hand.id} belongs to {hand.team!r}, which is no team"

    def _meetings(self) -> Iterator[str]:
        by_rep: dict[str, list[tuple[datetime, datetime, str]]] = {}
        for hand in self.book.hands.values():
            booked = hand.meeting
            if booked is not None:
                row = (booked.from_at, booked.until_at, hand.id)
                by_rep.setdefault(booked.rep, []).append(row)
        for rep, rows in by_rep.items():
            for one, other in pairwise(sorted(rows)):
                if other[0] < one[1]:
                    yield f"I13: {rep} has {one[2]} and {other[2]} at one time"

    # --- I5: completeness; I12: counters

    def _untaken(self, now: datetime) -> Iterator[str]:
        for hand, clock in self.book.overdue(now):
            yield f"I5: {hand.id}: {clock.kind} was due at {clock.due_at:%d %H:%M:%S}, untaken"

    def _counts(self, node: Node) -> Iterator[str]:
        """A node's memory, when it is fresh, counts what the ledger says."""
        standing, roster = node.engine._standing, self.book.roster
        if standing is None or standing.seq != self.book.seq or roster is None:
            return
        who = f"I12: node {node.number} counts"
        for rep in roster.reps:
            hands, row = self.book.hands_of(rep), standing.loads.get(rep)
            have = (row.open, row.unworked, row.timed) if row is not None else (0, 0, 0)
            want = (hands.open, hands.unworked, hands.timed)
            if have != want:
                yield f"{who} {have} in {rep}'s hands, the ledger {want}"
            if standing.turns_since(rep, 0) != len(hands.turns):
                yield f"{who} other turns of {rep} than the ledger"
        for team in roster.teams:
            if standing.waiting(team) != self.book.waiting(team):
                yield f"{who} {standing.waiting(team)} in {team}'s pool"
        for (team, rep), turns in self.book.turns.items():
            had = (
                standing.tally(team=team, rep=rep, start=0, now=0).had
                if rep in roster.reps
                else None
            )
            if had is not None and had != len(turns.given) - len(turns.credited):
                yield f"{who} {had} had by {rep} in {team}"
