"""HTTP to Graph: one host, a token in each request, bounded answers, faults with their kind."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import httpx
import msgspec

from handrail.engine.calendars.source import Access, CalendarFault
from handrail.engine.retries import retry_after
from handrail.engine.targets import host_of

BASE_URL = "https://graph.microsoft.com/v1.0"
TIMEOUT_S = 20.0
ANSWER_BYTES_MAX = 20_000_000
CONNECT_AGAIN = "connect the calendar again"
READ = frozenset({200})

T = TypeVar("T")
TokenOf = Callable[[Access], Awaitable[str]]


async def stored_token(access: Access) -> str:
    """As it was sealed beside the calendar; whoever renews it has done so before."""
    token = access.secret.get("access_token")
    if not token:
        raise CalendarFault("lost_token", "nobody has signed in at Microsoft for this calendar")
    return token


class Answer:
    """What Graph said, whole. `code`: of its error, in Graph's words."""

    def __init__(self, status: int, headers: httpx.Headers, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def code(self) -> str:
        try:
            said = msgspec.json.decode(self.body, type=_Refusal).error.code
        except msgspec.MsgspecError:
            return ""
        return said if re.fullmatch(r"[A-Za-z._]{1,80}", said) else ""


class _Error(msgspec.Struct):
    code: str = ""


class _Refusal(msgspec.Struct):
    error: _Error


class GraphWire:
    """One client for all calendars. `base_url`: of the cloud that a tenant is in."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        base_url: str = BASE_URL,
        token_of: TokenOf = stored_token,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.now = now
        self.place = host_of(base_url)
        self._base_url = base_url.rstrip("/")
        self._token_of = token_of
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            timeout=timeout_s, follow_redirects=False, trust_env=False, verify=True
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(
        self,
        access: Access,
        method: str,
        path: str,
        *,
        prefer: str | None = None,
        body: Mapping[str, Any] | None = None,
        wanted: frozenset[int] = READ,
    ) -> Answer:
        """One request; a token goes to the one host and nowhere else. `path`: with its query.

        Raises CalendarFault for every answer that is not `wanted`.
        """
        headers = {"authorization": f"Bearer {await self._token_of(access)}"}
        headers["user-agent"] = "Handrail"
        if prefer is not None:
            headers["prefer"] = prefer
        if body is not None:
            headers["content-type"] = "application/json"
        content = msgspec.json.encode(body) if body is not None else None
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._once(method, f"{self._base_url}{path}", headers, content)
        except (TimeoutError, httpx.TimeoutException):
            raise CalendarFault(
                "unreachable", f"{self.place} did not answer within {self._timeout_s:g} s"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
            said = str(fault) or type(fault).__name__
            raise CalendarFault("unreachable", f"{self.place} was not reached: {said}") from None
        self._judge(answer, wanted)
        return answer

    async def _once(
        self, method: str, url: str, headers: dict[str, str], content: bytes | None
    ) -> Answer:
        async with self._client.stream(method, url, headers=headers, content=content) as response:
            found = bytearray()
            async for part in response.aiter_bytes():
                found += part
                if len(found) > ANSWER_BYTES_MAX:
                    raise CalendarFault(
                        "bad_answer", f"{self.place} answers with over {ANSWER_BYTES_MAX:,} bytes"
                    )
            return Answer(response.status_code, response.headers, bytes(found))

    def _judge(self, answer: Answer, wanted: frozenset[int]) -> None:
        status = answer.status
        if status in wanted:
            return
        said = f"{status} {answer.code}".strip()
        wait = retry_after(answer.headers.get("retry-after"), now=self.now())
        if status in (401, 403):
            raise CalendarFault("lost_token", f"{self.place} refuses us ({said}): {CONNECT_AGAIN}")
        if status == 429 or (status in (503, 504) and wait is not None):
            raise CalendarFault(
                "limited", f"{self.place} asks for patience ({said})", retry_after=wait
            )
        if status >= 500:
            raise CalendarFault("unreachable", f"{self.place} answered {said}", retry_after=wait)
        if status == 404:
            raise CalendarFault(
                "refused", f"{self.place} knows no such calendar ({said}): connect another"
            )
        raise CalendarFault("bad_answer", f"{self.place} answered {said}")

    def read(self, answer: Answer, type: type[T]) -> T:
        """Raises CalendarFault."""
        try:
            return msgspec.json.decode(answer.body, type=type)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
            raise CalendarFault(
                "bad_answer", f"{self.place} answers with something else: {str(fault)[:120]}"
            ) from None
