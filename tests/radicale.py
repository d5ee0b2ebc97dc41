"""A real CalDAV server on loopback, with one person's calendar."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import httpx
from radicale import config
from radicale.app import Application

from handrail.engine.calendars.source import Access

NAME, PASSWORD = "ada", "sesame"
CALENDAR = "/ada/work/"


class Radicale:
    """`url`: its root. What is put here is what Ada put into her calendar herself."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, auth=(NAME, PASSWORD), trust_env=False)

    @property
    def access(self) -> Access:
        return Access(
            address=f"{self.url}{CALENDAR}", secret={"username": NAME, "password": PASSWORD}
        )

    def put(self, name: str, text: bytes) -> None:
        self.http.put(f"{CALENDAR}{name}", content=text).raise_for_status()

    def delete(self, name: str) -> None:
        self.http.delete(f"{CALENDAR}{name}").raise_for_status()

    def texts(self) -> list[str]:
        """All events, as a calendar program would fetch them."""
        found = self.http.get(CALENDAR).raise_for_status()
        return found.text.split("\nBEGIN:VEVENT")[1:]


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def radicale(folder: Path) -> Iterator[Radicale]:
    passwords = folder / "passwords"
    passwords.write_text(f"{NAME}:{PASSWORD}\n")
    configuration = config.load()
    configuration.update(
        {
            "auth": {
                "type": "htpasswd",
                "htpasswd_filename": str(passwords),
                "htpasswd_encryption": "plain",
                "delay": "0",
            },
            "storage": {"filesystem_folder": str(folder / "collections")},
            "logging": {"level": "critical"},
        },
        "test",
    )
    server: WSGIServer = make_server(
        "127.0.0.1", 0, Application(configuration), handler_class=_Quiet
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        running = Radicale(f"http://127.0.0.1:{server.server_port}")
        running.http.request("MKCALENDAR", CALENDAR).raise_for_status()
        yield running
        running.http.close()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
