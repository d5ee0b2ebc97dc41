"""A person signs in at their calendar's provider, and lets Handrail in: OAuth 2 with PKCE.

Authorization-code flow by RFC 6749 with proof key by RFC 7636 (S256). Nothing of a sign-in that is
under way is stored: what must come back is sealed into `state`, and bound to the browser by a
cookie.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

import msgspec

from handrail.engine.calendars.secrets import Secrets
from handrail.engine.calendars.source import Access, CalendarKind
from handrail.engine.items import Refused
from handrail.engine.vault import Unreadable

WITHIN = timedelta(minutes=10)
VERIFIER_BYTES = 48  # 64 characters; RFC 7636 wants 43 to 128
STATE_CHARACTERS_MAX = 4_000
PURPOSE = "a sign-in that is under way"  # binds the seal, so that no stored secret opens as one


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """Where people sign in, and as which application we come. `extra`: what it wants besides."""

    kind: CalendarKind
    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str
    scope: str
    revoke_url: str | None = None
    extra: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Provider(kind={self.kind!r}, client_id={self.client_id!r})"


class TokenDoor(Protocol):
    """The provider's token endpoint. Each raises `CalendarFault`."""

    async def exchange(
        self, provider: Provider, *, code: str, verifier: str, redirect: str
    ) -> Access: ...
    async def renew(self, provider: Provider, access: Access) -> Access: ...
    async def revoke(self, provider: Provider, access: Access) -> None: ...


class Begun(msgspec.Struct, frozen=True):
    """`address`: where the person is sent; `cookie`: what their browser keeps till they return."""

    address: str
    cookie: str


class Wanted(msgspec.Struct, frozen=True):
    """What was asked for when it began."""

    rep: str
    kind: CalendarKind
    writes: bool
    by: str


class SigningIn:
    """For one node; any other ends what one began. `redirect`: our address to come back to."""

    def __init__(
        self,
        *,
        providers: Mapping[CalendarKind, Provider],
        door: TokenDoor,
        seals: Secrets,
        redirect: str,
        chance: Callable[[int], bytes],
    ) -> None:
        self._chance = chance
        self._providers = dict(providers)
        self._door = door
        self._seals = seals
        self._redirect = redirect

    @property
    def kinds(self) -> tuple[CalendarKind, ...]:
        return tuple(self._providers)

    def begin(self, wanted: Wanted, *, now: datetime) -> Begun:
        """Raises Refused."""
        provider = self._provider(wanted.kind)
        verifier = _text(self._chance(VERIFIER_BYTES))
        cookie = _text(self._chance(VERIFIER_BYTES))
        kept = {
            "rep": wanted.rep,
            "kind": wanted.kind,
            "writes": "yes" if wanted.writes else "",
            "by": wanted.by,
            "verifier": verifier,
            "cookie": _digest(cookie),
            "until": (now + WITHIN).isoformat(),
        }
        query = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": self._redirect,
            "scope": provider.scope,
            "state": _text(self._seals.seal(kept, calendar=PURPOSE)),
            "code_challenge": _digest(verifier),
            "code_challenge_method": "S256",
            **dict(provider.extra),
        }
        return Begun(address=f"{provider.authorize_url}?{urlencode(query)}", cookie=cookie)

    async def end(
        self, *, state: str, code: str, cookie: str, now: datetime
    ) -> tuple[Wanted, Access]:
        """What they let us into. Raises Refused, and CalendarFault."""
        kept = self._opened(state, cookie, now=now)
        wanted = Wanted(
            rep=kept["rep"],
            kind=_as_kind(kept["kind"]),
            writes=bool(kept["writes"]),
            by=kept["by"],
        )
        provider = self._provider(wanted.kind)
        access = await self._door.exchange(
            provider, code=code, verifier=kept["verifier"], redirect=self._redirect
        )
        return wanted, access

    async def renew(self, kind: CalendarKind, access: Access) -> Access:
        """Raises CalendarFault."""
        return await self._door.renew(self._provider(kind), access)

    async def revoke(self, kind: CalendarKind, access: Access) -> None:
        """Raises CalendarFault."""
        provider = self._providers.get(kind)
        if provider is not None:
            await self._door.revoke(provider, access)

    def _provider(self, kind: CalendarKind) -> Provider:
        provider = self._providers.get(kind)
        if provider is None:
            raise Refused("bad_value", f"nobody can sign in for calendars of kind {kind} here")
        return provider

    def _opened(self, state: str, cookie: str, *, now: datetime) -> dict[str, str]:
        """Ours, of this browser, and not too old. Says nothing of which of them it is not."""
        wrong = Refused(
            "bad_value", "this sign-in was begun elsewhere, or too long ago: begin anew"
        )
        if len(state) > STATE_CHARACTERS_MAX:
            raise wrong
        try:
            kept = self._seals.open(_bytes(state), calendar=PURPOSE)
        except (Unreadable, binascii.Error, ValueError):
            raise wrong from None
        is_same = hmac.compare_digest(kept["cookie"], _digest(cookie))
        if not is_same or now >= datetime.fromisoformat(kept["until"]):
            raise wrong
        return kept


def _as_kind(text: str) -> CalendarKind:
    kind: CalendarKind = msgspec.convert(text, type=CalendarKind)
    return kind


def _digest(text: str) -> str:
    """S256 of RFC 7636."""
    return _text(hashlib.sha256(text.encode()).digest())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
