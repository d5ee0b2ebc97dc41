"""Nodes on one store: each with its own skewed clock, its own faults, its own end."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from handrail.engine.clock import VirtualClock
from handrail.engine.crash import CRASH_POINTS
from handrail.engine.engine import Engine
from handrail.engine.ledger import encode
from handrail.engine.ports import StoreUnavailable, Unit
from handrail.engine.vault import KEY_BYTES, NONCE_BYTES, SALT_BYTES, Vault
from handrail.store.memory import MemoryStore
from handrail.terms.command import Personal

FAULTS = (
    "refused",  # the database cannot be reached
    "lost",  # the connection breaks before the commit
    "maybe",  # the connection breaks after the commit, before its answer
    *(f"crash:{point}" for point in CRASH_POINTS if point != "sent"),
)
MASTER = bytes(range(KEY_BYTES))


class Crashed(Exception):
    """The process is dead: whoever waited for its answer gets none."""


class NodeClock:
    """The machine's clock of one node: off by a little."""

    def __init__(self, base: VirtualClock, skew: timedelta) -> None:
        self._base = base
        self.skew = skew

    def now(self) -> datetime:
        return self._base.now() + self.skew


class SeededVault(Vault):
    """Keys and nonces from the seed, so that a story has the same ledger each time."""

    def __init__(self, rng: Random) -> None:
        super().__init__(MASTER)
        self._rng = rng

    def new_key(self) -> bytes:
        nonce, plain = self._rng.randbytes(NONCE_BYTES), self._rng.randbytes(KEY_BYTES)
        return nonce + AESGCM(MASTER).encrypt(nonce, plain, b"person-key")

    def seal(self, personal: list[Personal], *, key: bytes) -> tuple[str, bytes]:
        salt, nonce = self._rng.randbytes(SALT_BYTES), self._rng.randbytes(NONCE_BYTES)
        plain = salt + encode(personal)
        sealed = nonce + self._cipher(key).encrypt(nonce, plain, b"personal")
        return hashlib.sha256(plain).hexdigest(), sealed


class FaultyStore:
    """The shared store as one node sees it: with delays, broken connections and kills."""

    def __init__(self, below: MemoryStore, rng: Random) -> None:
        self._below = below
        self._rng = rng
        self.armed: list[str] = []  # what befalls the next transactions
        self.is_dead = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._below, name)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        await self._pass()
        fault = self.armed.pop(0) if self.armed else ""
        if fault == "refused":
            raise StoreUnavailable("the database cannot be reached")
        async with self._below.write() as unit:
            await self._pass()
            self.reach = fault.removeprefix("crash:") if fault.startswith("crash:") else ""
            yield unit
            await self._pass()
            if fault == "lost":
                raise StoreUnavailable("the connection broke before the commit")
        if fault == "maybe":
            raise StoreUnavailable("the connection broke; it may have committed")

    async def case_of_handoff(self, handoff: str) -> Any:
        found = await self._below.case_of_handoff(handoff)
        await self._pass()  # what was read may be old by now
        return found

    async def _pass(self) -> None:
        """Let others go on meanwhile; a dead process goes nowhere."""
        if self.is_dead:
            raise Crashed
        for _ in range(self._rng.randrange(3)):
            await asyncio.sleep(0)
        if self.is_dead:
            raise Crashed

    reach = ""

    def reached(self, point: str) -> None:
        """A named point of the engine: the process may end here."""
        if self.is_dead or self.reach == point:
            self.is_dead = True
            raise Crashed


class Node:
    """One process: it can be killed, and starts again knowing nothing."""

    def __init__(self, *, number: int, store: MemoryStore, base: VirtualClock, rng: Random) -> None:
        self.number = number
        self.rng = rng
        self.clock = NodeClock(base, timedelta(seconds=rng.choice((0, 0, 0, 1, 2, -1, -2))))
        self.deaths = 0
        self._shared = store
        self.start()

    def start(self) -> None:
        self.store = FaultyStore(self._shared, self.rng)
        self.engine = Engine(
            store=self.store,
            clock=self.clock,
            vault=SeededVault(self.rng),
            crash=self.store,
        )

    def restart_if_dead(self) -> None:
        if self.store.is_dead:
            self.deaths += 1
            self.start()

    def calm(self) -> None:
        """No more faults, and the clock is set right."""
        self.store.armed.clear()


def earliest(nodes: Sequence[Node]) -> datetime:
    return min(node.clock.now() for node in nodes)


def latest(nodes: Sequence[Node]) -> datetime:
    return max(node.clock.now() for node in nodes)
