"""A receiver of Apprise's `json://`: keeps what it was posted, and answers as it is told."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

HANG = 0  # in place of a status: the request is read and never answered


class FakeService:
    """`answers`: one status a request, then 200 for ever."""

    def __init__(self, answers: Sequence[int] = (), *, location: str | None = None) -> None:
        self.answers = list(answers)
        self.location = location
        self.received: list[dict[str, Any]] = []
        self.asked = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def place(self) -> str:
        assert self._server is not None
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> "FakeService":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)  # lets the cut connections notice

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            size = int(head.partition("content-length:")[2].split()[0])
            self.received.append(msgspec.json.decode(await reader.readexactly(size)))
            self.asked.set()
            status = self.answers.pop(0) if self.answers else 200
            if status == HANG:
                await reader.read()
                return
            moved = f"Location: {self.location}\r\n" if self.location is not None else ""
            answer = f"HTTP/1.1 {status} X\r\n{moved}Content-Length: 0\r\nConnection: close\r\n\r\n"
            writer.write(answer.encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()
