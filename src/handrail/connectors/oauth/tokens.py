"""HTTP to a provider's token endpoint (RFC 6749, 7009): bounded, and faults with their kind."""

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import httpx
import msgspec

from handrail.engine.calendars.signing_in import Provider
from handrail.engine.calendars.source import Access, CalendarFault
from handrail.engine.retries import retry_after
from handrail.engine.targets import host_of

TIMEOUT_S = 15.0
ANSWER_BYTES_MAX = 100_000
SIGN_IN_AGAIN = "connect the calendar again"
LOST = frozenset({"invalid_grant", "interaction_required", "consent_required"})


class _Granted(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int = 3_600
    refresh_token: str | None = None


class _Refusal(msgspec.Struct, frozen=True):
    error: str = ""


class Tokens:
    """A `TokenDoor`. What is granted is kept in `Access.secret`, which is sealed where it lies."""

    def __init__(self, *, now: Callable[[], datetime], timeout_s: float = TIMEOUT_S) -> None:
        self._now = now
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            timeout=timeout_s, follow_redirects=False, trust_env=False, verify=True
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def exchange(
        self, provider: Provider, *, code: str, verifier: str, redirect: str
    ) -> Access:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect,
        }
        granted = await self._granted(provider, form)
        if granted.refresh_token is None:
            place = host_of(provider.token_url)
            raise CalendarFault(
                "refused", f"{place} lets us in for an hour only (no refresh token): begin anew"
            )
        return self._access("", granted, refresh=granted.refresh_token)

    async def renew(self, provider: Provider, access: Access) -> Access:
        """Where the provider hands out a new refresh token the old one is not used again."""
        refresh = access.secret.get("refresh_token")
        if not refresh:
            raise CalendarFault("lost_token", f"nothing to renew the access by: {SIGN_IN_AGAIN}")
        granted = await self._granted(
            provider, {"grant_type": "refresh_token", "refresh_token": refresh}
        )
        return self._access(access.address, granted, refresh=granted.refresh_token or refresh)

    async def revoke(self, provider: Provider, access: Access) -> None:
        """At the provider too, where it takes that."""
        token = access.secret.get("refresh_token") or access.secret.get("access_token")
        if provider.revoke_url is not None and token:
            await self._post(provider.revoke_url, {"token": token})

    def _access(self, address: str, granted: _Granted, *, refresh: str) -> Access:
        ends_at = self._now() + timedelta(seconds=granted.expires_in)
        return Access(
            address=address,
            secret={
                "access_token": granted.access_token,
                "refresh_token": refresh,
                "expires_at": ends_at.isoformat(),
            },
        )

    async def _granted(self, provider: Provider, form: Mapping[str, str]) -> _Granted:
        ours = {"client_id": provider.client_id, "client_secret": provider.client_secret}
        answer = await self._post(provider.token_url, {**form, **ours})
        place = host_of(provider.token_url)
        if answer.status_code != 200:
            raise self._refused(answer, place)
        try:
            return msgspec.json.decode(answer.content, type=_Granted)
        except msgspec.MsgspecError:
            raise CalendarFault("bad_answer", f"{place} gives no token") from None

    async def _post(self, url: str, form: Mapping[str, str]) -> httpx.Response:
        place = host_of(url)
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._client.post(url, data=dict(form))
        except (TimeoutError, httpx.TimeoutException):
            raise CalendarFault("unreachable", f"{place} did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
            said = type(fault).__name__
            raise CalendarFault("unreachable", f"{place} was not reached: {said}") from None
        if len(answer.content) > ANSWER_BYTES_MAX:
            raise CalendarFault("bad_answer", f"{place} answers with too much")
        return answer

    def _refused(self, answer: httpx.Response, place: str) -> CalendarFault:
        status = answer.status_code
        wait = retry_after(answer.headers.get("retry-after"), now=self._now())
        if status == 429:
            return CalendarFault("limited", f"{place} asks for patience", retry_after=wait)
        if status >= 500:
            return CalendarFault("unreachable", f"{place} answered {status}", retry_after=wait)
        try:
            error = msgspec.json.decode(answer.content, type=_Refusal).error
        except msgspec.MsgspecError:
            error = ""
        code = error if re.fullmatch(r"[a-z_]{1,40}", error) else str(status)
        if code in LOST:
            return CalendarFault("lost_token", f"{place} refuses us ({code}): {SIGN_IN_AGAIN}")
        return CalendarFault("refused", f"{place} refuses the application ({code})")
