"""Real databases: see tests/cluster.py."""

from collections.abc import Iterator

import pytest

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
