"""Nodes for tests: `handrail serve` and `handrail demo` as processes of their own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from tests.cluster import wait_until

HANDRAIL = Path(sys.executable).with_name("handrail")
SAMPLE = Path(__file__).resolve().parent.parent / "src" / "handrail" / "trials" / "sample"
START_MAX_S = 60
END_MAX_S = 30
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
LEAD = {
    "id": "l1",
    "email": "lena@acme.example",
    "lead.country": "US",
    "account.employees": 4000,
    "signals": ["demo_request"],
}


def environment(**more: str) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("HANDRAIL_")}
    return {**kept, **more}


def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [HANDRAIL, *words],
        capture_output=True,
        text=True,
        env=environment(**env),
        timeout=START_MAX_S,
        check=False,
    )


class Served:
    """A running node."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self.process = process
        self._said = said
        self.http = httpx.Client(timeout=10)

    @property
    def said(self) -> str:
        return self._said.read_text()

    def await_address(self) -> None:
        def heard() -> bool:
            assert self.process.poll() is None, self.said
            return ADDRESS.search(self.said) is not None

        wait_until(heard, within_s=START_MAX_S, what="an address")
        found = ADDRESS.search(self.said)
        assert found is not None
        self.http.base_url = httpx.URL(found[0])

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(END_MAX_S)

    def events_of(self, lead: str) -> list[str]:
        answer = self.http.get(f"/api/v1/handoffs/{lead}/events")
        return re.findall(r'"event":\s*"(\w+)"', answer.text)


@contextmanager
def served(*words: str, said: Path, env: Mapping[str, str] | None = None) -> Iterator[Served]:
    """A node that answers; killed at the end if it still runs."""
    with said.open("wb") as output:
        process = subprocess.Popen(
            [HANDRAIL, *words], stdout=output, stderr=output, env=environment(**(env or {}))
        )
    node = Served(process, said)
    try:
        node.await_address()
        yield node
    finally:
        node.http.close()
        if process.poll() is None:
            process.kill()
            process.wait(END_MAX_S)


def running_under(folder: Path) -> list[str]:
    """Processes that work in this folder, such as a database that was left behind."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                found.append(f"{process.pid} {process.name()}")
        except (psutil.Error, OSError):
            continue
    return found


def with_windows(contract: Path, *, into: Path, first_action: str) -> Path:
    """The sample contract with another window for those who ask for a demo."""
    for table in contract.parent.glob("*.csv"):
        (into / table.name).write_bytes(table.read_bytes())
    text = contract.read_text().replace("first_action: 20s", f"first_action: {first_action}")
    changed = into / "contract.yaml"
    changed.write_text(text)
    return changed
