"""Torture: nodes and PostgreSQL are killed under load, and what was promised is counted.

`python -m handrail.trials.torture --kills 200 --crashes 4 [--seed N] [--json]`; with
`--deliveries` the process that sends is killed instead.
"""

import argparse
import asyncio
import json
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from handrail.contract.read import read_contract_text
from handrail.contract.roster import read_roster_text
from handrail.engine.clock import SystemClock
from handrail.engine.crash import CRASH_POINTS
from handrail.engine.engine import Engine
from handrail.engine.ledger import read_entry
from handrail.engine.ports import Store, StoredContract, StoredRoster
from handrail.engine.ticker import Ticker
from handrail.engine.vault import Vault
from handrail.engine.verify import verify
from handrail.store.embedded import EmbeddedPostgres
from handrail.store.postgres import PostgresStore
from handrail.terms import event as ev
from handrail.trials.bench.ground import MASTER, roster_text
from handrail.trials.torture_deliveries import DeliveryCounts, torture_deliveries
from handrail.trials.torture_node import REACHED

NODES = 2
CLIENTS = 12
START_MAX_S = 30.0
POINT_MAX_S = 6.0  # a point not reached by then: the node is killed where it stands
REPLY_MAX_S = 10.0
DRAIN_MAX_S = 60.0
ANY_POINT = "anywhere"

CONTRACT = """\
contract: torture
version: 1
timezone: UTC
owners: {revops: r@acme.example, marketing: m@acme.example, sales: s@acme.example}
fields: {lead.country: {type: string, values: [US, DE]}}
scores: {fit: {}, intent: {signals: {demo_request: {add: 100}}}}
tiers: {A: 0}
lead_types: [{name: demo, when: 'true', first_action: 2s, strategy: fair}]
mql: {means: asks, any: [{name: asked, when: intent >= 1}]}
sal: {means: pursued, accept_within: 5s, reject_codes: {no_fit: {then: disqualify}}}
sql: {means: a next step, require: [next_step_at]}
routing:
  - {name: german, when: 'lead.country == "DE"', to: [team:small]}
  - {name: others, when: 'true', to: [team:inbound]}
sla:
  clock: wall
  warn_at: 60%
  escalation:
    - {breach: 1, do: reroute}
    - {breach: 2, do: [alert_manager, 'assign team:inbound']}
    - {breach: 3, do: incident, repeat: 10s}
triage: {to: team:inbound, within: 1h}
"""


class Counts(msgspec.Struct):
    """What came of it. Everything but `acknowledged`, `kills` and `crashes` must be nothing."""

    kills: int = 0
    kills_at: dict[str, int] = {}
    crashes: int = 0
    acknowledged: int = 0
    handoffs: int = 0
    breaches: int = 0
    lost: int = 0
    doubled: int = 0
    early: int = 0
    untaken: int = 0  # still overdue when all was quiet again
    faults: list[str] = []
    worst_late_s: float = 0.0
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not (self.lost or self.doubled or self.early or self.untaken or self.faults)


class Node:
    """A process of ours, with the point at which it will stand still."""

    def __init__(self, dsn: str, chance: random.Random) -> None:
        self._dsn = dsn
        self._chance = chance
        self.port = _free_port()
        self.point = ANY_POINT
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.point = self._chance.choice([*CRASH_POINTS[:3], ANY_POINT])
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "handrail.trials.torture_node",
            self._dsn,
            str(self.port),
            self.point,
            str(self._chance.randint(3, 40)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        began = time.monotonic()
        while not await _is_open(self.port):
            assert self._process.returncode is None, "a node ended by itself"
            assert time.monotonic() - began < START_MAX_S, "a node did not start"
            await asyncio.sleep(0.05)

    async def kill(self) -> str:
        """SIGKILL at its point, or where it stands; returns where that was."""
        process = self._process
        assert process is not None and process.stdout is not None
        where = ANY_POINT
        if self.point != ANY_POINT:
            with suppress(TimeoutError):
                async with asyncio.timeout(POINT_MAX_S):
                    if await process.stdout.readline() == REACHED:
                        where = self.point
        process.kill()
        status = await process.wait()
        assert status == -signal.SIGKILL, f"a node ended by itself with {status}"
        return where

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


class Load:
    """Clients that send leads until told to stop, and remember what was acknowledged."""

    def __init__(self, nodes: list[Node], chance: random.Random) -> None:
        self._nodes = nodes
        self._chance = chance
        self._next = 0
        self.acknowledged: set[str] = set()
        self.running = True

    async def run(self) -> None:
        await asyncio.gather(*(self._client() for _ in range(CLIENTS)))

    def is_over(self) -> bool:
        return not self.running

    async def _client(self) -> None:
        while not self.is_over():
            self._next += 1
            lead = f"t{self._next}"
            country = self._chance.choice(["US", "US", "DE"])
            body = {
                "id": lead,
                "email": f"{lead}@company-{lead}.example",
                "lead.country": country,
                "signals": ["demo_request"],
            }
            while not await self._post("/api/v1/leads", body):
                if self.is_over():
                    return
                await asyncio.sleep(0.05)  # the same lead again, perhaps at the other node
            if self._chance.random() < 0.5:
                act = {"rep": "r0000", "act": "call"}
                await self._post(f"/api/v1/handoffs/{lead}/actions", act)
            await asyncio.sleep(self._chance.random() * 0.1)

    async def _post(self, path: str, body: dict[str, Any]) -> bool:
        node = self._chance.choice(self._nodes)
        try:
            async with asyncio.timeout(REPLY_MAX_S):
                status = await _post(node.port, path, json.dumps(body).encode())
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return False
        if path == "/api/v1/leads" and status in (200, 201):
            self.acknowledged.add(body["id"])
        return status < 500


async def torture(*, kills: int, crashes: int, seed: int, tell: Any = None) -> Counts:
    """Run it on a PostgreSQL of its own on the real disk."""
    chance = random.Random(seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="handrail-torture-") as folder:
        async with EmbeddedPostgres(Path(folder) / "data") as server:
            await _prepare(server.dsn)
            counts, acknowledged = await _under_load(
                server, chance, kills=kills, crashes=crashes, tell=tell
            )
            await _count(server.dsn, counts, acknowledged)
    counts.seconds = round(time.monotonic() - began, 1)
    return counts


async def _prepare(dsn: str) -> None:
    store = await PostgresStore.open(dsn)
    engine = Engine(store=store, clock=SystemClock(), vault=Vault(MASTER))
    text = _roster()
    people = read_roster_text(text, name="roster.yaml")
    assert not isinstance(people, tuple), people
    read = read_contract_text(CONTRACT, tables={})
    assert read.contract is not None, read.findings
    await engine.adopt_roster(
        StoredRoster(digest=people.roster.digest, source=text), actor="torture"
    )
    stored = StoredContract(
        digest=read.contract.digest, name="torture", version=1, source=CONTRACT, tables={}
    )
    await engine.adopt_contract(stored, actor="torture")
    await store.close()


def _roster() -> str:
    """The benchmarks' twelve, and a small team whose caps make a pool wait."""
    text = roster_text(12)
    small = "  - {name: small, manager: boss, members: [s1, s2]}\nreps:\n"
    for rep in ("s1", "s2"):
        small += (
            f"  - {{id: {rep}, name: {rep}, email: {rep}@acme.example, timezone: UTC, "
            "caps: {open: 5}}\n"
        )
    return text.replace("reps:\n", small, 1)


async def _under_load(
    server: EmbeddedPostgres, chance: random.Random, *, kills: int, crashes: int, tell: Any
) -> tuple[Counts, set[str]]:
    nodes = [Node(server.dsn, chance) for _ in range(NODES)]
    for node in nodes:
        await node.start()
    load = Load(nodes, chance)
    task = asyncio.create_task(load.run())
    counts = Counts()
    places: Counter[str] = Counter()
    crash_after = {(kills * (n + 1)) // (crashes + 1) for n in range(crashes)}
    try:
        for number in range(1, kills + 1):
            node = nodes[number % NODES]
            places[await node.kill()] += 1
            counts.kills += 1
            await node.start()
            if number in crash_after:
                server.kill()
                counts.crashes += 1
                await server.restart()
            if tell is not None:
                tell(f"{number} kills, {counts.crashes} crashes, {len(load.acknowledged)} leads")
    finally:
        load.running = False
        await task
        for node in nodes:
            await node.stop()
    counts.kills_at = dict(sorted(places.items()))
    return counts, load.acknowledged


async def _count(dsn: str, counts: Counts, acknowledged: set[str]) -> None:
    """Once faults have stopped: everything overdue is taken, then all is counted."""
    store = await PostgresStore.open(dsn)
    try:
        engine = Engine(store=store, clock=SystemClock(), vault=Vault(MASTER))
        counts.untaken = await _drain(engine)
        counts.acknowledged = len(acknowledged)
        captured, steps = await _read(store, counts)
        counts.lost = len(acknowledged - set(captured))
        counts.doubled = sum(n - 1 for n in captured.values())
        counts.doubled += sum(n - 1 for n in steps.values())
        report = await verify(store, engine.vault)
        counts.faults = [f"{f.seq}: {f.message}" for f in report.faults] + list(report.invariants)
    finally:
        await store.close()


async def _drain(engine: Engine) -> int:
    """How many wake-ups are still overdue in the end. Looked at while the clocks run: what falls
    due after they were stopped is nobody's fault."""
    ticker = Ticker(engine)
    task = asyncio.create_task(ticker.run())
    began = time.monotonic()
    overdue = 1
    while overdue and time.monotonic() - began < DRAIN_MAX_S:
        await asyncio.sleep(0.1)
        overdue = (await engine.store.health(now=engine.clock.now())).overdue
    ticker.stop()
    await task
    return overdue


async def _read(store: Store, counts: Counts) -> tuple[Counter[str], Counter[tuple[str, int]]]:
    """How often each lead was captured and each step of each handoff was taken."""
    captured: Counter[str] = Counter()
    steps: Counter[tuple[str, int]] = Counter()
    async for chunk in store.entries(after=0, chunk=2_000):
        for stored in chunk:
            entry = read_entry(stored)
            for event in entry.events:
                if isinstance(event, ev.Captured):
                    captured[event.id] += 1
                elif isinstance(event, ev.Qualified):
                    counts.handoffs += 1
                elif isinstance(event, ev.SlaBreached):
                    late = (entry.at - event.due_at).total_seconds()
                    counts.early += late < 0
                    counts.worst_late_s = max(counts.worst_late_s, round(late, 3))
                    counts.breaches += 1
                    if event.step:
                        steps[entry.handoff or "", event.step] += 1
    return captured, steps


async def _post(port: int, path: str, body: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        answer = await reader.read()
    finally:
        writer.close()
    if len(answer) < 12:
        raise ConnectionResetError("the node was killed while it answered")
    return int(answer[9:12])


async def _is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill nodes and PostgreSQL under load, and count.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--crashes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--deliveries", action="store_true")
    asked = parser.parse_args()

    def tell(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    counts: Counts | DeliveryCounts
    if asked.deliveries:
        counts = asyncio.run(torture_deliveries(kills=asked.kills, seed=asked.seed, tell=tell))
    else:
        counts = asyncio.run(
            torture(kills=asked.kills, crashes=asked.crashes, seed=asked.seed, tell=tell)
        )
    print(json.dumps({**msgspec.to_builtins(counts), "ok": counts.ok}, indent=2))
    sys.exit(0 if counts.ok else 1)


if __name__ == "__main__":
    main()
