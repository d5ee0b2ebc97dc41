"""What two teams agreed: keys of people, signatures over a version, and what became of it.

Values and events only; `kernel.agreement` decides. Binary values are base64 texts.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, get_args

import msgspec

from handrail.contract.findings import Finding

Role = Literal["revops", "marketing", "sales"]
ROLES: tuple[Role, ...] = get_args(Role)

STATEMENT = "handrail contract signature"  # what such a signature says, and nothing else


def statement_of(*, name: str, version: int, digest: str, role: str, address: str) -> bytes:
    """The bytes that a person signs: a JSON list in UTF-8, without blanks.

    The address is as `address_key` gives it. Whoever has the list and a public key can check a
    signature without us.
    """
    return msgspec.json.encode([STATEMENT, name, version, digest, role, address])


def address_key(address: str) -> str:
    """One spelling of an address, by which people are told apart."""
    return address.strip().casefold()


class PersonKey(msgspec.Struct, frozen=True, kw_only=True):
    """The public half of a person's key (Ed25519, 32 bytes) and when it counted."""

    public: str
    address: str
    registered_at: datetime
    registered_by: str
    withdrawn_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        return self.withdrawn_at is None


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """One person's word for one version, in one role."""

    role: Role
    address: str
    public: str
    signature: str
    at: datetime

    @property
    def signer(self) -> "Signer":
        return Signer(role=self.role, address=self.address)


class Signer(msgspec.Struct, frozen=True, order=True):
    """Who signs, as what."""

    role: Role
    address: str

    def __str__(self) -> str:
        return f"{self.address} ({self.role})"


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """In force by one signature until `lapses_at`; then `back_to` is, unless both have signed."""

    by: str
    reason: str
    lapses_at: datetime
    back_to: str


class Denied(msgspec.Struct, frozen=True):
    """An activation that was due and could not be: when, and why."""

    at: datetime
    code: str
    message: str


State = Literal["draft", "scheduled", "in_force", "former"]


class Agreement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of a contract and what became of it.

    `before`: the version that was in force before it. `is_agreed`: everybody needed signed, so
    that a rollback may return to it. `is_adopted`: put in force without signatures, as virtual
    worlds do. `is_proved`: `findings` are those of its check, without an error among them.
    """

    digest: str
    name: str
    version: int
    owners: dict[str, str] = {}
    state: State = "draft"
    is_proved: bool = False
    findings: tuple[Finding, ...] = ()
    signatures: tuple[Signature, ...] = ()
    drafted_at: datetime | None = None
    activate_at: datetime | None = None
    in_force_at: datetime | None = None  # since when, the last time
    before: str | None = None
    is_agreed: bool = False
    is_adopted: bool = False
    has_lapsed: bool = False
    emergency: Emergency | None = None
    denied: Denied | None = None


# --- events


class KeyRegistered(msgspec.Struct, frozen=True, tag_field="event", tag="key_registered"):
    """A person's public key counts from now on; one that the address had counts no more."""

    address: str
    public: str


class KeyWithdrawn(
    msgspec.Struct, frozen=True, omit_defaults=True, tag_field="event", tag="key_withdrawn"
):
    address: str
    public: str
    reason: str | None = None


class Drafted(msgspec.Struct, frozen=True, tag_field="event", tag="contract_drafted"):
    """A version was written down, with what its proofs found."""

    digest: str
    name: str
    version: int
    owners: dict[str, str]
    findings: tuple[Finding, ...]


class Signed(msgspec.Struct, frozen=True, tag_field="event", tag="contract_signed"):
    digest: str
    role: Role
    address: str
    public: str
    signature: str


class Scheduled(msgspec.Struct, frozen=True, tag_field="event", tag="activation_scheduled"):
    digest: str
    activate_at: datetime


Ground = Literal["both_signed", "revops_alone", "emergency", "adopted"]


class Activated(
    msgspec.Struct, frozen=True, omit_defaults=True, tag_field="event", tag="contract_activated"
):
    """In force from now on. `ground`: by what right; `changed`: the sections that differ."""

    digest: str
    name: str
    version: int
    ground: Ground
    before: str | None = None
    changed: tuple[str, ...] = ()
    emergency: Emergency | None = None
    owners: dict[str, str] = {}  # of one that was adopted, since nobody drafted it


class ActivationDenied(msgspec.Struct, frozen=True, tag_field="event", tag="activation_denied"):
    """It was due and cannot be: what was in force stays."""

    digest: str
    code: str
    message: str


class Ratified(msgspec.Struct, frozen=True, tag_field="event", tag="emergency_ratified"):
    """All have signed what was in force by one signature; it lapses no more."""

    digest: str


class Lapsed(msgspec.Struct, frozen=True, tag_field="event", tag="emergency_lapsed"):
    """Not all signed in time: the version before is in force again."""

    digest: str
    to: str


class RolledBack(msgspec.Struct, frozen=True, tag_field="event", tag="contract_rolled_back"):
    digest: str
    to: str
    reason: str


AgreementEvent = (
    KeyRegistered
    | KeyWithdrawn
    | Drafted
    | Signed
    | Scheduled
    | Activated
    | ActivationDenied
    | Ratified
    | Lapsed
    | RolledBack
)


class AgreementBook(msgspec.Struct, frozen=True):
    """All versions by digest, and all keys by their public half."""

    versions: Mapping[str, Agreement] = {}
    keys: Mapping[str, PersonKey] = {}

    def in_force(self, name: str) -> Agreement | None:
        """The version of the contract of that name that is in force."""
        named = (one for one in self.versions.values() if one.name == name)
        return next((one for one in named if one.state == "in_force"), None)

    def ruling(self, name: str) -> Agreement | None:
        """The version whose rules say who signs: never one that only one person signed."""
        found = self.in_force(name)
        if found is None or found.emergency is None:
            return found
        return self.versions[found.emergency.back_to]

    def live_key(self, address: str) -> PersonKey | None:
        wanted = address_key(address)
        return next(
            (key for key in self.keys.values() if key.is_live and key.address == wanted), None
        )
