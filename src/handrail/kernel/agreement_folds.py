"""What each event makes of the versions and keys that two teams agreed by."""

from datetime import datetime
from typing import assert_never

import msgspec

from handrail.contract.agreement import (
    Activated,
    ActivationDenied,
    Agreement,
    AgreementBook,
    AgreementEvent,
    Denied,
    Drafted,
    KeyRegistered,
    KeyWithdrawn,
    Lapsed,
    PersonKey,
    Ratified,
    RolledBack,
    Scheduled,
    Signature,
    Signed,
    address_key,
)

replace = msgspec.structs.replace


def evolve_book(
    book: AgreementBook, event: AgreementEvent, *, at: datetime, actor: str
) -> AgreementBook:
    """The book after one event. An event that fits nothing in it changes nothing."""
    match event:
        case KeyRegistered():
            return _keyed(book, _registered(event, at=at, actor=actor))
        case KeyWithdrawn(public=public):
            known = book.keys.get(public)
            return book if known is None else _keyed(book, replace(known, withdrawn_at=at))
        case Drafted():
            return _kept(book, _drafted(event, book.versions.get(event.digest), at=at))
        case Activated():
            return _activated(book, event, at=at)
        case Lapsed(digest=digest, to=to):
            return _returned(_changed(book, digest, has_lapsed=True), digest, to, at=at)
        case RolledBack(digest=digest, to=to):
            return _returned(_unscheduled(book, digest), digest, to, at=at)
        case Signed():
            return _signed(book, event, at=at)
        case Scheduled(digest=digest, activate_at=activate_at):
            return _changed(book, digest, state="scheduled", activate_at=activate_at, denied=None)
        case ActivationDenied(digest=digest):
            return _denied(book, event, at=at)
        case Ratified(digest=digest):
            return _changed(book, digest, emergency=None, is_agreed=True)
        case _:
            assert_never(event)


def _keyed(book: AgreementBook, key: PersonKey) -> AgreementBook:
    return replace(book, keys={**book.keys, key.public: key})


def _kept(book: AgreementBook, *changed: Agreement) -> AgreementBook:
    return replace(book, versions={**book.versions, **{one.digest: one for one in changed}})


def _changed(book: AgreementBook, digest: str, **parts: object) -> AgreementBook:
    known = book.versions.get(digest)
    return book if known is None else _kept(book, replace(known, **parts))


def _registered(event: KeyRegistered, *, at: datetime, actor: str) -> PersonKey:
    return PersonKey(
        public=event.public,
        address=address_key(event.address),
        registered_at=at,
        registered_by=actor,
    )


def _drafted(event: Drafted, known: Agreement | None, *, at: datetime) -> Agreement:
    """One that was adopted before may be proved and signed later."""
    before = known or Agreement(digest=event.digest, name=event.name, version=event.version)
    return replace(
        before,
        owners=event.owners,
        is_proved=True,
        findings=event.findings,
        drafted_at=at,
    )


def _signed(book: AgreementBook, event: Signed, *, at: datetime) -> AgreementBook:
    """A later signature of one person in one role takes the place of the earlier."""
    known = book.versions.get(event.digest)
    if known is None:
        return book
    signature = Signature(
        role=event.role,
        address=event.address,
        public=event.public,
        signature=event.signature,
        at=at,
    )
    others = tuple(one for one in known.signatures if one.signer != signature.signer)
    return _kept(book, replace(known, signatures=(*others, signature)))


def _activated(book: AgreementBook, event: Activated, *, at: datetime) -> AgreementBook:
    known = book.versions.get(event.digest) or Agreement(
        digest=event.digest, name=event.name, version=event.version, owners=event.owners
    )
    begun = replace(
        known,
        state="in_force",
        in_force_at=at,
        activate_at=None,
        before=event.before,
        emergency=event.emergency,
        is_agreed=known.is_agreed or event.ground in ("both_signed", "revops_alone"),
        is_adopted=event.ground == "adopted",
        denied=None,
    )
    return _kept(_ended(book, event.name), begun)


def _returned(book: AgreementBook, digest: str, to: str, *, at: datetime) -> AgreementBook:
    known = book.versions.get(digest)
    if known is None:
        return book
    return _changed(_ended(book, known.name), to, state="in_force", in_force_at=at)


def _unscheduled(book: AgreementBook, digest: str) -> AgreementBook:
    """Who goes back wants no other version of this name to come into force by itself."""
    known = book.versions.get(digest)
    waiting = [
        replace(one, state="draft", activate_at=None)
        for one in book.versions.values()
        if known is not None and one.name == known.name and one.state == "scheduled"
    ]
    return _kept(book, *waiting)


def _ended(book: AgreementBook, name: str) -> AgreementBook:
    """Nothing of this name is in force any more."""
    found = book.in_force(name)
    if found is None:
        return book
    return _kept(book, replace(found, state="former", emergency=None, denied=None))


def _denied(book: AgreementBook, event: ActivationDenied, *, at: datetime) -> AgreementBook:
    """A draft that was scheduled is a draft again; what is in force stays so."""
    known = book.versions.get(event.digest)
    if known is None:
        return book
    denied = Denied(at=at, code=event.code, message=event.message)
    state = "draft" if known.state == "scheduled" else known.state
    return _kept(book, replace(known, state=state, activate_at=None, denied=denied))
