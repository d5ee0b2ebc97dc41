"""Law: whatever one thing is changed in a ledger, verification finds it, and where."""

import random
from collections.abc import Callable

import msgspec
import pytest

from handrail.engine.ports import SealedEntry
from handrail.engine.verify import verify
from handrail.store.memory import MemoryStore
from tests.story import Story

MUTATIONS = 1_000
Ledger = dict[int, SealedEntry]


@pytest.fixture
async def story() -> Story:
    story = Story()
    await story.begin()
    for name in ("lena", "lars", "mia"):
        await story.lead(name, "demo_request", lead_country="US", account_employees=4000)
    await story.until(8)
    return story


def flip(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text))
    return text[:at] + bytes([text[at] ^ 1 << chance.randrange(8)]) + text[at + 1 :]


def change_body(ledger: Ledger, chance: random.Random) -> int:
    seq = chance.choice(sorted(ledger))
    ledger[seq] = msgspec.structs.replace(ledger[seq], body=flip(ledger[seq].body, chance))
    return seq


def change_digest(ledger: Ledger, chance: random.Random) -> int:
    seq = chance.choice(sorted(ledger))
    ledger[seq] = msgspec.structs.replace(ledger[seq], digest=flip(ledger[seq].digest, chance))
    return seq


def change_sealed(ledger: Ledger, chance: random.Random) -> int:
    seq = chance.choice([seq for seq in sorted(ledger) if ledger[seq].sealed is not None])
    sealed = ledger[seq].sealed
    assert sealed is not None
    ledger[seq] = msgspec.structs.replace(ledger[seq], sealed=flip(sealed, chance))
    return seq


def change_column(ledger: Ledger, chance: random.Random) -> int:
    seq = chance.choice(sorted(ledger))
    name = chance.choice(("kind", "lead", "handoff"))
    known = getattr(ledger[seq], name)
    other = chance.choice([word for word in (None, "lena", "case", "lena-1") if word != known])
    ledger[seq] = msgspec.structs.replace(ledger[seq], **{name: other})
    return seq


def remove_row(ledger: Ledger, chance: random.Random) -> int:
    seq = chance.choice(sorted(ledger))
    del ledger[seq]
    return seq


def swap_rows(ledger: Ledger, chance: random.Random) -> int:
    first, second = sorted(chance.sample(sorted(ledger), 2))
    one, other = ledger[first], ledger[second]
    ledger[first] = msgspec.structs.replace(other, seq=first)
    ledger[second] = msgspec.structs.replace(one, seq=second)
    return first


def double_row(ledger: Ledger, chance: random.Random) -> int:
    """One row in the place of another."""
    seq, other = chance.sample(sorted(ledger), 2)
    ledger[seq] = msgspec.structs.replace(ledger[other], seq=seq)
    return seq


WAYS: tuple[Callable[[Ledger, random.Random], int], ...] = (
    change_body,
    change_digest,
    change_sealed,
    change_column,
    remove_row,
    swap_rows,
    double_row,
)


async def test_each_of_1000_random_mutations_is_found_at_its_place(story: Story) -> None:
    assert isinstance(story.store, MemoryStore)
    ledger = story.store._tables.ledger
    whole = dict(ledger)
    chance = random.Random(2026)
    assert (await verify(story.store, story.vault)).ok
    for number in range(MUTATIONS):
        way = WAYS[number % len(WAYS)]
        seq = way(ledger, chance)
        report = await verify(story.store, story.vault)
        assert not report.ok, (number, way.__name__, seq)
        assert seq in {fault.seq for fault in report.faults}, (number, way.__name__, seq, report)
        ledger.clear()
        ledger.update(whole)
    assert (await verify(story.store, story.vault)).ok
