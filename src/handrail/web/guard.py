"""What every request passes first: the Host and Origin it names; and what every answer carries."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from handrail.web.problems import Problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES = frozenset({"same-origin", "none"})
NOBODY_FRAMES = "frame-ancestors 'none'"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        NOBODY_FRAMES,
    )
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
PRIVATE = (b"cache-control", b"no-store")


class Guard:
    """Wraps the app. `hosts`: the names it answers to; None for any.

    In open access these are the loopback's only, so that no page elsewhere can reach it by a name
    of its own (DNS rebinding). A request that changes something must not come from another site's
    page unless it carries a bearer key, which no browser adds by itself. `origins`: pages elsewhere
    that may send to us, and hold our pages inside theirs.
    """

    def __init__(
        self,
        app: App,
        *,
        hosts: frozenset[str] | None,
        close: Callable[[], None],
        origins: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._origins = origins
        self._headers = headers_of(origins)
        self.close = close  # ends the open streams, so that the server can stop

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        problem = self._refusal(scope)
        if problem is not None:
            await problem.response()(scope, receive, with_headers(send, self._headers))
            return
        await self._app(scope, receive, with_headers(send, self._headers))

    def _refusal(self, scope: Message) -> Problem | None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        if self._hosts is not None and host_name(host) not in self._hosts:
            return Problem(
                421, "wrong_host", "this service does not answer to the name in the Host header"
            )
        if scope["method"] in SAFE_METHODS or headers.get(b"authorization"):
            return None
        if headers.get(b"origin") in self._origins:
            return None
        if not is_own_page(headers, host=host):
            return Problem(
                403, "cross_site", "this request came from another site's page; send a bearer key"
            )
        return None


def host_name(host: str) -> str:
    """The name in a Host header, without its port, in lower case; empty for nonsense."""
    found = _HOST.fullmatch(host)
    return found[1].lower() if found is not None else ""


def is_own_page(headers: dict[bytes, str], *, host: str) -> bool:
    """Not sent by a page of another origin: browsers say from where, programs say nothing."""
    if headers.get(b"sec-fetch-site", "none") not in OWN_SITES:
        return False
    origin = headers.get(b"origin")
    return origin is None or urlsplit(origin).netloc == host


def headers_of(origins: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """What every answer carries; with `origins`, which pages elsewhere may show it."""
    if not origins:
        return HEADERS
    policy = POLICY.replace(NOBODY_FRAMES, f"frame-ancestors 'self' {' '.join(sorted(origins))}")
    changed = {
        b"content-security-policy": policy.encode(),
        b"cross-origin-resource-policy": b"cross-origin",
    }
    return [(name, changed.get(name, value)) for name, value in HEADERS]


def with_headers(send: Send, headers: list[tuple[bytes, bytes]]) -> Send:
    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", ()))
            if not any(name == b"cache-control" for name, _ in given):
                given.append(PRIVATE)
            message["headers"] = [*given, *headers]
        await send(message)

    return send_guarded
