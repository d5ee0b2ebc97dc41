"""HTTP to calendar servers: checked addresses, no redirects out of sight, bounded answers."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import httpx

from handrail.engine.calendars.source import CalendarFault
from handrail.engine.retries import retry_after
from handrail.engine.targets import ForbiddenTarget, host_of, resolve

TIMEOUT_S = 20.0
ANSWER_BYTES_MAX = 20_000_000
REDIRECTS_MAX = 3
CONNECT_AGAIN = "connect the calendar again with a password that works"


class Answer:
    """What a server said, whole."""

    def __init__(self, response: httpx.Response, body: bytes, url: str) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.body = body
        self.url = url  # after redirects


class Wire:
    """One client for many servers. `allow_private`: calendars in one's own network."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        allow_private: bool,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._now = now
        self._allow_private = allow_private
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            timeout=timeout_s, follow_redirects=False, trust_env=False, verify=True
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        auth: tuple[str, str] | None = None,
        wanted: frozenset[int] = frozenset({200, 207}),
    ) -> Answer:
        """One request with its redirects, which stay on the host where there is a password.

        Raises CalendarFault for every answer that is not `wanted`.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._follow(method, url, dict(headers or {}), body, auth, wanted)
        except ForbiddenTarget as fault:
            raise CalendarFault("refused", f"{host_of(url)}: {fault}") from None
        except (TimeoutError, httpx.TimeoutException):
            raise CalendarFault(
                "unreachable", f"{host_of(url)} did not answer within {self._timeout_s:g} s"
            ) from None
        except (httpx.HTTPError, OSError) as fault:
            said = str(fault) or type(fault).__name__
            raise CalendarFault("unreachable", f"{host_of(url)} was not reached: {said}") from None

    async def _follow(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes | None,
        auth: tuple[str, str] | None,
        wanted: frozenset[int],
    ) -> Answer:
        for _ in range(REDIRECTS_MAX + 1):
            answer = await self._once(method, url, headers, body, auth)
            if answer.status not in (301, 302, 307, 308):
                self._judge(answer, wanted)
                return answer
            url = self._next(answer, has_password=auth is not None)
        raise CalendarFault("refused", f"{host_of(url)} redirects without end")

    async def _once(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes | None,
        auth: tuple[str, str] | None,
    ) -> Answer:
        target = await resolve(
            url, allow_loopback=self._allow_private, allow_private=self._allow_private
        )
        async with self._client.stream(
            method,
            target.url,
            headers={**headers, "host": target.host_header, "user-agent": "Handrail"},
            content=body,
            auth=auth,
            extensions={"sni_hostname": target.host},
        ) as response:
            found = bytearray()
            async for part in response.aiter_bytes():
                found += part
                if len(found) > ANSWER_BYTES_MAX:
                    raise CalendarFault(
                        "bad_answer", f"{host_of(url)} answers with over {ANSWER_BYTES_MAX:,} bytes"
                    )
            return Answer(response, bytes(found), url)

    def _next(self, answer: Answer, *, has_password: bool) -> str:
        try:
            there = httpx.URL(answer.url).join(answer.headers.get("location", ""))
        except (httpx.InvalidURL, ValueError):
            raise CalendarFault("bad_answer", f"{host_of(answer.url)} redirects nowhere") from None
        here = httpx.URL(answer.url)
        if has_password and (there.scheme, there.host, there.port) != (
            here.scheme,
            here.host,
            here.port,
        ):
            raise CalendarFault(
                "refused",
                f"{host_of(answer.url)} redirects to {there.host}, where the password was not "
                "meant to go; connect that address instead",
            )
        return str(there)

    def _judge(self, answer: Answer, wanted: frozenset[int]) -> None:
        status, place = answer.status, host_of(answer.url)
        if status in wanted:
            return
        wait = retry_after(answer.headers.get("retry-after"), now=self._now())
        if status in (401, 403):
            raise CalendarFault("lost_token", f"{place} refuses us ({status}): {CONNECT_AGAIN}")
        if status == 429 or (status == 503 and wait is not None):
            raise CalendarFault(
                "limited", f"{place} asks for patience ({status})", retry_after=wait
            )
        if status >= 500:
            raise CalendarFault("unreachable", f"{place} answered {status}", retry_after=wait)
        raise CalendarFault("bad_answer", f"{place} answered {status}")
