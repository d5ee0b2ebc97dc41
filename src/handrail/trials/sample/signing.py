"""Mia and Sam of the sample company sign its contract, each with a key made for the occasion."""

from handrail.contract.read import read_contract_text
from handrail.engine.alone import facts_seen
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import StoredContract
from handrail.engine.signing import PersonalKey
from handrail.kernel.agreement import Wish

SIGNERS = ("marketing", "sales")


async def agree(engine: Engine, stored: StoredContract) -> None:
    """Prove it, sign it as both, and put it in force. Raises Refused.

    Nobody keeps these keys, so a later version of the sample gets new ones in their place.
    """
    agreements = engine.agreements
    read = read_contract_text(stored.source, tables=stored.tables, evaluate=facts_seen)
    if read.contract is None:
        raise Refused("unproved", "the sample contract does not pass its proofs")
    await agreements.draft(stored, read.findings, actor="system")
    for role in SIGNERS:
        address, key = read.contract.owners[role], PersonalKey.make()
        await agreements.register_key(address, key.public, actor="system", instead=True)
        await agreements.sign(
            stored.digest,
            role=role,
            address=address,
            signature=key.sign_contract(read.contract, role=role, address=address),
            actor=f"person:{address}",
        )
    await agreements.activate(stored.digest, Wish(), actor="system")
