"""Play a story to its end on real engines in virtual time, and say what did not hold."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec
import structlog

from handrail.engine.clock import VirtualClock
from handrail.engine.items import Receipt, Refused
from handrail.engine.ports import StoreUnavailable
from handrail.engine.replay import replay
from handrail.store.memory import MemoryStore
from handrail.trials.sim.acts import Attempt, Scene, attempt_of
from handrail.trials.sim.checks import Checks
from handrail.trials.sim.nodes import FAULTS, Crashed, Node, SeededVault, earliest
from handrail.trials.sim.story import Step
from handrail.trials.sim.world import World

TICKS_MAX = 2_000  # wake-ups taken between two steps before we call it a loop
PAGES_MAX = 60  # wake-ups taken in a long gap before the rest of it becomes an outage
TRIES_MAX = 4
DRAIN = timedelta(days=3)
REPLAYED_EVERY = 4  # seeds
SILENT = logging.CRITICAL  # what is logged comes out as a fault


class Outcome(msgspec.Struct):
    """What became of a story: nothing in `faults` when everything held after every step."""

    seed: int
    faults: list[str]
    at_step: int  # number of the step after which the first fault was seen
    transcript: list[str]
    entries: int
    head: str  # the digest at which the ledger ended
    counts: dict[str, int]


def play(seed: int, world: World, steps: Sequence[Step], *, is_told: bool = False) -> Outcome:
    """Run it. The same arguments always give the same outcome."""
    known = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(SILENT))
    try:
        return asyncio.run(Stage(seed, world, is_told=is_told).play(steps))
    finally:
        structlog.configure(**known)


class Stage:
    """Two or three nodes on one store, their clients, and whoever looks on."""

    def __init__(self, seed: int, world: World, *, is_told: bool) -> None:
        self.seed = seed
        self.world = world
        self.rng = Random(f"stage {seed}")
        self.store = MemoryStore()
        self.clock = VirtualClock(world.start)
        self.nodes = [
            Node(number=n, store=self.store, base=self.clock, rng=Random(f"node {seed} {n}"))
            for n in range(self.rng.choice((2, 2, 3)))
        ]
        self.vault = SeededVault(Random(0))
        self.checks = Checks(world=world, store=self.store, vault=self.vault)
        self.sent: list[Attempt] = []
        self.answers: dict[str, bytes] = {}
        self.counts: Counter[str] = Counter()
        self.transcript: list[str] = []
        self.faults: list[str] = []
        self._is_told = is_told
        self._told = 0
        self._last = -1

    async def play(self, steps: Sequence[Step]) -> Outcome:
        try:
            await self._play(steps)
        except Exception as fault:
            self.tell(f"raised: {fault!r}")
            self.faults.append(f"I0: {type(fault).__name__}: {fault}")
        return Outcome(
            seed=self.seed,
            faults=self.faults,
            at_step=self._last,
            transcript=self.transcript,
            entries=self.checks.book.seq,
            head=(await self.store.head()).digest.hex(),
            counts=dict(self.counts),
        )

    async def _play(self, steps: Sequence[Step]) -> None:
        await self._begin()
        for group in _groups(steps):
            self._last = group[-1].number
            await self._pass_time(group[0])
            await self._do(group)
            await self._wake_until(self.clock.now())
            if await self._look(is_caught_up=True):
                return
        await self._drain()

    async def _begin(self) -> None:
        engine = self.nodes[0].engine
        await engine.adopt_roster(self.world.rosters[0].stored, actor="system")
        await engine.adopt_contract(self.world.contracts[0].stored, actor="system")
        await self._look(is_caught_up=True)

    # --- time

    async def _pass_time(self, step: Step) -> None:
        until = self.clock.now() + timedelta(seconds=step.gap)
        if step.is_outage:
            self.tell(f"an outage until {until}")
            self.clock.move_to(until)
            if step.salt % 2:
                return  # whoever waited for its end is faster than the clocks
        await self._wake_until(until)

    async def _wake_until(self, until: datetime) -> None:
        """Every wake-up is taken at its instant, as the node that takes it reads its clock."""
        for count in range(TICKS_MAX):
            node = self.rng.choice(self.nodes)
            due = await self.store.next_wake()
            if due is None or due - node.clock.skew > until:
                if due is None or due > earliest(self.nodes) + (until - self.clock.now()):
                    break
                continue
            if count > PAGES_MAX:
                self.clock.move_to(max(until, self.clock.now()))
            at = max(self.clock.now(), due - node.clock.skew)
            self.clock.move_to(at)
            await self._tick(node)
        else:
            self.faults.append(f"I22: wake-ups do not end, the next is due {due}")
        self.clock.move_to(max(until, self.clock.now()))

    async def _tick(self, node: Node) -> None:
        self.counts["ticks"] += 1
        try:
            await node.engine.tick(limit=self.rng.choice((1, 3, 500)))
        except (StoreUnavailable, Crashed) as fault:
            self.tell(f"node {node.number}: tick: {type(fault).__name__}")
            node.restart_if_dead()
        if node.engine.failures:
            self.faults.append("I0: a decision failed its assertions and was parked")

    # --- clients

    async def _do(self, group: Sequence[Step]) -> None:
        scenes = [(step, self._scene(step)) for step in group]
        await asyncio.gather(*(self._step(step, scene) for step, scene in scenes))
        for node in self.nodes:
            node.restart_if_dead()

    def _scene(self, step: Step) -> Scene:
        return Scene(
            world=self.world,
            book=self.checks.book,
            step=step,
            now=self.clock.now(),
            sent=self.sent,
            rng=Random(step.salt),
        )

    async def _step(self, step: Step, scene: Scene) -> None:
        node = self.nodes[step.node % len(self.nodes)]
        if step.kind == "fault":
            fault = scene.rng.choice(FAULTS)
            self.tell(f"node {node.number}: {fault} befalls its next transaction")
            node.store.armed.append(fault)
            return
        attempt = attempt_of(scene)
        if attempt is None:
            return
        self.sent.append(attempt)
        await self._send(attempt, step, scene.rng)

    async def _send(self, attempt: Attempt, step: Step, rng: Random) -> None:
        """As a client does: once more, with the same ids and keys, when no answer came."""
        for tries in range(TRIES_MAX):
            node = self.nodes[(step.node + tries) % len(self.nodes)]
            node.restart_if_dead()
            try:
                answer = await attempt.call(node.engine)
            except Refused as fault:
                if attempt.key in self.answers:
                    self.faults.append(f"I3: key {attempt.key} was answered, now {fault.code}")
                self.counts[f"refused {fault.code}"] += 1
                self.tell(f"node {node.number}: {attempt.text} -> refused: {fault.code}")
                return
            except (StoreUnavailable, Crashed) as fault:
                self.counts[type(fault).__name__] += 1
                self.tell(f"node {node.number}: {attempt.text} -> {type(fault).__name__}")
                if rng.random() < 0.3:
                    return
            except Exception as fault:
                self.tell(f"node {node.number}: {attempt.text} -> {fault!r}")
                self.faults.append(f"I0: {type(fault).__name__}: {fault}")
                return
            else:
                self.tell(f"node {node.number}: {attempt.text} -> done")
                self._answered(attempt, answer)
                return

    def _answered(self, attempt: Attempt, answer: Any) -> None:
        self.counts["done"] += 1
        if attempt.captures:
            receipts: list[Receipt] = answer
            for receipt in receipts:
                told = self.checks.acked.setdefault(receipt.id, receipt.lead)
                if told != receipt.lead:
                    self.faults.append(f"I3: {receipt.id} was {told} and is now {receipt.lead}")
        if attempt.key is not None:
            body = msgspec.json.encode(answer)
            if self.answers.setdefault(attempt.key, body) != body:
                self.faults.append(f"I3: key {attempt.key} was answered otherwise before")

    # --- looking

    async def _look(self, *, is_caught_up: bool) -> bool:
        self.faults += await self.checks.look(self.nodes, is_caught_up=is_caught_up)
        self._tell_entries()
        return bool(self.faults)

    async def _drain(self) -> None:
        """The faults stop. Everything overdue fires, and all holds: I22."""
        for node in self.nodes:
            node.calm()
        until = self.clock.now() + DRAIN
        self.clock.move_to(until)
        await self._wake_until(until)
        await self._look(is_caught_up=True)
        if self.seed % REPLAYED_EVERY == 0 and not self.faults:
            report = await replay(self.store, self.vault)
            self.faults += [f"I11: {one}" for one in report.differences[:3]]

    # --- telling

    def tell(self, line: str) -> None:
        if self._is_told:
            self.transcript.append(f"{self.clock.now():%d %H:%M:%S}  {line}")

    def _tell_entries(self) -> None:
        if not self._is_told:
            return
        for entry in self.checks.entries[self._told :]:
            for event in entry.events:
                self.transcript.append(f"      {entry.seq:4} {entry.at:%d %H:%M:%S}  {event}")
        self._told = len(self.checks.entries)


def _groups(steps: Sequence[Step]) -> list[list[Step]]:
    groups: list[list[Step]] = []
    for step in steps:
        if step.is_joined and groups:
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups
