"""An organisation's own access: its administrator lets this application into calendars.

One token opens those of everybody whom the administrator has included, so that no rep signs in.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

import httpx
import msgspec

from handrail.connectors.microsoft.wire import stored_token
from handrail.engine.calendars.source import Access, CalendarFault
from handrail.engine.retries import retry_after
from handrail.engine.targets import host_of

LOGIN_URL = "https://login.microsoftonline.com"
SCOPE = "https://graph.microsoft.com/.default"
RENEW_BEFORE = timedelta(minutes=5)
TIMEOUT_S = 20.0
ANSWER_BYTES_MAX = 100_000


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """As the administrator registered it. `scope`: of the cloud that Graph is in."""

    tenant: str
    client_id: str
    client_secret: str
    login_url: str = LOGIN_URL
    scope: str = SCOPE

    def __repr__(self) -> str:
        return f"Application(tenant={self.tenant!r}, client_id={self.client_id!r})"


class _Granted(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int


class _Refusal(msgspec.Struct, frozen=True):
    error: str = ""


class ApplicationTokens:
    """A `TokenOf`: the calendar's own token where somebody signed in for it, else the
    application's, which is asked for once an hour and kept in memory alone."""

    def __init__(
        self, application: Application, *, now: Callable[[], datetime], timeout_s: float = TIMEOUT_S
    ) -> None:
        self._application = application
        self._now = now
        self._place = host_of(application.login_url)
        self._token = ""
        self._ends_at: datetime | None = None
        self._asking = asyncio.Lock()
        self._client = httpx.AsyncClient(
            timeout=timeout_s, follow_redirects=False, trust_env=False, verify=True
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def __call__(self, access: Access) -> str:
        """Raises CalendarFault."""
        if access.secret.get("access_token"):
            return await stored_token(access)
        async with self._asking:
            if self._ends_at is None or self._ends_at - self._now() <= RENEW_BEFORE:
                granted = await self._granted()
                self._token = granted.access_token
                self._ends_at = self._now() + timedelta(seconds=granted.expires_in)
            return self._token

    async def _granted(self) -> _Granted:
        application = self._application
        url = f"{application.login_url}/{quote(application.tenant, safe='')}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": application.client_id,
            "client_secret": application.client_secret,
            "scope": application.scope,
        }
        try:
            answer = await self._client.post(url, data=form)
        except httpx.TimeoutException:
            raise CalendarFault("unreachable", f"{self._place} did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
            said = type(fault).__name__
            raise CalendarFault("unreachable", f"{self._place} was not reached: {said}") from None
        if answer.status_code != 200:
            raise self._refused(answer)
        try:
            return msgspec.json.decode(answer.content[:ANSWER_BYTES_MAX], type=_Granted)
        except msgspec.MsgspecError:
            raise CalendarFault("bad_answer", f"{self._place} gives no token") from None

    def _refused(self, answer: httpx.Response) -> CalendarFault:
        """What concerns everybody is no matter of one rep's: nobody is asked to sign in again."""
        wait = retry_after(answer.headers.get("retry-after"), now=self._now())
        if answer.status_code == 429 or answer.status_code >= 500:
            said = f"{self._place} answered {answer.status_code}"
            return CalendarFault("unreachable", said, retry_after=wait)
        try:
            error = msgspec.json.decode(answer.content[:ANSWER_BYTES_MAX], type=_Refusal).error
        except msgspec.MsgspecError:
            error = ""
        code = error if re.fullmatch(r"[a-z_]{1,40}", error) else str(answer.status_code)
        return CalendarFault(
            "refused",
            f"{self._place} refuses the application ({code}): check HANDRAIL_MICROSOFT_TENANT, "
            "_CLIENT_ID and _CLIENT_SECRET",
        )
