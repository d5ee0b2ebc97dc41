"""Sends webhooks: resolved and checked at each try, connected to the checked address, signed."""

from datetime import datetime

import httpx
import msgspec

from handrail.connectors.webhook.translate import body_of, headers_of
from handrail.engine.alerts import Alert
from handrail.engine.deliver import Delivered, Later, Outcome, Undeliverable
from handrail.engine.retries import retry_after
from handrail.engine.targets import ForbiddenTarget, check_url, resolve

TIMEOUT_S = 10.0
CONNECTIONS_MAX = 8


class WebhookSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`secrets`: live ones (`whsec_...`), all sign. `source`: this installation, as a URI."""

    url: str
    secrets: tuple[str, ...]
    source: str = "/handrail"
    allow_loopback: bool = False
    timeout_s: float = TIMEOUT_S


class WebhookSender:
    """One receiver. A `Sender`."""

    needs_person = False

    def __init__(self, settings: WebhookSettings) -> None:
        """Raises ForbiddenTarget when the URL can never be right."""
        assert settings.secrets, "a webhook without a secret cannot be trusted by its receiver"
        check_url(settings.url, allow_loopback=settings.allow_loopback)
        self._settings = settings
        # One client a receiver: connections to one address are never shared between names.
        self._client = httpx.AsyncClient(
            timeout=settings.timeout_s,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
        )

    async def send(self, alert: Alert) -> Outcome:
        settings = self._settings
        body = body_of(alert, source=settings.source)
        headers = headers_of(
            key=alert.key, body=body, secrets=settings.secrets, sent_at=alert.sent_at
        )
        try:
            target = await resolve(settings.url, allow_loopback=settings.allow_loopback)
            async with self._client.stream(
                "POST",
                target.url,
                content=body,
                headers={**headers, "host": target.host_header},
                extensions={"sni_hostname": target.host},
            ) as response:
                if response.headers.get("content-length") == "0":
                    await response.aread()  # nothing, but the connection can be used again
                return outcome_of(response, now=alert.sent_at)
        except ForbiddenTarget as fault:
            return Undeliverable(reason=str(fault))
        except httpx.TimeoutException:
            return Later(reason=f"no answer within {settings.timeout_s:g} s")
        except (httpx.HTTPError, OSError) as fault:
            return Later(reason=f"not reached: {str(fault) or type(fault).__name__}")

    async def close(self) -> None:
        await self._client.aclose()


def outcome_of(response: httpx.Response, *, now: datetime) -> Outcome:
    """What an answer means. Its body is never read: nothing in it changes what is done."""
    status = response.status_code
    if response.is_success:
        return Delivered()
    if status == httpx.codes.GONE:
        return Undeliverable(reason="the receiver is gone (410) and wants no more")
    if response.is_redirect:
        return Later(reason=f"answered {status}: redirects are not followed")
    return Later(
        reason=f"answered {status}",
        after=retry_after(response.headers.get("retry-after"), now=now),
    )
