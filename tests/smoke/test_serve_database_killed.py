"""A node whose own database is killed starts it again and loses nothing that it acknowledged."""

import os
import signal
from pathlib import Path

from tests.cluster import wait_until
from tests.served import LEAD, SAMPLE, Served, running_under, served
from tests.signing import signed_there


def answers(node: Served) -> bool:
    return node.http.get("/readyz").status_code == 200


def postmaster(data: Path) -> int | None:
    """None between two servers: while one starts, the file is not there, or has no line yet."""
    file = data / "database" / "cluster" / "postmaster.pid"
    lines = file.read_text().split() if file.exists() else []
    return int(lines[0]) if lines else None


def test_a_killed_database_comes_back_with_every_lead(tmp_path: Path) -> None:
    data = tmp_path / "data"
    words = ("--contract", str(SAMPLE / "contract.yaml"), "--roster", str(SAMPLE / "roster.yaml"))
    start = ("serve", "--data-dir", str(data), "--port", "0", *words)
    signed_there(SAMPLE / "contract.yaml", data_dir=data)
    with served(*start, said=tmp_path / "said") as node:
        assert node.http.post("/api/v1/leads", json=LEAD).is_success
        before = postmaster(data)
        assert before is not None
        os.kill(before, signal.SIGKILL)
        wait_until(
            lambda: postmaster(data) not in (None, before), within_s=20, what="another database"
        )
        wait_until(lambda: answers(node), within_s=20, what="the node is ready again")
        assert node.http.get("/api/v1/handoffs/l1").is_success
        more = {**LEAD, "id": "l2", "email": "lars@other.example"}
        assert node.http.post("/api/v1/leads", json=more).is_success
        assert node.end(signal.SIGTERM) == 0
    wait_until(lambda: not running_under(tmp_path), within_s=10, what="no server is left")
