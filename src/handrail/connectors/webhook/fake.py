"""A receiver that speaks the wire: checks signatures, and answers as it is told."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from standardwebhooks import Webhook

HANG = 0  # in place of a status: the request is read and never answered
RESET = -1  # the connection is cut without an answer


class Received(msgspec.Struct, frozen=True):
    headers: Mapping[str, str]
    body: bytes
    is_signed: bool
    status: int  # what it was answered

    @property
    def event(self) -> Any:
        return msgspec.json.decode(self.body)


class FakeReceiver:
    """`answers`: one status a request, then 200 for ever, or `down` while it is set; `headers` go
    with each answer. `heard` is told of each request."""

    def __init__(
        self,
        *,
        secret: str,
        answers: Sequence[int] = (),
        headers: Mapping[str, str] = {},
    ) -> None:
        self.answers = list(answers)
        self.headers = dict(headers)
        self.down: int | None = None
        self.heard: Callable[[Received], None] = lambda received: None
        self.received: list[Received] = []
        self._webhook = Webhook(secret)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/hook"

    async def __aenter__(self) -> "FakeReceiver":
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
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(_header(line) for line in head[1:] if line)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        status = self.answers.pop(0) if self.answers else (self.down or 200)
        self.received.append(
            Received(
                headers=headers,
                body=body,
                is_signed=self._is_signed(body, headers),
                status=status,
            )
        )
        self.heard(self.received[-1])
        if status == HANG:
            await reader.read()  # until the other side gives up
            return False
        if status == RESET:
            writer.transport.abort()
            return False
        told = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\n{told}\r\n".encode())
        await writer.drain()
        return True

    def _is_signed(self, body: bytes, headers: dict[str, str]) -> bool:
        """Whether one signature is right; stories in virtual time have their own instants."""
        at = headers.get("webhook-timestamp", "")
        if not at.isdecimal():
            return False
        sent_at = datetime.fromtimestamp(int(at), tz=UTC)
        wanted = self._webhook.sign(headers.get("webhook-id", ""), sent_at, body.decode())
        return wanted in headers.get("webhook-signature", "").split(" ")


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()
