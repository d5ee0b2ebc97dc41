"""Watchers for tests: `handrail watch` as a process, and those who hear its alarms."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

from tests.served import END_MAX_S, HANDRAIL, environment

SECRET = "whsec_" + "dGhlIHNlY3JldCBvZiB0aGUgd2F0Y2hlcidzIGFsYXJtcw=="
# Seconds in the place of the defaults, so that a test takes seconds too.
QUICK = (
    *("--every", "1s", "--database-within", "1s"),
    *("--beat-within", "15s", "--clocks-within", "25s"),
)


class Ear:
    """A receiver of alarms (`/alarm`, signed) and of signs of life (`/alive`)."""

    def __init__(self) -> None:
        self.alarms: list[Any] = []
        self.alive = 0
        self.answer = 204
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                if self.path == "/alive":
                    outer.alive += 1
                elif outer.answer < 300:
                    Webhook(SECRET).verify(body.decode(), dict(self.headers))
                    outer.alarms.append(json.loads(body))
                self.send_response(outer.answer)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing beside the test's own output."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(alarm["data"]["kind"], alarm["data"]["state"]) for alarm in self.alarms]

    def settings(self) -> dict[str, str]:
        return {
            "HANDRAIL_WATCH_WEBHOOK_URL": f"{self.url}/alarm",
            "HANDRAIL_WATCH_WEBHOOK_SECRETS": SECRET,
            "HANDRAIL_WATCH_DEADMAN_URL": f"{self.url}/alive",
        }


@contextmanager
def ear() -> Iterator[Ear]:
    heard = Ear()
    thread = threading.Thread(target=heard.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        heard.server.shutdown()
        heard.server.server_close()
        thread.join()


@contextmanager
def watched(*words: str, state: Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A watcher that looks; it is asked to end, and ends well."""
    with (state.parent / f"{state.name}.said").open("ab") as said:
        process = subprocess.Popen(
            [HANDRAIL, "watch", *words, *QUICK, "--state", str(state)],
            stderr=said,
            env=environment(**env),
        )
    try:
        yield process
        process.terminate()
        assert process.wait(END_MAX_S) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(END_MAX_S)
