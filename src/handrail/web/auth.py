"""Who may: bearer keys with scopes; and the sessions of people who signed in with one."""

import hashlib
import secrets
from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec
from fastapi import Request

from handrail.engine.keys import ApiKey, Keys, KeyScope
from handrail.web.problems import Problem

OPEN_ACTOR = "local"
SESSIONS_MAX = 10_000
SESSION_IDLE = timedelta(hours=12)
COOKIE = "handrail_session"


def may(key: ApiKey, scope: KeyScope) -> bool:
    return scope in key.scopes or "admin" in key.scopes


def actor_of(key: ApiKey | None) -> str:
    return f"key:{key.name}" if key is not None else OPEN_ACTOR


async def authorise(request: Request, scope: KeyScope, *, keys: Keys | None) -> str:
    """The actor of the request, `key:NAME`; `local` in open access. Raises Problem 401 or 403."""
    return actor_of(await admit(request, scope, keys=keys))


async def admit(request: Request, scope: KeyScope, *, keys: Keys | None) -> ApiKey | None:
    """The key of the request; None in open access. Raises Problem 401 or 403."""
    if keys is None:
        return None
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token:
        raise _unauthorised("send a key: Authorization: Bearer hr_...")
    key = await keys.check(token)
    if key is None:
        raise _unauthorised("this key is unknown, or no longer live")
    if not may(key, scope):
        raise Problem(403, "forbidden", f"key {key.name} lacks the scope {scope}")
    return key


def _unauthorised(detail: str) -> Problem:
    return Problem(401, "unauthorised", detail, headers={"WWW-Authenticate": "Bearer"})


class _Session(msgspec.Struct):
    token: str
    seen_at: datetime


class Sessions:
    """Of this node: signed-in browsers, each by the hash of its cookie. The key is looked at again
    each time, so that one which was withdrawn ends its sessions."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, _Session] = OrderedDict()

    def begin(self, token: str, *, now: datetime) -> str:
        """The cookie of a new session."""
        cookie = secrets.token_urlsafe(32)
        self._known[_digest(cookie)] = _Session(token=token, seen_at=now)
        while len(self._known) > SESSIONS_MAX:
            self._known.popitem(last=False)
        return cookie

    def token(self, cookie: str | None, *, now: datetime) -> str | None:
        """The key that the session was begun with, unless it was idle for too long."""
        digest = _digest(cookie or "")
        session = self._known.get(digest)
        if session is None:
            return None
        if now - session.seen_at > SESSION_IDLE:
            del self._known[digest]
            return None
        session.seen_at = now
        self._known.move_to_end(digest)
        return session.token

    def end(self, cookie: str | None) -> None:
        self._known.pop(_digest(cookie or ""), None)


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
