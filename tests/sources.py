"""Contracts of named sources, made from the cast's."""

import hashlib

from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.items import CaptureItem, Receipt
from handrail.engine.ports import Store, StoredContract, StoredRoster
from handrail.engine.vault import Vault
from handrail.engine.versions import compile_contract
from tests.cast import CONTRACT, ROSTER, START

MASTER = bytes(range(32))


def version(
    name: str = "cast", *, number: int = 1, sources: str = "", **changes: str
) -> StoredContract:
    """A version of the cast's contract; `changes` are texts by what they take the place of."""
    text = CONTRACT.replace("contract: cast", f"contract: {name}")
    text = text.replace("version: 1", f"version: {number}")
    if sources:
        text = text.replace("fields:\n", f"sources: [{sources}]\nfields:\n", 1)
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return stored(text, name=name, number=number)


def stored(text: str, *, name: str, number: int) -> StoredContract:
    bare = StoredContract(digest="", name=name, version=number, source=text, tables={})
    digest = compile_contract(bare).digest
    return StoredContract(digest=digest, name=name, version=number, source=text, tables={})


async def engine_of(store: Store, *contracts: StoredContract, roster: str = ROSTER) -> Engine:
    """An engine with the cast's people and these contracts in force."""
    engine = Engine(store=store, clock=VirtualClock(START), vault=Vault(MASTER))
    digest = hashlib.sha256(roster.encode()).hexdigest()
    await engine.adopt_roster(StoredRoster(digest=digest, source=roster), actor="test")
    for contract in contracts:
        await engine.adopt_contract(contract, actor="test")
    return engine


async def take(
    engine: Engine, id: str, *, source: str | None = None, email: str | None = None, **given: str
) -> Receipt:
    """One lead that asks for a demo."""
    item = CaptureItem(
        id=id,
        source=source,
        email=email,
        attributes={name.replace("__", "."): value for name, value in given.items()},
        signals=(("demo_request", None),),
    )
    return (await engine.capture([item], actor="key:form"))[0]


async def contract_of(engine: Engine, lead: str) -> str:
    """The digest of the version that the lead's handoff belongs to."""
    found = await engine.store.case_of_handoff(lead)
    assert found is not None
    assert found.case.handoff is not None
    return found.case.handoff.contract
