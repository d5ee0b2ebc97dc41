"""A ledger whose chain is whole and whose agreement is not: what verify finds in it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from handrail.contract.agreement import (
    Activated,
    AgreementBook,
    AgreementEvent,
    Lapsed,
    RolledBack,
    Signed,
)
from handrail.contract.model import Contract
from handrail.engine.agreement import record
from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.ports import StoredRoster
from handrail.engine.signing import PersonalKey
from handrail.engine.vault import Vault
from handrail.engine.verify import VerifyReport, verify
from handrail.engine.work import Work
from handrail.store.memory import MemoryStore
from handrail.terms.people import Presence
from tests import cast
from tests.signing import Desk, read, stored_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULES = "governance:\n  changes: {revops_alone: [routing], emergency: 4h}\n"
FIRST = read(cast.CONTRACT + RULES)
SECOND = read(FIRST.source.replace("version: 1\n", "version: 2\n").replace("100}", "90}"))


@pytest.fixture
def desk() -> Desk:
    return Desk(Engine(store=MemoryStore(), clock=VirtualClock(NOON), vault=Vault(bytes(32))))


async def verified(desk: Desk) -> VerifyReport:
    return await verify(desk.engine.store, desk.engine.vault, signed=True)


async def slip_in(desk: Desk, *events: AgreementEvent, of: Contract | None = None) -> None:
    """Record what nobody decided, as somebody could who owns the database and the master key."""

    async def do(work: Work) -> None:
        record(work, await work.unit.agreements(), events, actor="person:eve", contract=of)

    await desk.engine._transact(do)


def only_fault(report: VerifyReport) -> str:
    assert not report.ok
    (fault,) = report.faults
    assert fault.place == "agreement"
    return fault.message


def signed_by(key: PersonalKey, contract: Contract, *, public: str | None = None) -> Signed:
    sam = "sam@acme.example"
    return Signed(
        digest=contract.digest,
        role="sales",
        address=sam,
        public=public or key.public,
        signature=key.sign_contract(contract, role="sales", address=sam),
    )


def activated(contract: Contract, **parts: object) -> Activated:
    plain = Activated(
        digest=contract.digest, name=contract.name, version=contract.version, ground="both_signed"
    )
    return msgspec.structs.replace(plain, **parts)


async def test_an_agreement_kept_by_its_rules_is_whole(desk: Desk) -> None:
    await desk.agree(FIRST)
    await desk.draft(SECOND)
    await desk.sign(SECOND, "revops")
    await desk.activate(SECOND, emergency="the form is broken")
    clock = desk.engine.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(NOON + timedelta(hours=4))
    await desk.engine.tick()
    await desk.sign(SECOND, "marketing", "sales")
    await desk.activate(SECOND)
    await desk.agreements.roll_back(None, to=None, reason="too few", actor="test")
    report = await verified(desk)
    assert report.faults == ()
    assert (report.signatures, report.adopted) == (5, 0)


async def test_a_forged_signature_is_found(desk: Desk) -> None:
    await desk.draft(FIRST)
    await desk.sign(FIRST, "marketing")
    sam = await desk.key_of("sam@acme.example")
    await slip_in(desk, signed_by(PersonalKey.make(), FIRST, public=sam.public))
    assert "is not by a key of theirs" in only_fault(await verified(desk))


async def test_a_signature_of_another_version_is_found(desk: Desk) -> None:
    await desk.draft(FIRST)
    await desk.draft(SECOND)
    sam = await desk.key_of("sam@acme.example")
    other = msgspec.structs.replace(signed_by(sam, FIRST), digest=SECOND.digest)
    await slip_in(desk, other)
    assert "is not by a key of theirs" in only_fault(await verified(desk))


async def test_an_activation_with_one_signature_is_found(desk: Desk) -> None:
    await desk.draft(FIRST)
    await desk.sign(FIRST, "marketing")
    await slip_in(desk, activated(FIRST), of=FIRST)
    assert "not by sam@acme.example" in only_fault(await verified(desk))


async def test_an_activation_by_another_right_is_found(desk: Desk) -> None:
    await desk.agree(FIRST)
    await desk.draft(SECOND)
    await desk.sign(SECOND, "marketing", "sales")
    wrong = activated(SECOND, ground="revops_alone", before=FIRST.digest)
    await slip_in(desk, wrong, of=SECOND)
    assert "by another right" in only_fault(await verified(desk))


async def test_a_lapse_or_rollback_that_could_not_be_is_found(desk: Desk) -> None:
    await desk.agree(FIRST)
    await desk.agree(SECOND)
    await slip_in(desk, Lapsed(digest=SECOND.digest, to=FIRST.digest), of=FIRST)
    assert "no emergency" in only_fault(await verified(desk))
    third = read(SECOND.source.replace("version: 2\n", "version: 3\n"))
    await desk.draft(third)
    await slip_in(desk, RolledBack(digest=FIRST.digest, to=third.digest, reason="x"), of=third)
    told = [fault.message for fault in (await verified(desk)).faults]
    assert any("was never in force" in message for message in told), told


async def test_an_adoption_is_told_and_in_production_a_fault(desk: Desk) -> None:
    await desk.engine.adopt_contract(stored_of(FIRST), actor="test")
    virtual = await verify(desk.engine.store, desk.engine.vault)
    assert (virtual.ok, virtual.adopted) == (True, 1)
    assert "without signatures" in only_fault(await verified(desk))


async def test_a_stored_version_or_key_that_was_changed_is_found(desk: Desk) -> None:
    await desk.agree(FIRST)
    store = desk.engine.store
    assert isinstance(store, MemoryStore)
    tables = store._tables
    eve = PersonalKey.make().public
    sam = next(key for key in tables.person_keys.values() if key.address.startswith("sam"))
    tables.person_keys[eve] = msgspec.structs.replace(sam, public=eve, withdrawn_at=NOON)
    assert "stored otherwise" in only_fault(await verified(desk))
    del tables.person_keys[eve]
    known = tables.agreements[FIRST.digest]
    tables.agreements[FIRST.digest] = msgspec.structs.replace(known, signatures=())
    assert "stored otherwise" in only_fault(await verified(desk))


class Busy(MemoryStore):
    """While somebody looks at its versions, `goes_on` is done by somebody else."""

    goes_on: Callable[[], Awaitable[None]] | None = None

    async def agreements(self) -> AgreementBook:
        book = await super().agreements()
        doing, self.goes_on = self.goes_on, None
        if doing is not None:
            await doing()
        return book


@pytest.mark.parametrize("what", ["presence", "keys"])
async def test_a_changed_row_is_found_while_others_go_on(what: str) -> None:
    store = Busy()
    desk = Desk(Engine(store=store, clock=VirtualClock(NOON), vault=Vault(bytes(32))))
    await desk.engine.adopt_roster(StoredRoster(digest="r" * 64, source=cast.ROSTER), actor="test")
    await desk.agree(FIRST)

    async def goes_on() -> None:
        if what == "keys":
            public = PersonalKey.make().public
            await desk.agreements.register_key("zoe@acme.example", public, actor="x", instead=True)
        else:
            await desk.engine.people.set_presence("ada", Presence(state="away"), actor="ada")

    store.goes_on = goes_on
    assert (await verified(desk)).faults == ()
    known = store._tables.agreements[FIRST.digest]
    store._tables.agreements[FIRST.digest] = msgspec.structs.replace(known, is_agreed=False)
    store.goes_on = goes_on
    assert "is stored otherwise than recorded" in only_fault(await verified(desk))
