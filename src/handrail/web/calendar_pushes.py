"""`POST /hooks/calendar/...`: servers that tell of a change in a calendar.

Only who knows the calendar's token is heard, nothing of what is told is believed, and the answer
does not wait for the reading that follows.
"""

import re

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from handrail.engine.ports import StoreUnavailable
from handrail.engine.syncing.pushes import PATH, Pushes
from handrail.web.guard import Message, Receive, Send

BODY_BYTES_MAX = 64 * 1_024
TOLD_MAX = 1_000
VALIDATION_CHARACTERS_MAX = 2_000
LIFECYCLE = "lifecycle"
_PLACE = re.compile(rf"{PATH}/(google|microsoft)/([0-9a-z]{{1,64}})(/{LIFECYCLE})?")


class _Notification(msgspec.Struct, rename="camel"):
    client_state: str | None = None


class _Notifications(msgspec.Struct):
    value: list[_Notification]


class CalendarPushes:
    """An ASGI app. 2xx where there is nothing to tell again: servers repeat what fails."""

    def __init__(self, pushes: Pushes) -> None:
        self._pushes = pushes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        answer = await self._answer(Request(scope, receive))
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        place = _PLACE.fullmatch(request.url.path)
        if place is None:
            return Response(status_code=404)
        if request.method != "POST":
            return Response(status_code=405, headers={"allow": "POST"})
        _, calendar, of_itself = place.groups()
        try:
            if place[1] == "google":
                return await self._google(request, calendar)
            return await self._microsoft(request, calendar, of_itself=of_itself is not None)
        except StoreUnavailable:
            return Response(status_code=503)

    async def _google(self, request: Request, calendar: str) -> Response:
        """All in headers. The first message says that the channel is open, and nothing else."""
        token = request.headers.get("x-goog-channel-token", "")
        if not self._pushes.is_theirs("google", calendar, [token]):
            return _unknown()
        if request.headers.get("x-goog-resource-state") != "sync":
            await self._pushes.told(calendar)
        return Response(status_code=200)

    async def _microsoft(self, request: Request, calendar: str, *, of_itself: bool) -> Response:
        """Asks first whether the address is ours. Later each thing that is told names the token."""
        asked = request.query_params.get("validationToken")
        if asked is not None:
            if len(asked) > VALIDATION_CHARACTERS_MAX:
                return Response(status_code=400)
            return PlainTextResponse(asked)
        raw = await _read(request)
        if raw is None:
            return Response(status_code=413)
        try:
            told = msgspec.json.decode(raw, type=_Notifications).value
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return Response("not in the form that Graph sends", status_code=400)
        tokens = [one.client_state or "" for one in told[:TOLD_MAX]]
        if not self._pushes.is_theirs("microsoft", calendar, tokens):
            return _unknown()
        await self._pushes.told(calendar, of_itself=of_itself)
        return Response(status_code=202)


def _unknown() -> Response:
    """The same for a calendar that is not here: nobody learns which are."""
    return Response("not told by who was asked to", status_code=401)


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
