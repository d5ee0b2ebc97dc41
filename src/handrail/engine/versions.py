"""Contracts and rosters as stored, compiled again. A digest always gives the same value."""

import msgspec

from handrail.contract.model import Contract
from handrail.contract.read import read_contract_text
from handrail.contract.roster import read_roster_text
from handrail.engine.items import Refused
from handrail.engine.ports import StoredContract, StoredRoster
from handrail.terms.people import Roster

EMPTY_ROSTER = Roster(name="none", teams={}, reps={})


def compile_contract(stored: StoredContract) -> Contract:
    """Not proved again: a node whose clocks tick has no seconds to spare for it."""
    read = read_contract_text(stored.source, tables=stored.tables, proofs="none")
    if read.contract is None:
        first = read.findings[0]
        raise Refused("bad_contract", f"line {first.line}, column {first.column}: {first.message}")
    return read.contract


def whole_contract(stored: StoredContract) -> Contract:
    """Compiled, and still what its digest says. Raises Refused `altered`."""
    contract = compile_contract(stored)
    if contract.digest != stored.digest:
        raise Refused(
            "altered",
            f"what is stored as {stored.digest[:12]} has the digest {contract.digest[:12]}: it was "
            "changed where it is stored; put it back as the ledger has it, or sign a new version",
        )
    return contract


def compile_roster(stored: StoredRoster) -> Roster:
    read = read_roster_text(stored.source, name=f"roster.{stored.format}")
    if isinstance(read, tuple):
        first = read[0]
        raise Refused("bad_roster", f"line {first.line}, column {first.column}: {first.message}")
    return msgspec.structs.replace(read.roster, digest=stored.digest)
