"""API keys behave alike in both stores."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from handrail.engine.clock import VirtualClock
from handrail.engine.items import Refused
from handrail.engine.keys import Keys, KeyStore
from handrail.store.keys import MemoryKeys, PostgresKeys
from handrail.store.migrate import migrate

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture
async def key_store(place: str | None) -> AsyncIterator[KeyStore]:
    if place is None:
        yield MemoryKeys()
        return
    await migrate(place)
    keys = await PostgresKeys.open(place)
    yield keys
    await keys.close()


def keys_on(store: KeyStore, clock: VirtualClock) -> Keys:
    numbers = iter(range(1, 100))
    return Keys(store=store, clock=clock, chance=lambda count: bytes([next(numbers)]) * count)


async def test_a_key_is_good_until_it_ends(key_store: KeyStore) -> None:
    clock = VirtualClock(NOW)
    keys = keys_on(key_store, clock)
    token = await keys.create("crm", ["leads:write"], expires_at=NOW + timedelta(days=90))
    key = await keys.check(token)
    assert key is not None
    assert (key.name, key.scopes) == ("crm", ("leads:write",))
    clock.move_to(NOW + timedelta(days=90))
    assert await keys.check(token) is None


async def test_a_key_may_be_one_person_s(key_store: KeyStore) -> None:
    keys = keys_on(key_store, VirtualClock(NOW))
    token = await keys.create("ada's", ["handoffs:write"], person="ada")
    await keys.create("crm", ["leads:write"])
    key = await keys.check(token)
    assert key is not None
    assert key.person == "ada"
    assert [one.person for one in await keys.all()] == ["ada", None]


async def test_a_revoked_key_is_refused_at_once_here_and_soon_elsewhere(
    key_store: KeyStore,
) -> None:
    clock = VirtualClock(NOW)
    here, elsewhere = keys_on(key_store, clock), keys_on(key_store, clock)
    token = await here.create("crm", ["admin"])
    assert await elsewhere.check(token) is not None
    await here.revoke("crm")
    assert await here.check(token) is None
    clock.move_to(NOW + timedelta(seconds=2))
    assert await elsewhere.check(token) is None
    with pytest.raises(Refused, match="no live key"):
        await here.revoke("crm")


async def test_a_name_is_free_again_once_its_key_is_revoked(key_store: KeyStore) -> None:
    keys = keys_on(key_store, VirtualClock(NOW))
    first = await keys.create("crm", ["admin"])
    with pytest.raises(Refused, match="there is a key 'crm'"):
        await keys.create("crm", ["admin"])
    await keys.revoke("crm")
    second = await keys.create("crm", ["handoffs:read", "leads:write", "leads:write"])
    assert await keys.check(first) is None
    found = await keys.check(second)
    assert found is not None
    assert found.scopes == ("leads:write", "handoffs:read")
    assert [key.revoked_at is None for key in await keys.all()].count(True) == 1


@pytest.mark.parametrize("token", ["", "hr_", "hr_nobody", "xx_" + "a" * 43, "hr_" + "a" * 1_000])
async def test_another_token_is_nobodys(key_store: KeyStore, token: str) -> None:
    keys = keys_on(key_store, VirtualClock(NOW))
    await keys.create("crm", ["admin"])
    assert await keys.check(token) is None


@pytest.mark.parametrize(
    ("name", "scopes", "said"),
    [
        (" ", ["admin"], "name"),
        ("a\nb", ["admin"], "name"),
        ("x" * 81, ["admin"], "name"),
        ("crm", [], "needs a scope"),
        ("crm", ["leads:read"], "no scope leads:read"),
    ],
)
async def test_a_key_that_means_nothing_is_not_made(
    key_store: KeyStore, name: str, scopes: list[str], said: str
) -> None:
    keys = keys_on(key_store, VirtualClock(NOW))
    with pytest.raises(Refused, match=said):
        await keys.create(name, scopes)
    assert await keys.all() == []
