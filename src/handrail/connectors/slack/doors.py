"""Slack's two ways in: a signed door over HTTP, and Socket Mode, which needs no public address.

Each keeps what came in and answers at once; the work is done after, so that Slack never waits for
the engine's turn. What a killed node leaves undone another takes up.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from handrail.connectors.slack.app import Body, SlackApp
from handrail.connectors.slack.client import SlackSettings
from handrail.connectors.slack.signing import is_signed
from handrail.engine.engine import Engine
from handrail.engine.ports import StoreUnavailable
from handrail.engine.posts import KEPT, PostStore, Received
from handrail.engine.ticker import Rhythm

PATH = "/hooks/slack"
BODY_BYTES_MAX = 1_000_000
FIELDS_MAX = 100
AT_ONCE_MAX = 8  # worked on at the same time; the rest waits its turn
LEFT_OVER_MAX = 100
SWEEP = timedelta(seconds=5)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = structlog.get_logger()


class SlackDoors:
    """An ASGI app for `POST /hooks/slack`, and the runs beside it."""

    def __init__(
        self,
        *,
        engine: Engine,
        posts: PostStore,
        client: AsyncWebClient,
        settings: SlackSettings,
    ) -> None:
        self._engine = engine
        self._posts = posts
        self._client = client
        self._settings = settings
        self._app = SlackApp(engine, client, statuses=settings.statuses)
        self._gate = asyncio.Semaphore(AT_ONCE_MAX)
        self._working: set[asyncio.Task[None]] = set()
        self.sweeping = Rhythm(engine, self._sweep)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(Request(scope, receive))
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            return Response(status_code=405, headers={"allow": "POST"})
        raw = await _read(request)
        if raw is None:
            return Response(status_code=413)
        if not self._is_signed(raw, request):
            return Response("not signed by Slack", status_code=401)
        try:
            body = body_of(raw, request.headers.get("content-type", ""))
        except ValueError:
            return Response("not in a form that Slack sends", status_code=400)
        if body.get("type") == "url_verification":
            return JSONResponse({"challenge": str(body.get("challenge", ""))})
        try:
            await self.take_in(body)
        except StoreUnavailable:
            return Response(status_code=503)
        return Response(status_code=200)

    def _is_signed(self, raw: bytes, request: Request) -> bool:
        return is_signed(
            raw,
            timestamp=request.headers.get("x-slack-request-timestamp", ""),
            signature=request.headers.get("x-slack-signature", ""),
            secrets=self._settings.signing_secrets,
            now=self._engine.clock.now(),
        )

    # --- kept first, worked on after

    async def take_in(self, body: Body) -> None:
        """Keep it, and have it worked on; a repeat has no second effect."""
        kept = msgspec.json.encode(body, order="deterministic")
        received = Received(digest=hashlib.sha256(kept).digest(), body=kept)
        if await self._posts.receive(received, at=self._engine.clock.now()):
            task = asyncio.create_task(self._work(received.digest))
            self._working.add(task)
            task.add_done_callback(self._working.discard)

    async def _work(self, digest: bytes) -> None:
        async with self._gate:
            try:
                received = await self._posts.take(digest, now=self._engine.clock.now())
                if received is None:
                    return
                body = msgspec.json.decode(received.body)
                if await self._app.work(body, digest=digest):
                    await self._posts.done(digest)
            except StoreUnavailable as fault:
                log.warning("slack_left_for_later", reason=str(fault))

    async def _sweep(self) -> timedelta:
        """What a killed node, or a store that was away, left undone."""
        now = self._engine.clock.now()
        left = await self._posts.left_over(now=now, limit=LEFT_OVER_MAX)
        await asyncio.gather(*map(self._work, left))
        await self._posts.forget(before=now - KEPT)
        return SWEEP

    async def finish(self) -> None:
        """Wait for what is being worked on."""
        while self._working:
            await asyncio.wait(self._working)

    # --- Socket Mode

    async def run_socket(self, stop: asyncio.Event) -> None:
        """Connected until `stop`; the SDK tries again for as long as it takes."""
        assert self._settings.app_token is not None
        socket = SocketModeClient(
            app_token=self._settings.app_token,
            web_client=self._client,
            ping_interval=self._settings.ping_s,
        )
        socket.socket_mode_request_listeners.append(self._heard)
        connecting = asyncio.ensure_future(socket.connect())  # type: ignore[no-untyped-call]  # the SDK's own gap
        try:
            await stop.wait()
        finally:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            await socket.close()  # type: ignore[no-untyped-call]  # the SDK's own gap
            await self.finish()

    async def _heard(self, socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Answered when it is kept; Slack sends again what is not answered."""
        if isinstance(request.payload, dict):
            await self.take_in(request.payload)
        response = SocketModeResponse(envelope_id=request.envelope_id)
        await socket.send_socket_mode_response(response)


async def _read(request: Request) -> bytes | None:
    """The raw body; None when there is too much, or it was cut off."""
    raw = b""
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > BODY_BYTES_MAX:
                return None
    except ClientDisconnect:
        return None
    return raw


def body_of(raw: bytes, content_type: str) -> Body:
    """A press or modal (JSON in a field), a command (fields), or an event (JSON).

    Raises ValueError.
    """
    if content_type.partition(";")[0].strip() == "application/json":
        return _object(raw)
    fields = dict(
        parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    )
    return _object(fields["payload"].encode()) if "payload" in fields else dict(fields)


def _object(raw: bytes) -> Body:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except msgspec.MsgspecError as fault:
        raise ValueError(str(fault)) from fault
