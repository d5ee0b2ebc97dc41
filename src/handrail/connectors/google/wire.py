"""HTTP to Google Calendar: one host, a token in each request, bounded answers, faults with kind."""

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx
import msgspec

from handrail.engine.calendars.source import Access, CalendarFault
from handrail.engine.retries import retry_after
from handrail.engine.targets import host_of

BASE_URL = "https://www.googleapis.com/calendar/v3"
TIMEOUT_S = 20.0
ANSWER_BYTES_MAX = 20_000_000
READ = frozenset({200})
# Of 403, these mean too much at once: everything else is a matter of who may do what.
LIMITS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"})
LIMITED_FOR = timedelta(minutes=1)  # where Google does not say for how long

T = TypeVar("T")


class _Reason(msgspec.Struct):
    reason: str = ""


class _Error(msgspec.Struct):
    errors: list[_Reason] = []


class _Refusal(msgspec.Struct):
    error: _Error


class Answer:
    """What Google said, whole. `reason`: of its error, in Google's words."""

    def __init__(self, status: int, headers: httpx.Headers, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def reason(self) -> str:
        try:
            errors = msgspec.json.decode(self.body, type=_Refusal).error.errors
        except msgspec.MsgspecError:
            return ""
        said = errors[0].reason if errors else ""
        return said if re.fullmatch(r"[A-Za-z]{1,60}", said) else ""


class GoogleWire:
    """One client for all calendars."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        base_url: str = BASE_URL,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.now = now
        self.place = host_of(base_url)
        self._base_url = base_url.rstrip("/")
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
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        wanted: frozenset[int] = READ,
    ) -> Answer:
        """One request; a token goes to the one host and nowhere else.

        Raises CalendarFault for every answer that is not `wanted`.
        """
        token = access.secret.get("access_token")
        if not token:
            raise CalendarFault("lost_token", "nobody has signed in at Google for this calendar")
        headers = {"authorization": f"Bearer {token}", "user-agent": "Handrail"}
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = msgspec.json.encode(body)
        url = httpx.URL(f"{self._base_url}{path}", params=dict(query) if query else None)
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._once(method, url, headers, content)
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
        self, method: str, url: httpx.URL, headers: dict[str, str], content: bytes | None
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
        said = f"{status} {answer.reason}".strip()
        wait = retry_after(answer.headers.get("retry-after"), now=self.now())
        if status == 429 or (status == 403 and answer.reason in LIMITS):
            raise CalendarFault(
                "limited",
                f"{self.place} asks for patience ({said})",
                retry_after=wait or LIMITED_FOR,
            )
        if status in (401, 403):
            raise CalendarFault(
                "lost_token", f"{self.place} refuses us ({said}): connect the calendar again"
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
