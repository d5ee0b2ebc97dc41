"""Which contracts are in force: one for all leads, and others for leads of named sources."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from handrail.contract.model import Contract
from handrail.engine.items import Refused
from handrail.engine.ports import Head
from handrail.terms.people import Roster


class InForce(msgspec.Struct, frozen=True):
    """Contracts by name. At most one takes leads of every source; no two take the same source."""

    by_name: Mapping[str, Contract] = {}

    def __iter__(self) -> Iterator[Contract]:
        return iter(self.by_name.values())

    @property
    def default(self) -> Contract | None:
        """The contract that takes every source that no other names."""
        return next((contract for contract in self if not contract.sources), None)

    @property
    def first(self) -> Contract | None:
        """The default one, else the first by name: what there is to show where one is shown."""
        names = sorted(self.by_name)
        return self.default or (self.by_name[names[0]] if names else None)

    @property
    def teams_named(self) -> frozenset[str]:
        return frozenset().union(*(contract.teams_named() for contract in self))

    def of_source(self, source: str | None) -> Contract | None:
        """The contract that decides leads of this source."""
        named = (contract for contract in self if source is not None and source in contract.sources)
        return next(named, None) or self.default

    def adopting(self, contract: Contract) -> "InForce":
        """With this version in the place of the one of its name. Raises `Refused` where another
        contract takes the same leads."""
        others = {name: other for name, other in self.by_name.items() if name != contract.name}
        for name, other in sorted(others.items()):
            _refuse_shared(contract, name=name, other=other)
        return InForce(by_name={**others, contract.name: contract})

    def head_of(self, head: Head) -> Head:
        """The head that says so."""
        default = self.default
        others = sorted(contract.digest for contract in self if contract.sources)
        return msgspec.structs.replace(
            head,
            contract=default.digest if default is not None else None,
            others=tuple(others),
        )


def in_force_of(contracts: Iterable[Contract]) -> InForce:
    return InForce(by_name={contract.name: contract for contract in contracts})


def change_of(contract: Contract) -> dict[str, Any]:
    """What the ledger says of a version that was put in force, beside its digest."""
    change: dict[str, Any] = {"name": contract.name, "version": contract.version}
    return {**change, "sources": contract.sources} if contract.sources else change


def _refuse_shared(contract: Contract, *, name: str, other: Contract) -> None:
    if not contract.sources and not other.sources:
        raise Refused(
            "source_taken",
            f"contract {name!r} is in force for every source: give {contract.name!r} `sources`, "
            f"or first activate a version of {name!r} that has them",
        )
    shared = sorted(set(contract.sources) & set(other.sources))
    if shared:
        raise Refused(
            "source_taken",
            f"contract {name!r} in force takes leads of {', '.join(shared)} already: take them "
            "out of the `sources` of one of the two",
        )


def check_can_take_leads(in_force: InForce, roster: Roster) -> None:
    """Raises `Refused` where nobody agreed on anything or nobody is there to be given a lead, so
    that its sender keeps it and comes again."""
    if not in_force.by_name:
        raise Refused("no_contract", "no contract is in force yet: activate one first")
    if not roster.teams:
        raise Refused(
            "no_roster",
            "no roster is in force yet, so that nobody can be given a lead: "
            "`handrail import roster FILE`, or PUT /api/v1/roster",
        )


def no_contract_for(source: str | None) -> Refused:
    """Nobody agreed on what to do with such a lead: it is refused, so that its sender keeps it."""
    named = f"source {source!r}" if source is not None else "leads that name no source"
    return Refused(
        "unknown_source",
        f"no contract in force takes {named}, and none takes every source: send it under a source "
        "that one takes, or activate a contract without `sources`",
    )
