"""What may be done with a version of the contract now: drafted, signed, put in force, taken back.

Pure: each function answers events, none when it is so already, or a refusal.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from handrail.contract.agreement import (
    Activated,
    Agreement,
    AgreementBook,
    Drafted,
    Emergency,
    Ground,
    KeyRegistered,
    KeyWithdrawn,
    Lapsed,
    Ratified,
    RolledBack,
    Scheduled,
    Signature,
    Signed,
    Signer,
    address_key,
)
from handrail.contract.findings import Finding
from handrail.contract.model import Contract
from handrail.contract.signatures import public_key_of, signature_holds
from handrail.kernel.signers import (
    AgreementRefusal,
    Answer,
    Terms,
    counted,
    lacking,
    may_sign,
    same_person,
    signers_of,
    told,
)

PAST_MAX = timedelta(days=1)  # an instant that has passed by more was mistyped
EMERGENCY_REST = timedelta(days=90)  # longer than any emergency may last
UNDATED = datetime.min.replace(tzinfo=UTC)  # of a signature that is only being looked at


# --- keys


def register_key(book: AgreementBook, *, address: str, public: str, instead: bool) -> Answer:
    """One live key an address, one address a key. `instead`: take the place of the one it has."""
    if public_key_of(public) is None:
        return AgreementRefusal(
            "bad_signature", "this is no public key: Ed25519, 32 bytes in base64"
        )
    owner = book.keys.get(public)
    if owner is not None and owner.is_live and owner.address == address_key(address):
        return ()
    if owner is not None:
        past = "" if owner.is_live else ", and was withdrawn"
        return AgreementRefusal(
            "known_key", f"this key is that of {owner.address}{past}: make another"
        )
    new = KeyRegistered(address=address_key(address), public=public)
    live = book.live_key(address)
    if live is None:
        return (new,)
    if not instead:
        return AgreementRefusal(
            "known_key",
            f"{live.address} has a key since {live.registered_at:%Y-%m-%d}: say --replace to put "
            "this one in its place; what is not in force yet is then signed anew",
        )
    return (KeyWithdrawn(address=live.address, public=live.public, reason="replaced"), new)


def withdraw_key(book: AgreementBook, *, address: str, reason: str) -> Answer:
    live = book.live_key(address)
    if live is None:
        return AgreementRefusal("unknown_key", f"{address_key(address)} has no key that counts")
    return (KeyWithdrawn(address=live.address, public=live.public, reason=reason),)


# --- from draft to force


def draft(book: AgreementBook, *, contract: Contract, findings: Sequence[Finding]) -> Answer:
    """Write a version down with what its proofs found; an error among them bars it."""
    known = book.versions.get(contract.digest)
    if known is not None and known.is_proved:
        return ()
    error = next((one for one in findings if one.severity == "error"), None)
    if error is not None:
        return AgreementRefusal(
            "unproved", f"line {error.line}, column {error.column}: {error.message}"
        )
    absent = [role for role in ("marketing", "sales") if role not in contract.owners]
    if absent:
        return AgreementRefusal(
            "not_owner", f"`owners` names nobody as {absent[0]}: marketing and sales both sign"
        )
    stale = None if known is not None else _stale(book, contract)
    if stale is not None:
        return stale
    return (
        Drafted(
            digest=contract.digest,
            name=contract.name,
            version=contract.version,
            owners=dict(contract.owners),
            findings=tuple(findings),
        ),
    )


def _stale(book: AgreementBook, contract: Contract) -> AgreementRefusal | None:
    """A number is given once, and numbers go up."""
    found = book.in_force(contract.name)
    if found is not None and contract.version <= found.version:
        return AgreementRefusal(
            "stale_version",
            f"{told(found)} is in force: a new version has a greater number than "
            f"{found.version}, not {contract.version}",
        )
    for other in book.versions.values():
        is_same = (other.name, other.version) == (contract.name, contract.version)
        if is_same and other.in_force_at is not None and other.digest != contract.digest:
            return AgreementRefusal(
                "stale_version",
                f"version {contract.version} was in force with other content "
                f"({other.digest[:12]}): give this one a greater number",
            )
    return None


def sign(book: AgreementBook, *, terms: Terms, role: str, address: str, signature: str) -> Answer:
    """Take one person's signature; the key is the one that their address has now."""
    agreement = book.versions.get(terms.contract.digest)
    if agreement is None or not agreement.is_proved:
        return undrafted(terms.contract)
    signers: dict[tuple[str, str], Signer] = {
        (one.role, one.address): one for one in may_sign(terms)
    }
    signer = signers.get((role, address_key(address)))
    if signer is None:
        return _not_owner(terms, role=role, address=address)
    twin = same_person(terms.contract, ())
    if twin is not None and signer.role != "revops":
        return twin
    key = book.live_key(signer.address)
    if key is None:
        return AgreementRefusal(
            "unknown_key",
            f"{signer.address} has no key that counts: `handrail key person` makes one, and "
            "`handrail key register ADDRESS --public FILE` makes it count",
        )
    signed = Signed(
        digest=agreement.digest,
        role=signer.role,
        address=signer.address,
        public=key.public,
        signature=signature,
    )
    return _taken(book, agreement, signed, terms)


def _taken(book: AgreementBook, agreement: Agreement, signed: Signed, terms: Terms) -> Answer:
    given = Signature(
        role=signed.role,
        address=signed.address,
        public=signed.public,
        signature=signed.signature,
        at=UNDATED,
    )
    if not signature_holds(given, of=agreement):
        return AgreementRefusal(
            "bad_signature",
            f"this is not the signature of {signed.address} as {signed.role} over "
            f"{told(agreement)}: sign this very version, with the key that is registered",
        )
    if any(
        one.signer == given.signer and one.public == given.public for one in agreement.signatures
    ):
        return ()
    signatures = (*agreement.signatures, given)
    after = msgspec.structs.replace(agreement, signatures=signatures)
    is_ratified = agreement.emergency is not None and not isinstance(
        lacking(book, after, terms), AgreementRefusal
    )
    return (signed, Ratified(digest=agreement.digest)) if is_ratified else (signed,)


def undrafted(contract: Contract) -> AgreementRefusal:
    return AgreementRefusal(
        "unproved",
        f"{contract.name} version {contract.version} ({contract.digest[:12]}) was never proved "
        "here: `handrail contract draft FILE`, or POST /api/v1/contracts",
    )


def signed_instead(book: AgreementBook, contract: Contract) -> Agreement | None:
    """The version that people signed where these bytes are offered: the same number if there is."""
    signed = [
        one
        for one in book.versions.values()
        if one.name == contract.name and one.signatures and one.state != "former"
    ]
    return max(
        signed,
        key=lambda one: (one.version == contract.version, one.version, one.digest),
        default=None,
    )


def altered(signed: Agreement, contract: Contract, changed: frozenset[str]) -> AgreementRefusal:
    who = ", ".join(str(one.signer) for one in signed.signatures)
    what = ", ".join(sorted(changed)) or "nothing but comments, spacing or the number"
    return AgreementRefusal(
        "altered",
        f"this content ({contract.digest[:12]}) is not what was signed: {told(signed)}, by {who}. "
        f"Changed: {what}. Draft it and have it signed, or give the file that was",
    )


def _not_owner(terms: Terms, *, role: str, address: str) -> AgreementRefusal:
    owners = [str(one) for one in sorted(may_sign(terms))]
    return AgreementRefusal(
        "not_owner",
        f"{address} is not named as {role} in `owners`: who signs is {', '.join(owners)}",
    )


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How a version shall come into force: at once, at an instant, or in an emergency."""

    at: datetime | None = None
    emergency: str | None = None  # the reason


def activate(
    book: AgreementBook, *, terms: Terms, wish: Wish, lacks: Sequence[str], now: datetime
) -> Answer:
    """Put a version in force, now or later. `lacks`: teams it names that the roster has not."""
    agreement = book.versions.get(terms.contract.digest)
    if agreement is None or not agreement.is_proved:
        return undrafted(terms.contract)
    if agreement.state == "in_force":
        return () if agreement.emergency is None else _ratify(book, agreement, terms)
    stale = _stale(book, terms.contract)
    if stale is not None:
        return stale
    ground = lacking(book, agreement, terms)
    emergency = None
    if isinstance(ground, AgreementRefusal):
        if wish.emergency is None:
            return ground
        found = _emergency(book, agreement, terms, reason=wish.emergency, now=now)
        if isinstance(found, AgreementRefusal):
            return found
        ground, emergency = "emergency", found
    if wish.at is not None and wish.at < now - PAST_MAX:
        return AgreementRefusal(
            "bad_time", f"{wish.at:%Y-%m-%d %H:%M} UTC has passed: leave the instant out to act now"
        )
    if wish.at is not None and wish.at > now:
        return _schedule(agreement, at=wish.at, emergency=emergency)
    if lacks:
        return _unstaffed("the contract", lacks)
    return (_activated(book, terms, ground=ground, emergency=emergency),)


def _schedule(agreement: Agreement, *, at: datetime, emergency: Emergency | None) -> Answer:
    if emergency is not None:
        return AgreementRefusal(
            "bad_time", "an emergency begins at once: leave the instant out, or have both sign"
        )
    return (Scheduled(digest=agreement.digest, activate_at=at),)


def _ratify(book: AgreementBook, agreement: Agreement, terms: Terms) -> Answer:
    ground = lacking(book, agreement, terms)
    if isinstance(ground, AgreementRefusal):
        return ground
    return (Ratified(digest=agreement.digest),)


def _activated(
    book: AgreementBook, terms: Terms, *, ground: Ground, emergency: Emergency | None
) -> Activated:
    ruling = book.ruling(terms.contract.name)
    return Activated(
        digest=terms.contract.digest,
        name=terms.contract.name,
        version=terms.contract.version,
        ground=ground,
        before=ruling.digest if ruling is not None else None,
        changed=tuple(sorted(terms.changed or ())),
        emergency=emergency,
    )


def _emergency(
    book: AgreementBook, agreement: Agreement, terms: Terms, *, reason: str, now: datetime
) -> Emergency | AgreementRefusal:
    """One owner's word, for the hours that the version which rules allows."""
    ruling = terms.ruling
    period = ruling.governance.emergency if ruling is not None else None
    if ruling is None or period is None:
        return AgreementRefusal(
            "no_emergency",
            "the contract in force allows no emergency change (`governance.changes.emergency`): "
            "both teams sign",
        )
    if agreement.in_force_at is not None:
        past = "was an emergency that lapsed" if agreement.has_lapsed else "was in force before"
        return AgreementRefusal("no_emergency", f"{told(agreement)} {past}: both teams sign")
    if not reason.strip():
        return AgreementRefusal("no_reason", "an emergency has a reason: say it with --reason")
    owners = signers_of(ruling)
    by = [one for one in counted(book, agreement) if one.signer in owners]
    if not by:
        who = ", ".join(map(str, sorted(owners)))
        return AgreementRefusal("unsigned", f"an emergency needs one signature, of any of {who}")
    lapses_at = _emergency_began(book, ruling, now=now) + period
    if lapses_at <= now:
        return AgreementRefusal(
            "no_emergency",
            f"the hours for emergencies under version {ruling.version} ended at "
            f"{lapses_at:%Y-%m-%d %H:%M} UTC, and are given once in {EMERGENCY_REST.days} days: "
            "both teams sign",
        )
    return Emergency(by=by[0].address, reason=reason, lapses_at=lapses_at, back_to=ruling.digest)


def _emergency_began(book: AgreementBook, ruling: Contract, *, now: datetime) -> datetime:
    """When the hours began: one emergency after another lasts no longer than the first, else one
    signature would do for ever, under a new number each time."""
    earlier = [
        one.in_force_at
        for one in book.versions.values()
        if one.before == ruling.digest and not one.is_agreed and not one.is_adopted
    ]
    return min((at for at in earlier if at is not None and at > now - EMERGENCY_REST), default=now)


# --- what time and second thoughts do


def is_ripe(agreement: Agreement, *, now: datetime) -> bool:
    """Whether a scheduled version is due."""
    return (
        agreement.state == "scheduled"
        and agreement.activate_at is not None
        and agreement.activate_at <= now
    )


def is_over(agreement: Agreement, *, now: datetime) -> bool:
    """Whether an emergency's time has passed without all signatures."""
    held = agreement.emergency
    return agreement.state == "in_force" and held is not None and held.lapses_at <= now


def lapse(agreement: Agreement, *, lacks: Sequence[str]) -> Answer:
    """Back to the version before an emergency."""
    assert agreement.emergency is not None
    if lacks:
        return _unstaffed("the version before the emergency", lacks)
    return (Lapsed(digest=agreement.digest, to=agreement.emergency.back_to),)


def _unstaffed(what: str, lacks: Sequence[str]) -> AgreementRefusal:
    return AgreementRefusal(
        "unknown_team",
        f"{what} names teams that the roster lacks: {', '.join(lacks)}; put a roster in force "
        "that has them",
    )


def roll_back(
    book: AgreementBook, *, name: str, to: str | None, reason: str, lacks: Sequence[str]
) -> Answer:
    """Return to a version that was in force and signed; without `to`, to the one before."""
    found = book.in_force(name)
    if found is None:
        return AgreementRefusal("not_found", f"no version of {name!r} is in force")
    if not reason.strip():
        return AgreementRefusal("no_reason", "a rollback has a reason: say it with --reason")
    target = book.versions.get(to or found.before or "")
    if target is None or target.name != name or target.digest == found.digest:
        earlier = f"{to!r} is no earlier version of it" if to else "nothing was in force before"
        return AgreementRefusal("no_earlier", f"{told(found)} is in force, and {earlier}")
    if not (target.is_agreed or (target.is_adopted and target.in_force_at is not None)):
        return AgreementRefusal(
            "no_earlier", f"{told(target)} was never in force by all signatures that it needs"
        )
    if target.version > found.version and len(counted(book, target)) < len(target.signatures):
        return AgreementRefusal(
            "unsigned",
            f"{told(target)} is later than what is in force, and a key that signed it counts no "
            "more: have it signed again, and activate it",
        )
    if lacks:
        return _unstaffed(told(target), lacks)
    return (RolledBack(digest=found.digest, to=target.digest, reason=reason),)
