"""Two nodes on one database: what one takes in, the other sees and works on."""

import base64
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster, wait_until
from tests.served import LEAD, SAMPLE, run, served, with_windows
from tests.signing import signed_there


@pytest.fixture
def plain_database(cluster: Cluster) -> Iterator[str]:
    with cluster.database() as dsn:
        yield dsn


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def test_a_worker_takes_the_clocks_of_a_lead_that_a_web_node_took_in(
    plain_database: str, tmp_path: Path
) -> None:
    contract = with_windows(SAMPLE / "contract.yaml", into=tmp_path, first_action="1s")
    env = {"HANDRAIL_MASTER_KEY": new_key(), "HANDRAIL_DATABASE_URL": plain_database}
    adopted = ("--contract", str(contract), "--roster", str(SAMPLE / "roster.yaml"))
    web = ("serve", "--role", "web", "--port", "0", *adopted)
    worker = ("serve", "--role", "worker", "--port", "0")
    signed_there(contract, data_dir=tmp_path, env=env)
    with served(*web, said=tmp_path / "web", env=env) as doors:
        assert doors.http.post("/api/v1/leads", json=LEAD).is_success
        with served(*worker, said=tmp_path / "worker", env=env) as clocks:
            wait_until(
                lambda: "sla_breached" in doors.events_of("l1"),
                within_s=15,
                what="the worker took the step",
            )
            assert doors.events_of("l1").count("sla_warned") <= 2
            assert clocks.http.get("/readyz").is_success
            assert clocks.http.get("/api/v1/handoffs").status_code == 404
            assert clocks.end(signal.SIGTERM) == 0
        assert doors.end(signal.SIGTERM) == 0


def test_a_node_with_another_master_key_is_refused(plain_database: str, tmp_path: Path) -> None:
    words = ("key", "list", "--database-url", plain_database, "--data-dir", str(tmp_path))
    assert run(*words, HANDRAIL_MASTER_KEY=new_key()).returncode == 0
    other = run(*words, HANDRAIL_MASTER_KEY=new_key())
    assert other.returncode == 2
    assert "not the master key" in other.stderr
    none = run(*words)
    assert none.returncode == 2
    assert "HANDRAIL_MASTER_KEY" in none.stderr
    assert not (tmp_path / "master.key").exists()
