"""Each test has a database that no other test sees."""

import psycopg

from tests.cluster import Cluster


def test_what_one_database_holds_no_other_sees(cluster: Cluster) -> None:
    with cluster.database() as first, cluster.database() as second:
        with psycopg.connect(first) as connection:
            connection.execute("create table mine ()")
        with psycopg.connect(second) as connection:
            (seen,) = connection.execute("select to_regclass('mine')").fetchone() or ()
            assert seen is None


def test_a_database_is_gone_after_its_test(cluster: Cluster, database: str) -> None:
    with cluster.database() as short_lived, psycopg.connect(short_lived) as left_open:
        left_open.execute("select 1")
    with psycopg.connect(database) as connection:
        names = {name for (name,) in connection.execute("select datname from pg_database")}
    assert len({name for name in names if name.startswith("test_")}) == 1
