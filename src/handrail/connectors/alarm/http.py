"""Alarms as signed webhooks, and the sign of life to whoever watches the watcher.

Both go where the operator says, inside their network too: nobody else can set these addresses.
"""

from collections.abc import Mapping

import httpx

from handrail.connectors.alarm.translate import body_of, headers_of
from handrail.engine.watch import Alarm
from handrail.engine.watching import SEND_WITHIN_S, AlarmRefused


class WebhookAlarms:
    """An `AlarmChannel`: Standard Webhooks around a CloudEvent."""

    name = "webhook"

    def __init__(self, *, url: str, secrets: tuple[str, ...]) -> None:
        assert secrets, "a webhook without a secret cannot be trusted by its receiver"
        self._url = url
        self._secrets = secrets

    async def tell(self, alarm: Alarm) -> None:
        body = body_of(alarm)
        headers = headers_of(alarm, body=body, secrets=self._secrets)
        await _post(self._url, body=body, headers=headers)


class SignOfLife:
    """An empty POST to an address that alarms when it hears nothing (healthchecks and its like)."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __call__(self) -> None:
        try:
            await _post(self._url, body=b"", headers={"user-agent": "handrail"})
        except AlarmRefused as fault:
            raise AlarmRefused(f"dead-man address: {fault}") from fault


async def _post(url: str, *, body: bytes, headers: Mapping[str, str]) -> None:
    """The address is not in what is raised: it may hold a secret."""
    try:
        async with httpx.AsyncClient(
            timeout=SEND_WITHIN_S, follow_redirects=False, trust_env=False
        ) as client:
            answer = await client.post(url, content=body, headers=dict(headers))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
        raise AlarmRefused(f"not reached ({type(fault).__name__})") from fault
    if not answer.is_success:
        raise AlarmRefused(f"answered {answer.status_code}")
