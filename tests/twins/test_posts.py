"""Posts and what was pressed in them: PostgreSQL and its twin behave alike."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from handrail.engine.ports import Store
from handrail.engine.posts import LEASE, TRIES_MAX, Post, PostStore, Received
from handrail.store.posts import MemoryPosts, PostgresPosts
from tests.cast import START

PRESSED = Received(digest=b"p" * 32, body=b"accept")


@pytest.fixture
async def posts(place: str | None, store: Store) -> AsyncIterator[PostStore]:
    """On the database that `store` has made."""
    if place is None:
        yield MemoryPosts()
        return
    kept = await PostgresPosts.open(place)
    yield kept
    await kept.close()


def post(key: str, *, handoff: str | None = "lena-1") -> Post:
    return Post(key=key, lead="lena", handoff=handoff, place="D1", stamp="1.0", at=START)


async def test_a_post_is_kept_once_under_its_key(posts: PostStore) -> None:
    await posts.add(post("1-0-slack"))
    await posts.add(post("1-0-slack", handoff="other-1"))
    assert await posts.post("1-0-slack") == post("1-0-slack")
    assert await posts.post("2-0-slack") is None


async def test_what_is_over_is_followed_no_more(posts: PostStore) -> None:
    for key in ("3-0-slack", "1-0-slack", "2-0-slack"):
        await posts.add(post(key))
    await posts.add(post("4-0-slack", handoff=None))
    await posts.show("2-0-slack", shown="Accepted.", is_over=False)
    await posts.show("3-0-slack", shown="Closed.", is_over=True)
    followed = await posts.following(handoffs=["lena-1", "nobody-1"])
    assert [(one.key, one.shown) for one in followed] == [
        ("1-0-slack", ""),
        ("2-0-slack", "Accepted."),
    ]
    page = await posts.all_following(after="1-0-slack", limit=1)
    assert [one.key for one in page] == ["2-0-slack"]


async def test_what_came_is_taken_by_one_at_a_time_until_it_is_done(posts: PostStore) -> None:
    assert await posts.receive(PRESSED, at=START)
    assert not await posts.receive(PRESSED, at=START)
    taken = await posts.take(PRESSED.digest, now=START)
    assert taken is not None
    assert (taken.body, taken.tries) == (b"accept", 1)
    assert await posts.take(PRESSED.digest, now=START) is None
    assert await posts.left_over(now=START, limit=10) == []
    later = START + LEASE
    assert await posts.left_over(now=later, limit=10) == [PRESSED.digest]
    assert await posts.take(PRESSED.digest, now=later) is not None
    await posts.done(PRESSED.digest)
    assert await posts.take(PRESSED.digest, now=later + LEASE) is None
    assert not await posts.receive(PRESSED, at=later)


async def test_what_fails_again_and_again_is_left(posts: PostStore) -> None:
    await posts.receive(PRESSED, at=START)
    for number in range(TRIES_MAX):
        assert await posts.take(PRESSED.digest, now=START + number * LEASE) is not None
    assert await posts.left_over(now=START + timedelta(days=1), limit=10) == []


async def test_a_repeat_is_known_until_it_is_forgotten(posts: PostStore) -> None:
    await posts.receive(PRESSED, at=START)
    await posts.forget(before=START)
    assert not await posts.receive(PRESSED, at=START)
    await posts.forget(before=START + timedelta(seconds=1))
    assert await posts.receive(PRESSED, at=START)
