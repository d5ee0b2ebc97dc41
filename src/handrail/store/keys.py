"""API keys and the master key's proof, beside the ledger: in PostgreSQL, and in memory."""

from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from handrail.engine.keys import ApiKey

_COLUMNS = "name, scopes, created_at, expires_at, revoked_at"
_ADD = """
    insert into api_keys (digest, name, scopes, created_at, expires_at)
    values ($1, $2, $3, $4, $5)
    on conflict (name) where revoked_at is null do nothing
    returning true
"""
_FIND = f"select {_COLUMNS} from api_keys where digest = $1"
_LIST = f"select {_COLUMNS} from api_keys order by created_at, name"
_REVOKE = (
    "update api_keys set revoked_at = $2 where name = $1 and revoked_at is null returning true"
)
_PROVE = "insert into master_key_proof (wrapped) values ($1) on conflict do nothing"
_PROOF = "select wrapped from master_key_proof"


class PostgresKeys:
    """A `KeyStore` in the tables `api_keys` and `master_key_proof`."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pool: Any = None

    async def open(self) -> None:
        """One connection, made when it is needed."""
        create: Any = asyncpg.create_pool  # asyncpg leaves its calls untyped
        self._pool = await create(self._dsn, min_size=0, max_size=2)

    async def close(self) -> None:
        await self._pool.close()

    async def add_key(self, key: ApiKey, *, digest: bytes) -> bool:
        row = await self._pool.fetchval(
            _ADD, digest, key.name, list(key.scopes), key.created_at, key.expires_at
        )
        return row is not None

    async def find_key(self, digest: bytes) -> ApiKey | None:
        row = await self._pool.fetchrow(_FIND, digest)
        return _key(row) if row is not None else None

    async def list_keys(self) -> list[ApiKey]:
        return [_key(row) for row in await self._pool.fetch(_LIST)]

    async def revoke_key(self, name: str, *, at: datetime) -> bool:
        return await self._pool.fetchval(_REVOKE, name, at) is not None

    async def proof(self) -> bytes | None:
        """A key wrapped under the master key that this database is used with, if any yet."""
        wrapped: bytes | None = await self._pool.fetchval(_PROOF)
        return wrapped

    async def prove(self, wrapped: bytes) -> bytes:
        """Lay down the proof, unless another node was first; the one that stands."""
        await self._pool.execute(_PROVE, wrapped)
        standing = await self.proof()
        assert standing is not None
        return standing


def _key(row: Any) -> ApiKey:
    return ApiKey(
        name=row["name"],
        scopes=tuple(row["scopes"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )


class MemoryKeys:
    """The `KeyStore` of the twin."""

    def __init__(self) -> None:
        self._keys: dict[bytes, ApiKey] = {}

    async def add_key(self, key: ApiKey, *, digest: bytes) -> bool:
        if self._live(key.name) is not None:
            return False
        self._keys[digest] = key
        return True

    async def find_key(self, digest: bytes) -> ApiKey | None:
        return self._keys.get(digest)

    async def list_keys(self) -> list[ApiKey]:
        return sorted(self._keys.values(), key=lambda key: (key.created_at, key.name))

    async def revoke_key(self, name: str, *, at: datetime) -> bool:
        digest = self._live(name)
        if digest is None:
            return False
        self._keys[digest] = msgspec.structs.replace(self._keys[digest], revoked_at=at)
        return True

    def _live(self, name: str) -> bytes | None:
        """A key's digest by its name; among revoked ones a name may stand several times."""
        found = (d for d, key in self._keys.items() if key.name == name and not key.revoked_at)
        return next(found, None)
