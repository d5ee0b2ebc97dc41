"""A whole ledger verifies; what was touched is found, with its place."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from handrail.engine.ports import SealedEntry
from handrail.engine.verify import VerifyReport, verify
from handrail.store.memory import MemoryStore
from handrail.terms.people import Presence
from tests.story import Story

Check = Callable[[], Awaitable[VerifyReport]]


@pytest.fixture
async def story() -> Story:
    story = Story()
    await story.begin()
    await story.engine.people.set_presence("cy", Presence(state="away"), actor="rep:cy")
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    await story.lead("lars", "demo_request", lead_country="DE")
    await story.until(12)
    return story


@pytest.fixture
def ledger(story: Story) -> dict[int, SealedEntry]:
    assert isinstance(story.store, MemoryStore)
    return story.store._tables.ledger


@pytest.fixture
def check(story: Story) -> Check:
    return lambda: verify(story.store, story.vault, chunk=4)


def change(ledger: dict[int, SealedEntry], seq: int, **parts: Any) -> None:
    ledger[seq] = msgspec.structs.replace(ledger[seq], **parts)


def flipped(text: bytes, at: int) -> bytes:
    return text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :]


def places(report: VerifyReport) -> list[tuple[int, str]]:
    assert not report.ok
    return [(fault.seq, fault.place) for fault in report.faults]


async def test_a_whole_ledger_verifies_to_its_head(story: Story, check: Check) -> None:
    seen: list[int] = []
    report = await verify(story.store, story.vault, chunk=4, progress=seen.append)
    head = await story.store.head()
    assert report.ok, report
    assert report.entries == head.seq > 8
    assert report.head == head.digest.hex()
    assert report.sealed >= 2
    assert report.erased == 0
    assert seen[-1] == head.seq


async def test_an_empty_ledger_verifies(check: Check) -> None:
    report = await verify(MemoryStore(), None)
    assert report.ok
    assert report.entries == 0


async def test_a_changed_body_is_found_at_its_entry(
    ledger: dict[int, SealedEntry], check: Check
) -> None:
    at = ledger[4].body.index(b'"actor":"') + 12
    change(ledger, 4, body=flipped(ledger[4].body, at))
    assert places(await check()) == [(4, "digest")]


async def test_a_changed_digest_is_found_at_its_entry_only(
    ledger: dict[int, SealedEntry], check: Check
) -> None:
    change(ledger, 4, digest=flipped(ledger[4].digest, 5))
    assert places(await check()) == [(4, "digest")]


async def test_a_changed_sealed_value_is_found(
    ledger: dict[int, SealedEntry], check: Check
) -> None:
    seq = next(seq for seq, entry in ledger.items() if entry.sealed is not None)
    sealed = ledger[seq].sealed
    assert sealed is not None
    change(ledger, seq, sealed=flipped(sealed, 20))
    assert places(await check()) == [(seq, "sealed")]
    change(ledger, seq, sealed=None)
    assert places(await check()) == [(seq, "sealed")]


@pytest.mark.parametrize("column", ["at", "kind", "lead", "handoff"])
async def test_a_column_that_differs_from_its_body_is_found(
    ledger: dict[int, SealedEntry], check: Check, column: str
) -> None:
    other = ledger[1].at if column == "at" else "other"
    change(ledger, 6, **{column: other})
    assert (6, column) in places(await check())


@pytest.mark.parametrize("which", ["first", "middle", "last"])
async def test_a_removed_row_is_found_at_its_number(
    ledger: dict[int, SealedEntry], check: Check, which: str
) -> None:
    seq = {"first": 1, "middle": 5, "last": len(ledger)}[which]
    del ledger[seq]
    assert (seq, "row") in places(await check())


async def test_a_cut_tail_is_found_where_it_begins(
    ledger: dict[int, SealedEntry], check: Check
) -> None:
    for seq in (len(ledger), len(ledger) - 1, len(ledger) - 2):
        del ledger[seq]
    assert (len(ledger) + 1, "row") in places(await check())


async def test_two_swapped_rows_are_found_at_both(
    ledger: dict[int, SealedEntry], check: Check
) -> None:
    third, seventh = ledger[3], ledger[7]
    ledger[3] = msgspec.structs.replace(seventh, seq=3)
    ledger[7] = msgspec.structs.replace(third, seq=7)
    found = places(await check())
    assert (3, "seq") in found
    assert (7, "seq") in found


async def test_changed_evidence_is_found(story: Story, check: Check) -> None:
    evidence = story.store._tables.evidence  # type: ignore[attr-defined]  # the twin's
    digest, body = next(iter(evidence.items()))
    evidence[digest] = body + b" "
    report = await check()
    assert [fault.place for fault in report.faults] == ["evidence"]
    del evidence[digest]
    report = await check()
    assert "missing" in report.faults[0].message


async def test_a_head_that_tells_another_end_is_found(story: Story, check: Check) -> None:
    heads = story.store._tables.heads  # type: ignore[attr-defined]  # the twin's
    whole = heads[None]
    for changed in (
        {"digest": bytes(32)},
        {"contract": "other"},
        {"roster": "other"},
        {"seq": whole.seq + 1},
    ):
        heads[None] = msgspec.structs.replace(whole, **changed)
        assert not (await check()).ok, changed
        heads[None] = whole


async def test_the_ledger_of_an_erased_person_still_verifies(story: Story, check: Check) -> None:
    leads = story.store._tables.leads  # type: ignore[attr-defined]  # the twin's
    leads["lena"] = msgspec.structs.replace(leads["lena"], key=b"")
    report = await check()
    assert report.ok
    assert report.erased >= 1


async def test_a_broken_invariant_of_the_store_is_told(story: Story, check: Check) -> None:
    handoffs = story.store._tables.handoffs  # type: ignore[attr-defined]  # the twin's
    handoffs["lena-1"] = msgspec.structs.replace(handoffs["lena-1"], wake_at=None)
    report = await check()
    assert not report.ok
    assert report.faults == ()
    assert report.invariants


async def test_entries_added_while_reading_are_no_fault(story: Story) -> None:
    class Growing(MemoryStore):
        """Adds an entry when the first stretch has been read."""

        async def entries(self, *, after: int, chunk: int) -> Any:
            async for found in story.store.entries(after=after, chunk=chunk):
                if found[0].seq == 1:
                    await story.lead("more", "demo_request", lead_country="US")
                yield found

        def __getattribute__(self, name: str) -> Any:
            own = ("entries", "__class__")
            return object.__getattribute__(self if name in own else story.store, name)

    report = await verify(Growing(), story.vault, chunk=4)
    assert report.ok, report
