"""`handrail serve --observe` decides and records; nobody gets a message, and there is a report."""

import json
from pathlib import Path

from tests.served import LEAD, SAMPLE, run, served
from tests.signing import signed_there


def test_an_observing_node_decides_and_says_nothing(tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path / "data"))
    given = ("--contract", str(SAMPLE / "contract.yaml"), "--roster", str(SAMPLE / "roster.yaml"))
    env = {
        "HANDRAIL_WEBHOOK_URL": "http://127.0.0.1:9/hook",
        "HANDRAIL_WEBHOOK_SECRETS": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "HANDRAIL_WEBHOOK_LOOPBACK": "true",
    }
    words = ("serve", "--observe", "--port", "0", *where, *given)
    signed_there(SAMPLE / "contract.yaml", data_dir=tmp_path / "data")
    with served(*words, said=tmp_path / "said", env=env) as node:
        assert "It observes" in node.said
        seen = {**LEAD, "crm.owner": "nobody-here", "crm.first_action_at": "2026-03-02T15:00:00Z"}
        assert node.http.post("/api/v1/leads", json=seen).status_code == 201
        health = node.http.get("/readyz").json()
        assert health["waiting_deliveries"] == 0
        assert "assigned" in node.events_of("l1") or "pooled" in node.events_of("l1")
        done = run("observe", "report", "--json", *where)
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert report["in_crm"] == 1
        assert report["owners"]["unknown"] == 1
        done = run("alerts", "report", "--json", *where)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["kinds"] == []
