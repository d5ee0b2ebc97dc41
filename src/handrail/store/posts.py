"""Posts in a chat, and what was pressed in them: in PostgreSQL, and in memory."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from handrail.engine.posts import LEASE, TRIES_MAX, Post, Received
from handrail.store.connection import Pool, open_pool, telling_losses

CONNECTIONS = 2
_COLUMNS = "key, lead, handoff, place, stamp, at, shown, is_over"

_ADD = f"""
    insert into posts ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (key) do nothing
"""
_POST = f"select {_COLUMNS} from posts where key = $1"
_FOLLOWING = f"""
    select {_COLUMNS} from posts where handoff = any($1::text[]) and not is_over order by key
"""
_ALL_FOLLOWING = f"""
    select {_COLUMNS} from posts where key > $1 and not is_over order by key limit $2
"""
_SHOW = "update posts set shown = $2, is_over = $3 where key = $1"
_RECEIVE = """
    insert into received (digest, at, body) values ($1, $2, $3)
    on conflict (digest) do nothing returning true
"""
_TAKE = """
    update received set tries = tries + 1, leased_until = $3
    where digest = $1 and body is not null and (leased_until is null or leased_until <= $2)
    returning digest, body, tries
"""
_LEFT_OVER = """
    select digest from received
    where body is not null and tries < $3 and (leased_until is null or leased_until <= $1)
    order by at, digest limit $2
"""
_DONE = "update received set body = null where digest = $1"
_FORGET = "delete from received where at < $1"


class PostgresPosts:
    """A `PostStore`. Make it by `open`, on a database that is up to date."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, dsn: str) -> "PostgresPosts":
        return cls(await open_pool(dsn, size=CONNECTIONS))

    async def close(self) -> None:
        await self._pool.close()

    async def add(self, post: Post) -> None:
        await self._ask(_ADD, *msgspec.structs.astuple(post))

    async def post(self, key: str) -> Post | None:
        return next(iter(map(_post, await self._ask(_POST, key))), None)

    async def following(self, *, handoffs: Sequence[str]) -> list[Post]:
        return [_post(found) for found in await self._ask(_FOLLOWING, list(handoffs))]

    async def all_following(self, *, after: str, limit: int) -> list[Post]:
        return [_post(found) for found in await self._ask(_ALL_FOLLOWING, after, limit)]

    async def show(self, key: str, *, shown: str, is_over: bool) -> None:
        await self._ask(_SHOW, key, shown, is_over)

    async def receive(self, received: Received, *, at: datetime) -> bool:
        return bool(await self._ask(_RECEIVE, received.digest, at, received.body))

    async def take(self, digest: bytes, *, now: datetime) -> Received | None:
        found = await self._ask(_TAKE, digest, now, now + LEASE)
        return Received(**dict(found[0])) if found else None

    async def left_over(self, *, now: datetime, limit: int) -> list[bytes]:
        return [found["digest"] for found in await self._ask(_LEFT_OVER, now, limit, TRIES_MAX)]

    async def done(self, digest: bytes) -> None:
        await self._ask(_DONE, digest)

    async def forget(self, *, before: datetime) -> None:
        await self._ask(_FORGET, before)

    async def _ask(self, query: str, *args: object) -> list[asyncpg.Record]:
        with telling_losses("keeping posts"):
            async with self._pool.acquire() as connection:
                return await connection.fetch(query, *args)


def _post(found: asyncpg.Record) -> Post:
    return Post(**dict(found))


class _Kept(msgspec.Struct):
    at: datetime
    body: bytes | None
    tries: int = 0
    leased_until: datetime | None = None

    def is_free(self, now: datetime) -> bool:
        return self.body is not None and (self.leased_until is None or self.leased_until <= now)


class MemoryPosts:
    """The `PostStore` of the twin."""

    def __init__(self) -> None:
        self._posts: dict[str, Post] = {}
        self._received: dict[bytes, _Kept] = {}

    async def add(self, post: Post) -> None:
        self._posts.setdefault(post.key, post)

    async def post(self, key: str) -> Post | None:
        return self._posts.get(key)

    async def following(self, *, handoffs: Sequence[str]) -> list[Post]:
        return [post for post in self._live() if post.handoff in handoffs]

    async def all_following(self, *, after: str, limit: int) -> list[Post]:
        return [post for post in self._live() if post.key > after][:limit]

    def _live(self) -> list[Post]:
        return sorted(
            (post for post in self._posts.values() if not post.is_over), key=lambda post: post.key
        )

    async def show(self, key: str, *, shown: str, is_over: bool) -> None:
        post = self._posts[key]
        self._posts[key] = msgspec.structs.replace(post, shown=shown, is_over=is_over)

    async def receive(self, received: Received, *, at: datetime) -> bool:
        if received.digest in self._received:
            return False
        self._received[received.digest] = _Kept(at=at, body=received.body)
        return True

    async def take(self, digest: bytes, *, now: datetime) -> Received | None:
        kept = self._received.get(digest)
        if kept is None or kept.body is None or not kept.is_free(now):
            return None
        kept.tries += 1
        kept.leased_until = now + LEASE
        return Received(digest=digest, body=kept.body, tries=kept.tries)

    async def left_over(self, *, now: datetime, limit: int) -> list[bytes]:
        free = [
            (kept.at, digest)
            for digest, kept in self._received.items()
            if kept.is_free(now) and kept.tries < TRIES_MAX
        ]
        return [digest for _, digest in sorted(free)][:limit]

    async def done(self, digest: bytes) -> None:
        if digest in self._received:
            self._received[digest].body = None

    async def forget(self, *, before: datetime) -> None:
        self._received = {
            digest: kept for digest, kept in self._received.items() if kept.at >= before
        }
