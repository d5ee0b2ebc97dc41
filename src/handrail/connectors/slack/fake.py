"""A Slack that speaks the wire: the Web API, response URLs and Socket Mode, on the loopback.

It refuses what Slack refuses: unknown tokens, methods and arguments, blocks over Slack's limits.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import WSMsgType, web

from handrail.connectors.slack.blocks import faults_of

BOT_TOKEN = "xoxb-fake"
APP_TOKEN = "xapp-fake"
TEAM, BOT = "T1", "B1"
# Arguments that came after the published contract was written.
NEWER = {"auth.test": {"team_id"}, "chat.postMessage": {"metadata"}, "chat.update": {"metadata"}}
METHODS = frozenset(
    """
    auth.test chat.postMessage chat.update conversations.open views.open apps.connections.open
    """.split()
)


class Trouble(msgspec.Struct, frozen=True):
    """In place of an answer. `hangs`: the request is read and never answered."""

    status: int = 200
    error: str = "internal_error"
    headers: Mapping[str, str] = {}
    text: str | None = None  # instead of JSON
    hangs: bool = False


class Call(msgspec.Struct, frozen=True):
    method: str
    arguments: dict[str, Any]


class FakeSlack:
    """`contract`: the published OpenAPI document of the Web API; arguments are held against it."""

    def __init__(self, *, contract: Mapping[str, Any] | None = None) -> None:
        self.calls: list[Call] = []
        self.troubles: list[Trouble] = []
        self.posts: dict[tuple[str, str], dict[str, Any]] = {}  # as they stand, by channel and ts
        self.views: list[dict[str, Any]] = []
        self.said: list[dict[str, Any]] = []  # to response URLs
        self.acknowledged: list[str] = []  # envelopes
        self.sockets: list[web.WebSocketResponse] = []
        self._contract = contract
        self._stamp = 0
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/api/"

    @property
    def response_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/response"

    async def __aenter__(self) -> "FakeSlack":
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/response", self._response)
        app.router.add_get("/socket", self._socket)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        for socket in list(self.sockets):
            await socket.close()
        await self._runner.cleanup()

    async def until(self, is_so: Any, *, within_s: float = 10.0) -> None:
        """Wait until what the fake has seen makes it so."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(is_so)

    async def push(self, kind: str, payload: Mapping[str, Any], *, envelope: str) -> None:
        """Over the latest socket."""
        body = {"type": kind, "envelope_id": envelope, "payload": payload}
        await self.sockets[-1].send_str(json.dumps({**body, "accepts_response_payload": True}))

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # --- the Web API

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        self.calls.append(Call(method=method, arguments=arguments))
        if self.troubles and method != "auth.test":
            return await self._trouble(self.troubles.pop(0), request)
        answer = self._answer(method, arguments, token=_token(request, arguments))
        await self._tell()
        return web.json_response(answer)

    async def _trouble(self, trouble: Trouble, request: web.Request) -> web.StreamResponse:
        await self._tell()
        if trouble.hangs:
            await asyncio.Event().wait()
        if trouble.text is not None:
            return web.Response(
                status=trouble.status, text=trouble.text, headers=dict(trouble.headers)
            )
        return web.json_response(
            {"ok": False, "error": trouble.error},
            status=trouble.status,
            headers=dict(trouble.headers),
        )

    def _answer(self, method: str, given: dict[str, Any], *, token: str) -> dict[str, Any]:
        if method not in METHODS:
            return _refused("unknown_method")
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if token != wanted:
            return _refused("invalid_auth")
        unknown = self._unknown(method, given)
        if unknown:
            return _refused("invalid_arguments", unknown)
        match method:
            case "auth.test":
                return {"ok": True, "team_id": TEAM, "user_id": "UBOT", "bot_id": BOT}
            case "apps.connections.open":
                return {"ok": True, "url": f"ws://127.0.0.1:{self._port}/socket"}
            case "conversations.open":
                return {"ok": True, "channel": {"id": f"D{given['users'][1:]}"}}
            case "views.open":
                return self._open(given)
            case _:
                return self._post(method, given)

    def _unknown(self, method: str, given: Mapping[str, Any]) -> list[str]:
        """Arguments that the published contract does not have, and those that it wants."""
        known = (self._contract or {}).get("paths", {}).get(f"/{method}")
        if known is None:
            return []
        parameters = next(iter(known.values()))["parameters"]
        names = {one["name"] for one in parameters} | NEWER.get(method, set())
        needed = {one["name"] for one in parameters if one.get("required")} - {"token"}
        return sorted({*(set(given) - names), *(needed - set(given))})

    def _post(self, method: str, given: dict[str, Any]) -> dict[str, Any]:
        faults = faults_of(given.get("blocks") or [])
        if faults:
            return _refused("invalid_blocks", faults)
        if not given.get("text"):
            return _refused("no_text")
        if method == "chat.update":
            place = (given["channel"], given["ts"])
            if place not in self.posts:
                return _refused("message_not_found")
        else:
            self._stamp += 1
            place = (given["channel"], f"1700000000.{self._stamp:06d}")
        self.posts[place] = given
        return {"ok": True, "channel": place[0], "ts": place[1], "message": given}

    def _open(self, given: dict[str, Any]) -> dict[str, Any]:
        faults = faults_of(given["view"]["blocks"])
        if faults:
            return _refused("invalid_arguments", faults)
        self.views.append(given["view"])
        return {"ok": True, "view": given["view"]}

    # --- what is said to who asked, and the socket

    async def _response(self, request: web.Request) -> web.Response:
        self.said.append(await request.json())
        await self._tell()
        return web.Response(text="ok")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(json.dumps({"type": "hello", "num_connections": 1}))
        self.sockets.append(socket)
        await self._tell()
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data).get("envelope_id", ""))
                await self._tell()
        return socket


def _refused(error: str, details: Sequence[str] = ()) -> dict[str, Any]:
    return {"ok": False, "error": error, "response_metadata": {"messages": list(details)}}


def _token(request: web.Request, arguments: dict[str, Any]) -> str:
    header = request.headers.get("authorization", "").removeprefix("Bearer ")
    return header or str(arguments.get("token", ""))


async def _arguments(request: web.Request) -> dict[str, Any]:
    """As Slack reads them: JSON, or fields (also of the query) of which some hold JSON."""
    raw = await request.text()
    if request.content_type == "application/json":
        return {**request.query, **json.loads(raw or "{}")}
    fields: dict[str, Any] = {**request.query, **dict(parse_qsl(raw))}
    for name in ("blocks", "metadata", "view"):
        if isinstance(fields.get(name), str):
            fields[name] = json.loads(fields[name])
    return fields
