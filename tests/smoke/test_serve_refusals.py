"""What cannot be served is said in one clear line, exit 2, and nothing is left behind."""

import signal
import socket
from pathlib import Path

import pytest

from tests.served import LEAD, SAMPLE, run, served
from tests.signing import signed_there


def test_a_busy_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = run("serve", "--port", port, "--data-dir", str(tmp_path / "data"))
    assert told.returncode == 2
    assert f"port {port}" in told.stderr
    assert "Traceback" not in told.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "boss"), "all, web or worker"),
        (("--contract", "absent.yaml"), "absent.yaml"),
        (("--roster", "absent.yaml"), "absent.yaml"),
        (("--database-url", "postgresql://nobody@127.0.0.1:1/none"), "127.0.0.1:1/none"),
        (("--database-url", "no address"), "cannot be used"),
    ],
)
def test_what_cannot_be_used_is_named(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    told = run("serve", "--port", "0", "--data-dir", str(tmp_path / "data"), *words)
    assert told.returncode == 2
    assert said in told.stderr
    assert "Traceback" not in told.stderr


def test_a_misspelt_setting_is_refused(tmp_path: Path) -> None:
    told = run("serve", "--data-dir", str(tmp_path / "data"), HANDRAIL_PROT="8040")
    assert told.returncode == 2
    assert "did you mean HANDRAIL_PORT" in told.stderr


def test_an_address_of_another_service_is_refused_by_its_name_and_not_quoted(
    tmp_path: Path,
) -> None:
    file = tmp_path / "urls.json"
    file.write_text('{"ada": "syslog://s3cr3t"}')
    data = ("--data-dir", str(tmp_path / "data"))
    told = run("serve", "--port", "0", *data, HANDRAIL_APPRISE_URLS=str(file))
    assert told.returncode == 2
    assert "HANDRAIL_APPRISE_URLS: ada: syslog is none of the services" in told.stderr
    assert "s3cr3t" not in told.stderr
    assert "Traceback" not in told.stderr


def test_without_a_contract_the_api_says_what_to_do(tmp_path: Path) -> None:
    data = ("--data-dir", str(tmp_path / "data"), "--port", "0")
    with served("serve", *data, said=tmp_path / "said") as node:
        answer = node.http.post("/api/v1/leads", json=LEAD)
        assert answer.status_code in (409, 503)
        assert "contract" in answer.json()["detail"]
        assert node.end(signal.SIGTERM) == 0


def test_a_contract_that_nobody_signed_is_not_served(tmp_path: Path) -> None:
    contract = ("--contract", str(SAMPLE / "contract.yaml"))
    told = run("serve", "--port", "0", "--data-dir", str(tmp_path / "data"), *contract)
    assert told.returncode == 2
    assert "handrail contract draft" in told.stderr
    assert "Traceback" not in told.stderr


def test_after_the_first_key_nobody_comes_in_without_one(tmp_path: Path) -> None:
    data = ("--data-dir", str(tmp_path / "data"))
    made = run("key", "create", "crm", "--scope", "leads:write", "--expires", "90d", *data)
    key = made.stdout.strip()
    assert key.startswith("hr_")
    adopted = ("--contract", str(SAMPLE / "contract.yaml"), "--roster", str(SAMPLE / "roster.yaml"))
    signed_there(SAMPLE / "contract.yaml", data_dir=tmp_path / "data")
    with served("serve", "--port", "0", *data, *adopted, said=tmp_path / "said") as node:
        assert node.http.post("/api/v1/leads", json=LEAD).status_code == 401
        bearer = {"Authorization": f"Bearer {key}"}
        assert node.http.post("/api/v1/leads", json=LEAD, headers=bearer).is_success
        assert node.http.get("/api/v1/handoffs", headers=bearer).status_code == 403
        # Beside the running service, on the server that it started.
        assert "leads:write" in run("key", "list", *data).stdout
        assert run("key", "revoke", "crm", *data).returncode == 0
        assert run("key", "revoke", "crm", *data).returncode == 2
