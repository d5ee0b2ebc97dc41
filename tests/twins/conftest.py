"""Real databases: see tests/cluster.py. `store` is each of the twins in turn."""

from collections.abc import AsyncIterator, Iterator

import pytest

from handrail.engine.ports import Store
from handrail.store.memory import MemoryStore
from handrail.store.postgres import PostgresStore
from tests.cluster import Cluster, shared_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with shared_cluster() as cluster:
        yield cluster


@pytest.fixture
def database(cluster: Cluster) -> Iterator[str]:
    """The DSN of a database of this test's own."""
    with cluster.database() as dsn:
        yield dsn


@pytest.fixture(params=["memory", "postgres"])
def place(request: pytest.FixtureRequest) -> str | None:
    """The DSN of the database, or None for memory."""
    dsn: str | None = None
    if request.param == "postgres":
        dsn = request.getfixturevalue("database")
    return dsn


@pytest.fixture
async def store(place: str | None) -> AsyncIterator[Store]:
    store: Store = MemoryStore() if place is None else await PostgresStore.open(place)
    yield store
    await store.close()
