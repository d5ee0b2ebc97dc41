"""Whose signatures a version of the contract needs, and which it has. Pure.

The rules are those of the version in force, never of the draft: otherwise a draft could grant
itself what its author wants. A version that only one person signed, in an emergency, rules nothing.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from handrail.contract.agreement import (
    ROLES,
    Agreement,
    AgreementBook,
    AgreementEvent,
    Ground,
    Role,
    Signature,
    Signer,
    address_key,
)
from handrail.contract.model import Contract
from handrail.contract.signatures import signature_holds

ALWAYS_BOTH = frozenset({"governance", "owners"})  # who signs is not for one to change

AgreementCode = Literal[
    "unsigned",
    "half_signed",
    "same_person",
    "altered",
    "unproved",
    "not_owner",
    "bad_signature",
    "unknown_key",
    "known_key",
    "stale_version",
    "unknown_team",
    "no_emergency",
    "no_earlier",
    "no_reason",
    "bad_time",
    "not_found",
]


class AgreementRefusal(msgspec.Struct, frozen=True):
    """It cannot be: nothing changed. The message says why and what to do."""

    code: AgreementCode
    message: str


Answer = tuple[AgreementEvent, ...] | AgreementRefusal


class Terms(msgspec.Struct, frozen=True):
    """A version beside the one whose rules say who signs it.

    `changed`: the sections that differ; None when there is no version to differ from.
    """

    contract: Contract
    ruling: Contract | None = None
    changed: frozenset[str] | None = None


class Needed(msgspec.Struct, frozen=True):
    """Whose signatures a version needs, and by what right."""

    ground: Ground
    signers: tuple[Signer, ...]


# --- who signs


def owners_of(contract: Contract) -> dict[str, str]:
    """The address of each role that signs, in its one spelling."""
    return {role: address_key(contract.owners[role]) for role in ROLES if role in contract.owners}


def may_sign(terms: Terms) -> frozenset[Signer]:
    """The owners of the version and those of the one that rules."""
    contracts = [terms.contract] + ([terms.ruling] if terms.ruling is not None else [])
    return frozenset(
        Signer(role=role, address=address)
        for contract in contracts
        for role, address in _signers(contract)
    )


def _signers(contract: Contract) -> list[tuple[Role, str]]:
    owners = owners_of(contract)
    return [(role, owners[role]) for role in ROLES if role in owners]


def needed(terms: Terms) -> Needed:
    """The fewest that it needs: RevOps alone where the version that rules leaves the change to
    them; else marketing and sales, and whoever was an owner and is none any more."""
    alone = _revops_alone(terms)
    return alone if alone is not None else _both(terms)


def _revops_alone(terms: Terms) -> Needed | None:
    if terms.ruling is None or terms.changed is None:
        return None
    left = frozenset(terms.ruling.governance.revops_alone) - ALWAYS_BOTH
    revops = tuple(one for one in signers_of(terms.ruling) if one.role == "revops")
    if not revops or not terms.changed <= left:
        return None
    return Needed(ground="revops_alone", signers=revops)


def _both(terms: Terms) -> Needed:
    now = signers_of(terms.contract)
    former = signers_of(terms.ruling) - now if terms.ruling is not None else set()
    own = {signer for signer in now if signer.role != "revops"}
    return Needed(ground="both_signed", signers=tuple(sorted(own | former)))


def signers_of(contract: Contract) -> set[Signer]:
    return {Signer(role=role, address=address) for role, address in _signers(contract)}


def counted(book: AgreementBook, agreement: Agreement) -> tuple[Signature, ...]:
    """The signatures that hold, each under a key that counts for its address now."""
    return tuple(
        one
        for one in agreement.signatures
        if (key := book.keys.get(one.public)) is not None
        and key.is_live
        and key.address == address_key(one.address)
        and signature_holds(one, of=agreement)
    )


def lacking(book: AgreementBook, agreement: Agreement, terms: Terms) -> AgreementRefusal | Ground:
    """By what right the version may be in force, or whose word it lacks."""
    valid = counted(book, agreement)
    have = {one.signer for one in valid}
    wanted = needed(terms)
    if wanted.ground == "revops_alone" and have.isdisjoint(wanted.signers):
        both = _both(terms)  # who may do it alone need not
        wanted = both if have.issuperset(both.signers) else wanted
    twin = same_person(terms.contract, valid)
    if twin is not None and wanted.ground == "both_signed":
        return twin
    missing = [signer for signer in wanted.signers if signer not in have]
    if not missing:
        return wanted.ground
    who = ", ".join(map(str, missing))
    if not have:
        message = f"nobody has signed {told(agreement)}: it needs {who}"
        return AgreementRefusal("unsigned", f"{message}; `handrail contract sign FILE --as ...`")
    signed = ", ".join(map(str, sorted(have)))
    why = _why_both(terms) if wanted.ground == "both_signed" else ""
    return AgreementRefusal(
        "half_signed",
        f"{told(agreement)} is signed by {signed} and not by {who}{why}; to sign: "
        "`handrail contract sign FILE --as ADDRESS`",
    )


def _why_both(terms: Terms) -> str:
    if terms.ruling is None or terms.changed is None:
        return "; a first version is signed by marketing and by sales"
    alone = frozenset(terms.ruling.governance.revops_alone) - ALWAYS_BOTH
    beyond = ", ".join(sorted(terms.changed - alone))
    return (
        f"; it changes {beyond}, which version {terms.ruling.version} leaves to both teams"
        if beyond
        else f"; version {terms.ruling.version} names nobody as revops"
    )


def same_person(contract: Contract, signatures: Iterable[Signature]) -> AgreementRefusal | None:
    """Marketing and sales are two people: two addresses and two keys.

    Who moves from one team to the other signs for both, once as who they were: of the signatures
    those of the version's own owners are compared.
    """
    owners = owners_of(contract)
    marketing, sales = owners.get("marketing"), owners.get("sales")
    if marketing is not None and marketing == sales:
        return AgreementRefusal(
            "same_person",
            f"{marketing} is named for marketing and for sales: two people must sign, so name "
            "another in `owners`",
        )
    given = tuple(signatures)
    keys = {
        role: {one.public for one in given if (one.role, one.address) == (role, owners.get(role))}
        for role in ("marketing", "sales")
    }
    if keys["marketing"] & keys["sales"]:
        return AgreementRefusal(
            "same_person", "one key signed for marketing and for sales: two people must sign"
        )
    return None


def told(agreement: Agreement) -> str:
    return f"{agreement.name} version {agreement.version} ({agreement.digest[:12]})"
