"""`handrail demo` opens on a board where leads come in, and leaves nothing behind."""

import signal
from pathlib import Path

from tests.cluster import wait_until
from tests.served import running_under, served


def test_leads_come_in_until_ctrl_c(tmp_path: Path) -> None:
    with served(
        "demo", "--port", "0", said=tmp_path / "said", env={"TMPDIR": str(tmp_path)}
    ) as node:
        assert "has the lead" in node.said

        def several() -> bool:
            return len(node.http.get("/api/v1/handoffs").json()["handoffs"]) >= 2

        wait_until(several, within_s=20, what="a second lead")
        assert node.http.get("/").status_code == 200
        assert node.end(signal.SIGINT) == 0
    wait_until(lambda: not running_under(tmp_path), within_s=10, what="no server is left")
    assert list(tmp_path.glob("handrail-demo-*")) == []
