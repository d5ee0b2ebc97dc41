"""API keys and the master key's proof, beside the ledger: in PostgreSQL, and in memory."""

from datetime import datetime

import asyncpg
import msgspec

from handrail.engine.keys import ApiKey
from handrail.store.connection import Pool, open_pool, telling_losses

CONNECTIONS = 2

_COLUMNS = "name, scopes, created_at, expires_at, revoked_at, person"
_ADD = """
    insert into api_keys (digest, name, scopes, created_at, expires_at, person)
    values ($1, $2, $3, $4, $5, $6)
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
    """A `KeyStore` in the tables `api_keys` and `master_key_proof`. Make it by `open`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, dsn: str) -> "PostgresKeys":
        """On a database that is up to date."""
        return cls(await open_pool(dsn, size=CONNECTIONS))

    async def close(self) -> None:
        await self._pool.close()

    async def add_key(self, key: ApiKey, *, digest: bytes) -> bool:
        parts = (key.name, list(key.scopes), key.created_at, key.expires_at, key.person)
        return bool(await self._ask(_ADD, digest, *parts))

    async def find_key(self, digest: bytes) -> ApiKey | None:
        rows = await self._ask(_FIND, digest)
        return _key(rows[0]) if rows else None

    async def list_keys(self) -> list[ApiKey]:
        return [_key(row) for row in await self._ask(_LIST)]

    async def revoke_key(self, name: str, *, at: datetime) -> bool:
        return bool(await self._ask(_REVOKE, name, at))

    async def proof(self) -> bytes | None:
        """A key wrapped under the master key that this database is used with, if any yet."""
        rows = await self._ask(_PROOF)
        return bytes(rows[0]["wrapped"]) if rows else None

    async def prove(self, wrapped: bytes) -> bytes:
        """Lay down the proof, unless another node was first; the one that stands."""
        await self._ask(_PROVE, wrapped)
        standing = await self.proof()
        assert standing is not None
        return standing

    async def _ask(self, query: str, *args: object) -> list[asyncpg.Record]:
        with telling_losses("reading keys"):
            async with self._pool.acquire() as connection:
                return await connection.fetch(query, *args)


def _key(row: asyncpg.Record) -> ApiKey:
    return ApiKey(
        name=row["name"],
        scopes=tuple(row["scopes"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        person=row["person"],
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
