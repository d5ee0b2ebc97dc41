"""A Google that speaks the wire, on the loopback: sign-in with PKCE, tokens, a calendar, channels.

It refuses what Google refuses: a code twice, a wrong verifier, old tokens, ids that are taken,
filters beside a sync token; and it leaves out what was not asked for by `fields`.
"""

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
from aiohttp import web

from handrail.connectors.google.published import Published

CLIENT_ID = "fake-client"
CLIENT_SECRET = "fake-client-secret"
PERSON = "ada@acme.example"
PAGE = 250
TOLD = (
    "id status start end transparency eventType attendees extendedProperties".split()
)  # of `fields`


class Trouble(msgspec.Struct, frozen=True):
    """In place of an answer. `hangs`: the request is read and never answered."""

    status: int = 500
    reason: str = "backendError"
    headers: Mapping[str, str] = {}
    text: str | None = None  # instead of JSON
    hangs: bool = False


class Call(msgspec.Struct, frozen=True):
    method: str
    path: str
    query: dict[str, str]
    body: Any


class _Round(msgspec.Struct, frozen=True):
    """What a token stands for: events that are still to be told, and from where on to go on."""

    left: tuple[str, ...]
    seen: int
    is_whole: bool


class FakeGoogle:
    """One person with one calendar."""

    def __init__(self, *, published: Published | None = None, page: int = PAGE) -> None:
        self.calls: list[Call] = []
        self.troubles: list[Trouble] = []  # one request each
        self.trouble: Trouble | None = None  # until it is taken away
        self.token_trouble: Trouble | None = None  # at the token endpoint
        self.loses_answers = 0  # so many requests that change something are done, and not answered
        self.events: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, dict[str, Any]] = {}
        self.revoked: list[str] = []
        self.grants = 0
        self.gives_refresh = True
        self._access: set[str] = set()
        self._refresh: set[str] = set()
        self._codes: dict[str, dict[str, str]] = {}
        self._published = published
        self._page = page
        self._log: list[str] = []  # ids, as they changed
        self._rounds: dict[str, _Round] = {}
        self._number = 0
        self._runner: web.AppRunner | None = None
        self._port = 0
        self.client = httpx.AsyncClient(trust_env=False, timeout=5)  # with which it tells

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> "FakeGoogle":
        app = web.Application()
        app.router.add_get("/auth", self._consent)
        app.router.add_post("/token", self._token)
        app.router.add_post("/revoke", self._revoke)
        app.router.add_route("*", "/calendar/v3/{path:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()
        await self.client.aclose()

    # --- what a person does in Google Calendar

    def put(self, id: str, begins: str, ends: str, **more: Any) -> None:
        """A whole event; instants like `2026-03-02T15:00:00Z`, days like `2026-03-02`."""
        event = {
            "id": id,
            "status": "confirmed",
            "summary": "Secret",
            "description": "Secret",
            "start": _moment(begins),
            "end": _moment(ends),
            **more,
        }
        faults = self._published.faults_of("Event", event) if self._published else []
        assert not faults, faults
        self.events[id] = event
        self._log.append(id)

    def take_away(self, id: str) -> None:
        self.events[id] = {"id": id, "status": "cancelled"}
        self._log.append(id)

    def forget_tokens(self) -> None:
        """Sync tokens that were given out are void."""
        self._rounds.clear()

    def end_access(self) -> None:
        """Every access token has run out."""
        self._access.clear()

    def take_back(self) -> None:
        """The person has taken the application's access away."""
        self._access.clear()
        self._refresh.clear()

    async def tell(self, state: str = "exists") -> list[int]:
        """Of a change, to every channel; how each answered."""
        return [await self._notify(id, state) for id in self.channels]

    async def _notify(self, id: str, state: str) -> int:
        channel = self.channels[id]
        headers = {
            "X-Goog-Channel-ID": id,
            "X-Goog-Channel-Token": channel["token"],
            "X-Goog-Resource-State": state,
            "X-Goog-Resource-ID": channel["resourceId"],
            "X-Goog-Message-Number": "1",
        }
        return (await self.client.post(channel["address"], headers=headers)).status_code

    # --- signing in

    async def _consent(self, request: web.Request) -> web.Response:
        """The person says yes at once."""
        asked = dict(request.query)
        if asked.get("client_id") != CLIENT_ID or asked.get("code_challenge_method") != "S256":
            return web.Response(status=400, text="invalid_request")
        self._number += 1
        code = f"code-{self._number}"
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"], "scope": asked["scope"]})
        raise web.HTTPFound(f"{asked['redirect_uri']}?{back}")

    async def _token(self, request: web.Request) -> web.Response:
        given = dict(await request.post())
        if self.token_trouble is not None:
            return await self._answer_trouble(self.token_trouble)
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        if given.get("grant_type") == "authorization_code":
            asked = self._codes.pop(str(given.get("code")), None)
            if asked is None or not _proves(str(given.get("code_verifier")), asked):
                return web.json_response({"error": "invalid_grant"}, status=400)
            if given.get("redirect_uri") != asked["redirect_uri"]:
                return web.json_response({"error": "redirect_uri_mismatch"}, status=400)
            return web.json_response(self._granted(with_refresh=self.gives_refresh))
        if given.get("refresh_token") not in self._refresh:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response(self._granted(with_refresh=False))

    def _granted(self, *, with_refresh: bool) -> dict[str, Any]:
        self.grants += 1
        access = f"access-{self.grants}"
        self._access.add(access)
        granted = {"access_token": access, "expires_in": 3_599, "token_type": "Bearer"}
        if with_refresh:
            self._refresh.add(f"refresh-{self.grants}")
            granted["refresh_token"] = f"refresh-{self.grants}"
        return granted

    async def _revoke(self, request: web.Request) -> web.Response:
        token = str((await request.post()).get("token"))
        self.revoked.append(token)
        self.take_back()
        return web.Response(status=200)

    # --- the calendar

    async def _take(self, request: web.Request) -> web.Response:
        raw = await request.text()
        body = msgspec.json.decode(raw) if raw else None
        path = request.match_info["path"]
        call = Call(method=request.method, path=path, query=dict(request.query), body=body)
        self.calls.append(call)
        trouble = self.troubles.pop(0) if self.troubles else self.trouble
        if trouble is not None:
            return await self._answer_trouble(trouble)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self._access:
            return _refused(401, "authError")
        if faults := self._faults(call):
            return _refused(400, "invalid", said="; ".join(faults))
        answer = self._answer(call)
        if call.method != "GET" and self.loses_answers:
            self.loses_answers -= 1
            return _refused(504, "backendError")
        return answer

    async def _answer_trouble(self, trouble: Trouble) -> web.Response:
        if trouble.hangs:
            await asyncio.Event().wait()
        if trouble.text is not None:
            return web.Response(status=trouble.status, text=trouble.text)
        return _refused(trouble.status, trouble.reason, headers=trouble.headers)

    def _faults(self, call: Call) -> list[str]:
        parts = call.path.split("/")
        if parts[0] == "calendars":
            parts[1] = "{calendarId}"
            if len(parts) == 4 and parts[3] != "watch":
                parts[3] = "{eventId}"
        guests = ["Event.attendees: would be invited"] if "attendees" in (call.body or {}) else []
        if self._published is None:
            return guests
        path = "/".join(parts)
        return guests + self._published.faults_of_request(
            call.method, path, query=call.query, body=call.body
        )

    def _answer(self, call: Call) -> web.Response:
        match call.method, call.path.split("/"):
            case "POST", ["channels", "stop"]:
                found = self.channels.pop(call.body["id"], None)
                return web.Response(status=204) if found else _refused(404, "channelUnknown")
            case _, ["calendars", calendar, *_] if calendar not in ("primary", PERSON):
                return _refused(404, "notFound")
            case "GET", ["calendars", _]:
                return web.json_response({"id": PERSON})
            case "GET", ["calendars", _, "events"]:
                return self._list(call)
            case "POST", ["calendars", _, "events", "watch"]:
                return self._watch(call.body)
            case "POST", ["calendars", _, "events"]:
                return self._insert(call.body)
            case method, ["calendars", _, "events", id]:
                return self._one(method, id, call.body)
            case _:
                return _refused(404, "notFound")

    def _list(self, call: Call) -> web.Response:
        token = call.query.get("pageToken") or call.query.get("syncToken")
        if token is not None and token not in self._rounds:
            return _refused(410, "fullSyncRequired")
        if "syncToken" in call.query and {"timeMin", "timeMax", "orderBy", "q"} & {*call.query}:
            return _refused(400, "invalid", said="not with a sync token")
        if "pageToken" in call.query:
            begun = self._rounds[call.query["pageToken"]]
        elif token is not None:
            changed = tuple(dict.fromkeys(self._log[self._rounds[token].seen :]))
            begun = _Round(changed, len(self._log), is_whole=False)
        else:
            begun = _Round(tuple(self._within(call.query)), len(self._log), is_whole=True)
        told, left = begun.left[: self._page], begun.left[self._page :]
        self._number += 1
        self._rounds[f"t{self._number}"] = msgspec.structs.replace(begun, left=left)
        name = "nextPageToken" if left else "nextSyncToken"
        items = [_shown(self.events[id]) for id in told]
        return web.json_response({"items": items, name: f"t{self._number}"})

    def _within(self, query: Mapping[str, str]) -> list[str]:
        """Those of the window that are there."""
        return [
            id
            for id, event in self.events.items()
            if event["status"] != "cancelled"
            and _text(event["end"]) > query["timeMin"][:10]
            and _text(event["start"]) < query["timeMax"]
        ]

    def _insert(self, body: dict[str, Any]) -> web.Response:
        if body["id"] in self.events:
            return _refused(409, "duplicate")
        self._keep(body["id"], body)
        return web.json_response(self.events[body["id"]])

    def _one(self, method: str, id: str, body: Any) -> web.Response:
        known = self.events.get(id)
        if known is None:
            return _refused(404, "notFound")
        if method == "DELETE":
            if known["status"] == "cancelled":
                return _refused(410, "deleted")
            self.take_away(id)
            return web.Response(status=204)
        if method == "PUT":
            self._keep(id, body)
        return web.json_response(self.events[id])

    def _keep(self, id: str, body: Mapping[str, Any]) -> None:
        self.events[id] = {**body, "id": id}
        self._log.append(id)

    def _watch(self, body: dict[str, Any]) -> web.Response:
        if not body["address"].startswith("https://"):
            return _refused(400, "webhookUrlNotHttps")
        if body["id"] in self.channels:
            return _refused(400, "channelIdNotUnique")
        self._number += 1
        made = {"id": body["id"], "resourceId": f"resource-{self._number}"}
        self.channels[body["id"]] = {**body, **made}
        return web.json_response({**made, "expiration": "1773072000000"})  # 9 March 2026


def _moment(at: str) -> dict[str, str]:
    return {"dateTime": at} if "T" in at else {"date": at}


def _text(moment: Mapping[str, str]) -> str:
    return moment.get("dateTime") or moment["date"]


def _shown(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in TOLD if name in event}


def _proves(verifier: str, asked: Mapping[str, str]) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]


def _refused(
    status: int, reason: str, *, said: str = "", headers: Mapping[str, str] | None = None
) -> web.Response:
    error = {"code": status, "message": said or reason, "errors": [{"reason": reason}]}
    return web.json_response({"error": error}, status=status, headers=dict(headers or {}))
