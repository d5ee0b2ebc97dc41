"""An acknowledged lead is there after SIGKILL and a restart, and moves on."""

import signal
from pathlib import Path

from tests.cluster import wait_until
from tests.served import LEAD, SAMPLE, running_under, served, with_windows
from tests.signing import signed_there


def test_a_lead_outlives_sigkill(tmp_path: Path) -> None:
    contract = with_windows(SAMPLE / "contract.yaml", into=tmp_path, first_action="2s")
    data = ("--data-dir", str(tmp_path / "data"), "--port", "0")
    start = (*data, "--contract", str(contract), "--roster", str(SAMPLE / "roster.yaml"))
    signed_there(contract, data_dir=tmp_path / "data")
    with served("serve", *start, said=tmp_path / "first") as node:
        answer = node.http.post("/api/v1/leads", json=LEAD)
        assert answer.is_success, answer.text
        node.end(signal.SIGKILL)
    with served("serve", *data, said=tmp_path / "second") as node:
        assert node.http.get("/api/v1/handoffs/l1").is_success
        again = node.http.post("/api/v1/leads", json=LEAD)
        assert again.json()["duplicate"] is True
        wait_until(
            lambda: "sla_breached" in node.events_of("l1"), within_s=15, what="its clock went on"
        )
        assert node.end(signal.SIGTERM) == 0
    wait_until(lambda: not running_under(tmp_path), within_s=10, what="no server is left")
