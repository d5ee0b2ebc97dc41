"""Who asks is told apart by address; what a proxy says of it is believed of known proxies only."""

import json
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.served import served


@pytest.mark.parametrize(("proxies", "last"), [("10.1.2.3", 429), ("127.0.0.1,10.1.2.3", 400)])
def test_an_address_is_believed_of_configured_proxies_alone(
    cluster: Cluster, tmp_path: Path, proxies: str, last: int
) -> None:
    (tmp_path / "forms.json").write_text(json.dumps({"forms": {"demo": {}}}))
    with cluster.database() as dsn:
        env = {
            "HANDRAIL_DATABASE_URL": dsn,
            "HANDRAIL_DATA_DIR": str(tmp_path),
            "HANDRAIL_PUBLIC_URL": "http://book.example",
            "HANDRAIL_FORMS": str(tmp_path / "forms.json"),
            "HANDRAIL_PROXIES": proxies,
        }
        words = ("serve", "--port", "0", "--role", "web")
        with served(*words, said=tmp_path / "said", env=env) as node:
            codes = [
                node.http.post(
                    "/form/demo", data={"email": "x"}, headers={"X-Forwarded-For": f"198.51.{n}.1"}
                ).status_code
                for n in range(7)
            ]
    assert codes[0] == 400 and codes[-1] == last
