"""A Graph that speaks the wire, on the loopback: calendars, `delta`, events, subscriptions.

It refuses what Graph refuses: unknown tokens, addresses and properties, guests who are not to be
invited by it. Of an occurrence `delta` tells when it is and no more, as Graph does.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
from aiohttp import web

from handrail.connectors.microsoft.published import Published
from handrail.connectors.microsoft.writing import PROPERTY

TOKEN = "fake-token"
CALENDAR = "AAMkAG-own="
PERSON = "ada@acme.example"
TENANT = "acme.example"
CLIENT_ID = "fake-application"
BARE = ("id", "type", "seriesMasterId", "start", "end")
PAGE = 200


class Trouble(msgspec.Struct, frozen=True):
    """In place of an answer. `hangs`: the request is read and never answered."""

    status: int = 500
    code: str = "InternalServerError"
    headers: Mapping[str, str] = {}
    text: str | None = None  # instead of JSON
    hangs: bool = False


class Call(msgspec.Struct, frozen=True):
    method: str
    path: str
    query: dict[str, str]
    prefer: str
    body: Any


class _Round(msgspec.Struct, frozen=True):
    """What a token stands for: events that are still to be told, and from where on to go on."""

    left: tuple[str, ...]
    seen: int
    from_at: str
    until_at: str
    is_first: bool = False


class FakeGraph:
    """One person's mailbox with one calendar."""

    def __init__(self, *, published: Published | None = None, page: int = PAGE) -> None:
        self.calls: list[Call] = []
        self.troubles: list[Trouble] = []  # one request each
        self.trouble: Trouble | None = None  # until it is taken away
        self.loses_answers = 0  # so many requests that change something are done, and not answered
        self.tokens = {TOKEN}
        self.client_secret = "fake-secret"
        self.grants = 0  # tokens that an application was given
        self.events: dict[str, dict[str, Any]] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.refuses_subscriptions = False
        self.tells_series = True  # `delta` names the series beside its occurrences
        self._published = published
        self._page = page
        self._log: list[str] = []  # ids, as they changed
        self._rounds: dict[str, _Round] = {}
        self._number = 0
        self._runner: web.AppRunner | None = None
        self._port = 0
        self.client = httpx.AsyncClient(trust_env=False, timeout=5)  # with which it tells

    @property
    def login_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1.0"

    async def __aenter__(self) -> "FakeGraph":
        app = web.Application()
        app.router.add_route("*", "/v1.0/{path:.*}", self._take)
        app.router.add_post(f"/{TENANT}/oauth2/v2.0/token", self._grant)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()
        await self.client.aclose()

    # --- what a person does in Outlook

    def put(self, id: str, begins: str, ends: str, **more: Any) -> None:
        """A whole event; times in UTC like `2026-03-02T15:00`. `more`: other properties."""
        event = {
            "id": id,
            "type": "singleInstance",
            "subject": "Secret",
            "bodyPreview": "Secret",
            "location": {"displayName": "Secret"},
            "start": moment(begins),
            "end": moment(ends),
            "isAllDay": False,
            "isCancelled": False,
            "showAs": "busy",
            "sensitivity": "normal",
            "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
            "originalStartTimeZone": "UTC",
            "seriesMasterId": None,
            **more,
        }
        self._check("event", event)
        self.events[id] = event
        self._log.append(id)

    def put_series(self, id: str, *times: tuple[str, str], **more: Any) -> None:
        """A series with these occurrences: `ID-0`, `ID-1`, ..."""
        self.put(id, *times[0], type="seriesMaster", **more)
        for number, (begins, ends) in enumerate(times):
            of = {"type": "occurrence", "seriesMasterId": id}
            self.put(f"{id}-{number}", begins, ends, **{**more, **of})

    def take_away(self, id: str) -> None:
        del self.events[id]
        self._log.append(id)

    def forget_tokens(self) -> None:
        """All that was given out for `delta` is void."""
        self._rounds.clear()

    async def tell(self) -> list[int]:
        """Of a change, to everybody who subscribed; how each answered."""
        return [await self._notify(id, "notificationUrl", {}) for id in self.subscriptions]

    async def tell_of_life(self, happened: str) -> list[int]:
        """Of the subscription itself: `missed`, `subscriptionRemoved`, ..."""
        told = {"lifecycleEvent": happened}
        return [
            await self._notify(id, "lifecycleNotificationUrl", told) for id in self.subscriptions
        ]

    async def _notify(self, id: str, address: str, told: Mapping[str, Any]) -> int:
        subscription = self.subscriptions[id]
        notification = {
            "subscriptionId": id,
            "clientState": subscription["clientState"],
            "changeType": "updated",
            "resource": subscription["resource"],
            "subscriptionExpirationDateTime": subscription["expirationDateTime"],
            "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
            **told,
        }
        self._check("changeNotification", notification, is_new=True)
        body = {"value": [notification]}
        return (await self.client.post(subscription[address], json=body)).status_code

    def _check(self, type: str, value: Any, *, is_new: bool = False) -> None:
        faults = self._published.faults_of(type, value, is_new=is_new) if self._published else []
        assert not faults, faults

    # --- the wire

    async def _take(self, request: web.Request) -> web.Response:
        raw = await request.text()
        body = msgspec.json.decode(raw) if raw else None
        call = Call(
            method=request.method,
            path=request.match_info["path"],
            query=dict(request.query),
            prefer=request.headers.get("prefer", ""),
            body=body,
        )
        self.calls.append(call)
        trouble = self.troubles.pop(0) if self.troubles else self.trouble
        if trouble is not None:
            return await self._trouble(trouble)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return _refused(401, "InvalidAuthenticationToken")
        answer = await self._answer(call)
        if call.method != "GET" and self.loses_answers:
            self.loses_answers -= 1
            return _refused(504, "GatewayTimeout")
        return answer

    async def _trouble(self, trouble: Trouble) -> web.Response:
        if trouble.hangs:
            await asyncio.Event().wait()
        if trouble.text is not None:
            return web.Response(status=trouble.status, text=trouble.text)
        return _refused(trouble.status, trouble.code, trouble.headers)

    async def _answer(self, call: Call) -> web.Response:
        path = call.path.replace(f"me/calendars/{CALENDAR}", "me/calendar")
        path = path.replace(f"users/{PERSON}/", "me/").replace("calendar/calendarView", "view")
        match call.method, path.split("/"):
            case "GET", ["me", "calendar"]:
                return web.json_response({"id": CALENDAR})
            case "GET", ["me", "view" | "calendarView", "delta"]:
                return self._delta(call)
            case "GET", ["me", "calendar", "events"]:
                return self._found(call)
            case "POST", ["me", "calendar", "events"]:
                return self._make(call.body)
            case method, ["me", "events", id]:
                return self._one(method, id, call.body)
            case "POST", ["subscriptions"]:
                return await self._subscribe(call.body)
            case method, ["subscriptions", id]:
                return self._subscription(method, id, call.body)
            case _:
                return _refused(404, "ErrorItemNotFound")

    async def _grant(self, request: web.Request) -> web.Response:
        given = await request.post()
        wanted = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": self.client_secret,
            "scope": f"{self.login_url}/.default",
        }
        if dict(given) != wanted:
            return web.json_response({"error": "invalid_client"}, status=401)
        self.grants += 1
        self.tokens.add(f"granted-{self.grants}")
        granted = {"token_type": "Bearer", "access_token": f"granted-{self.grants}"}
        return web.json_response({**granted, "expires_in": 3_599})

    # --- events

    def _delta(self, call: Call) -> web.Response:
        token = call.query.get("$skiptoken") or call.query.get("$deltatoken")
        if token is not None and token not in self._rounds:
            return _refused(410, "SyncStateNotFound")
        if "$skiptoken" in call.query:
            begun = self._rounds[call.query["$skiptoken"]]
        elif token is not None:
            last = self._rounds[token]
            changed = tuple(dict.fromkeys(self._log[last.seen :]))
            begun = _Round(changed, len(self._log), last.from_at, last.until_at)
        else:
            window = call.query["startDateTime"], call.query["endDateTime"]
            begun = _Round(tuple(self.events), len(self._log), *window, is_first=True)
        told, left = begun.left[: self._page], begun.left[self._page :]
        name = "nextLink" if left else "deltaLink"
        self._number += 1
        self._rounds[f"t{self._number}"] = msgspec.structs.replace(begun, left=left)
        kind = "skiptoken" if left else "deltatoken"
        link = f"{self.base_url}/{call.path}?${kind}=t{self._number}"
        value = [shown for id in told for shown in self._shown(id, begun)]
        return web.json_response({"value": value, f"@odata.{name}": link})

    def _shown(self, id: str, asked: _Round) -> list[dict[str, Any]]:
        event = self.events.get(id)
        if event is None:
            return [{"id": id, "@removed": {"reason": "deleted"}}]
        if event["type"] == "seriesMaster":
            return [event] if self.tells_series else []
        begins, ends = event["start"]["dateTime"], event["end"]["dateTime"]
        if begins >= asked.until_at.rstrip("Z") or ends <= asked.from_at.rstrip("Z"):
            return [] if asked.is_first else [{"id": id, "@removed": {"reason": "changed"}}]
        if event["type"] == "occurrence":
            return [{name: event[name] for name in BARE}]
        return [event]

    def _found(self, call: Call) -> web.Response:
        wanted = call.query.get("$filter", "")
        found = [
            {"id": id}
            for id, event in self.events.items()
            for one in event.get("singleValueExtendedProperties", ())
            if f"'{PROPERTY}'" in wanted and f"'{one['value']}'" in wanted
        ]
        return web.json_response({"value": found})

    def _make(self, body: dict[str, Any]) -> web.Response:
        if faults := self._faults("event", body):
            return _refused(400, "RequestBodyRead", said=faults)
        transaction = body.get("transactionId")
        if any(one.get("transactionId") == transaction for one in self.events.values()):
            return _refused(409, "ErrorDuplicateTransactionId")
        self._number += 1
        id = f"AAMkAG-{self._number}="
        begins, ends = body["start"]["dateTime"], body["end"]["dateTime"]
        self.put(id, begins, ends, **{key: body[key] for key in body if key not in BARE})
        return web.json_response({"id": id}, status=201)

    def _one(self, method: str, id: str, body: Any) -> web.Response:
        event = self.events.get(id)
        if event is None:
            return _refused(404, "ErrorItemNotFound")
        if method == "DELETE":
            self.take_away(id)
            return web.Response(status=204)
        if method == "PATCH":
            if faults := self._faults("event", body):
                return _refused(400, "RequestBodyRead", said=faults)
            event |= body
            self._log.append(id)
        return web.json_response(event)

    def _faults(self, type: str, body: Any, *, is_new: bool = False) -> list[str]:
        guests = [f"{type}.attendees: would be invited"] if "attendees" in body else []
        if self._published is None:
            return guests
        return guests + self._published.faults_of(type, body, is_new=is_new)

    # --- subscriptions

    async def _subscribe(self, body: dict[str, Any]) -> web.Response:
        if self.refuses_subscriptions:
            return _refused(403, "Forbidden")
        if faults := self._faults("subscription", body, is_new=True):
            return _refused(400, "InvalidRequest", said=faults)
        for name in ("notificationUrl", "lifecycleNotificationUrl"):
            token = f"Validation: {self._number} & <ok>"
            answer = await self.client.post(body[name], params={"validationToken": token})
            kind = answer.headers.get("content-type", "")
            if (answer.status_code, answer.text) != (200, token) or "text/plain" not in kind:
                return _refused(400, "ValidationError", said=[f"{name}: {answer.status_code}"])
        self._number += 1
        id = f"sub-{self._number}"
        self.subscriptions[id] = {**body, "id": id}
        return web.json_response(self.subscriptions[id], status=201)

    def _subscription(self, method: str, id: str, body: Any) -> web.Response:
        if id not in self.subscriptions:
            return _refused(404, "ResourceNotFound")
        if method == "DELETE":
            del self.subscriptions[id]
            return web.Response(status=204)
        self.subscriptions[id] |= body
        return web.json_response(self.subscriptions[id])


def moment(at: str) -> dict[str, str]:
    """As Graph writes it: with seven digits behind the second."""
    seconds = at if at.count(":") == 2 else f"{at}:00"
    return {"dateTime": f"{seconds}.0000000", "timeZone": "UTC"}


def _refused(
    status: int, code: str, headers: Mapping[str, str] | None = None, said: list[str] | None = None
) -> web.Response:
    error = {"code": code, "message": "; ".join(said or [code])}
    return web.json_response({"error": error}, status=status, headers=dict(headers or {}))
