"""Two things of the record that no rehearsal can see: its links, and what it keeps out of them."""

import msgspec
import pytest

from handrail.engine.ledger import chain
from handrail.engine.ports import SealedEntry
from handrail.engine.verify import verify
from handrail.store.memory import MemoryStore
from tests.story import Story


@pytest.fixture
async def story() -> Story:
    story = Story()
    await story.begin()
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    await story.until(8)
    return story


def ledger_of(story: Story) -> dict[int, SealedEntry]:
    assert isinstance(story.store, MemoryStore)
    return story.store._tables.ledger


async def test_an_entry_rewritten_with_a_right_digest_of_its_own_is_found(story: Story) -> None:
    ledger = ledger_of(story)
    seq = sorted(ledger)[-2]
    body = ledger[seq].body.replace(b'"actor":"', b'"actor":"not ')
    assert body != ledger[seq].body
    digest = chain(ledger[seq - 1].digest, body)
    ledger[seq] = msgspec.structs.replace(ledger[seq], body=body, digest=digest)
    report = await verify(story.store, story.vault)
    assert not report.ok
    assert {fault.seq for fault in report.faults} & {seq, seq + 1}


async def test_no_personal_value_stands_in_the_chain(story: Story) -> None:
    for entry in ledger_of(story).values():
        assert b"lena@lena-company.example" not in entry.body
