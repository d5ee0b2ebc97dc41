"""API keys: shown once, stored as a hash, each with a name, scopes and maybe an end."""

import base64
import hashlib
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Literal, Protocol, get_args

import msgspec

from handrail.engine.items import Refused
from handrail.engine.ports import Clock

KeyScope = Literal[
    "leads:write",
    "handoffs:read",
    "handoffs:write",
    "roster:write",
    "contracts:write",
    "metrics:read",
    "admin",
]
KEY_SCOPES: tuple[str, ...] = get_args(KeyScope)

PREFIX = "hr_"  # lets secret scanners see a key that was committed by mistake
TOKEN_BYTES = 32
TOKEN_CHARACTERS_MAX = 100
NAME_CHARACTERS_MAX = 80
KEPT_FOR = timedelta(seconds=2)  # a revoked key may work this long on another node
KEPT_MAX = 1_000


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a key; the key itself is not."""

    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    person: str | None = None  # of the roster, who alone uses it; None: a program's, or a team's

    def is_live(self, *, now: datetime) -> bool:
        ended = self.expires_at is not None and self.expires_at <= now
        return self.revoked_at is None and not ended


class KeyStore(Protocol):
    """Where keys are kept, by the SHA-256 of their token."""

    async def add_key(self, key: ApiKey, *, digest: bytes) -> bool:
        """False, and nothing done, when a key of that name exists that was not revoked."""
        ...

    async def find_key(self, digest: bytes) -> ApiKey | None: ...
    async def list_keys(self) -> list[ApiKey]:
        """Oldest first, then by name."""
        ...

    async def revoke_key(self, name: str, *, at: datetime) -> bool:
        """False when no key of that name was left to revoke."""
        ...


class Keys:
    """The keys of one installation. `chance` gives that many unpredictable bytes."""

    def __init__(self, *, store: KeyStore, clock: Clock, chance: Callable[[int], bytes]) -> None:
        self._store = store
        self._clock = clock
        self._chance = chance
        self._found: dict[bytes, tuple[datetime, ApiKey]] = {}

    async def create(
        self,
        name: str,
        scopes: Collection[str],
        *,
        expires_at: datetime | None = None,
        person: str | None = None,
    ) -> str:
        """The new key's token, which cannot be shown again. `person`: whose key it is. Raises
        Refused."""
        now = self._clock.now()
        _check(name=name, scopes=scopes)
        if expires_at is not None and expires_at <= now:
            raise Refused("bad_value", "a key must end in the future")
        token = PREFIX + base64.urlsafe_b64encode(self._chance(TOKEN_BYTES)).decode().rstrip("=")
        key = ApiKey(
            name=name,
            scopes=tuple(scope for scope in KEY_SCOPES if scope in scopes),
            created_at=now,
            expires_at=expires_at,
            person=person,
        )
        if not await self._store.add_key(key, digest=_digest(token)):
            raise Refused(
                "name_taken", f"there is a key {name!r}: revoke it first, or choose another name"
            )
        return token

    async def check(self, token: str) -> ApiKey | None:
        """The live key that this token belongs to. Looked up again every few seconds."""
        if not token.startswith(PREFIX) or len(token) > TOKEN_CHARACTERS_MAX:
            return None
        now = self._clock.now()
        digest = _digest(token)
        key = self._kept(digest, now=now)
        if key is None:
            key = await self._store.find_key(digest)
            if key is not None:
                self._keep(digest, key, now=now)
        return key if key is not None and key.is_live(now=now) else None

    async def all(self) -> list[ApiKey]:
        return await self._store.list_keys()

    async def revoke(self, name: str) -> None:
        """Raises Refused when there is no such key."""
        if not await self._store.revoke_key(name, at=self._clock.now()):
            raise Refused("not_found", f"no live key {name!r}; `handrail key list` shows them")
        self._found.clear()

    def _kept(self, digest: bytes, *, now: datetime) -> ApiKey | None:
        known = self._found.get(digest)
        return known[1] if known is not None and now - known[0] < KEPT_FOR else None

    def _keep(self, digest: bytes, key: ApiKey, *, now: datetime) -> None:
        if len(self._found) >= KEPT_MAX:
            self._found.clear()
        self._found[digest] = (now, key)


def _digest(token: str) -> bytes:
    """A fast hash is enough: nobody can guess 32 random bytes."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _check(*, name: str, scopes: Collection[str]) -> None:
    if not name.strip() or len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
        raise Refused("bad_value", f"a key's name has 1 to {NAME_CHARACTERS_MAX} characters")
    unknown = sorted(set(scopes) - set(KEY_SCOPES))
    if unknown or not scopes:
        said = f"no scope {', '.join(unknown)}" if unknown else "a key needs a scope"
        raise Refused("bad_value", f"{said}; there are {', '.join(KEY_SCOPES)}")
