"""Contracts signed as people do, for tests that need one in force: Dana, Mia and Sam have keys."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from handrail.contract.agreement import Agreement
from handrail.contract.model import Contract
from handrail.contract.read import read_contract_file, read_contract_text
from handrail.engine.engine import Engine
from handrail.engine.ports import StoredContract
from handrail.engine.signing import PersonalKey
from handrail.kernel.agreement import Wish
from handrail.wiring import open_node, settings_with

ACTOR = "person:dana"


class Desk:
    """Where versions are drafted, signed and put in force; it has everybody's private key."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.agreements = engine.agreements
        self.keys: dict[str, PersonalKey] = {}

    async def key_of(self, address: str) -> PersonalKey:
        """The person's key, made and registered when they have none yet."""
        if address not in self.keys:
            self.keys[address] = PersonalKey.make()
            await self.agreements.register_key(
                address, self.keys[address].public, actor=ACTOR, instead=True
            )
        return self.keys[address]

    async def draft(self, contract: Contract) -> None:
        await self.agreements.draft(stored_of(contract), (), actor=ACTOR)

    async def sign(self, contract: Contract, *roles: str) -> None:
        for role in roles:
            await self.sign_as(contract, role, contract.owners[role])

    async def sign_as(self, contract: Contract, role: str, address: str) -> Agreement:
        key = await self.key_of(address)
        signature = key.sign_contract(contract, role=role, address=address)
        return await self.agreements.sign(
            contract.digest, role=role, address=address, signature=signature, actor=ACTOR
        )

    async def activate(
        self, contract: Contract, *, at: datetime | None = None, emergency: str | None = None
    ) -> Agreement:
        wish = Wish(at=at, emergency=emergency)
        return await self.agreements.activate(contract.digest, wish, actor=ACTOR)

    async def agree(self, contract: Contract, *roles: str) -> None:
        """Drafted, signed by marketing and sales unless others are said, and in force."""
        await self.draft(contract)
        await self.sign(contract, *(roles or ("marketing", "sales")))
        await self.activate(contract)


async def signed(engine: Engine, path: Path) -> Contract:
    """The contract of the file in force, signed by its owners."""
    contract = read_contract_file(path).contract
    assert contract is not None
    await Desk(engine).agree(contract)
    return contract


def signed_there(
    contract: Path, *, data_dir: Path | None = None, env: Mapping[str, str] | None = None
) -> None:
    """Before a node is started there: the contract is drafted and signed, and not in force."""

    async def there() -> None:
        settings = settings_with(data_dir=data_dir, environment=env or {})
        async with open_node(settings, join=True) as node:
            found = read_contract_file(contract).contract
            assert found is not None
            desk = Desk(node.engine)
            await desk.draft(found)
            await desk.sign(found, "marketing", "sales")

    asyncio.run(there())


def read(text: str) -> Contract:
    found = read_contract_text(text, tables={})
    assert found.contract is not None, found.findings
    return found.contract


def stored_of(contract: Contract) -> StoredContract:
    return StoredContract(
        digest=contract.digest,
        name=contract.name,
        version=contract.version,
        source=contract.source,
        tables=dict(contract.table_sources),
    )
