"""Sends alerts to people and channels of one Slack workspace."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import aiohttp
import msgspec
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handrail.connectors.slack.translate import SlackMessage, message_of
from handrail.engine.alerts import Alert, Recipient
from handrail.engine.deliver import Delivered, Later, Outcome, Undeliverable
from handrail.engine.posts import Post, PostStore
from handrail.terms.evidence import StatusState

CHANNEL = "slack"
BASE_URL = "https://slack.com/api/"
TIMEOUT_S = 10
PING_S = 5.0
RETRY_AFTER_DIGITS_MAX = 9
PERSON = ("U", "W")  # how ids of people begin; those of channels begin otherwise

# Errors that trying again will not mend: somebody must change the roster or the workspace.
NEVER = {
    "channel_not_found": "the channel is unknown: see the roster's `ids`, and invite the app to it",
    "not_in_channel": "the app is not in the channel: invite it",
    "is_archived": "the channel is archived",
    "user_not_found": "the person is unknown: see the roster's `ids`",
    "users_not_found": "the person is unknown: see the roster's `ids`",
    "user_disabled": "the person's account has been switched off",
    "cannot_dm_bot": "this is a bot, not a person: see the roster's `ids`",
    "restricted_action": "the workspace lets nobody post there",
    "msg_too_long": "the message is too long",
    "msg_blocks_too_long": "the message is too long",
    "invalid_blocks": "the message is not as Slack wants it",
    "no_text": "the message is not as Slack wants it",
}


class SlackSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`app_token` opens Socket Mode; `signing_secrets`: live ones, of the door."""

    bot_token: str
    app_token: str | None = None
    signing_secrets: tuple[str, ...] = ()
    base_url: str = BASE_URL
    statuses: Mapping[str, StatusState] = {}  # what is agreed to be said by a person's status
    timeout_s: int = TIMEOUT_S
    ping_s: float = PING_S  # of the socket: how soon a lost one is noticed, and opened again


def web_client(settings: SlackSettings) -> AsyncWebClient:
    """Without the SDK's own retries: the outbox knows better when to try again."""
    return AsyncWebClient(
        token=settings.bot_token,
        base_url=settings.base_url,
        timeout=settings.timeout_s,
        retry_handlers=[],
    )


class SlackSender:
    """A `Sender`. A post is remembered under its key, so that it can be changed, and a repeat of
    a delivery that is remembered posts nothing."""

    needs_person = True

    def __init__(self, client: AsyncWebClient, posts: PostStore) -> None:
        self._client = client
        self._posts = posts
        self.posted: Callable[[str | None], None] = lambda handoff: None
        """Told of each handoff that was posted about."""
        self._rooms: dict[str, str] = {}  # person -> the channel of their direct messages

    async def send(self, alert: Alert) -> Outcome:
        place = address_of(alert.to)
        if place is None:
            who = alert.to.name if alert.to is not None else alert.to_id
            return Undeliverable(reason=f"{who} has no `ids: {{slack: ...}}` in the roster")
        if await self._posts.post(alert.key) is not None:
            return Delivered()
        try:
            posted = await self._post(place, message_of(alert))
        except SlackApiError as fault:
            return outcome_of(fault)
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            return Later(reason=f"not reached: {str(fault) or type(fault).__name__}")
        await self._remember(alert, posted)
        return Delivered()

    async def _post(self, place: str, message: SlackMessage) -> tuple[str, str]:
        """Where it stands: channel and time stamp."""
        answer = await self._client.chat_postMessage(
            channel=await self._room(place),
            text=message.text,
            blocks=message.blocks,
            metadata=message.metadata,
            mrkdwn=False,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["channel"]), str(answer["ts"])

    async def _room(self, place: str) -> str:
        if not place.startswith(PERSON):
            return place
        if place not in self._rooms:
            answer = await self._client.conversations_open(users=place)
            self._rooms[place] = str(answer["channel"]["id"])
        return self._rooms[place]

    async def _remember(self, alert: Alert, posted: tuple[str, str]) -> None:
        place, stamp = posted
        post = Post(
            key=alert.key,
            lead=alert.lead,
            handoff=alert.handoff,
            place=place,
            stamp=stamp,
            at=alert.sent_at,
        )
        await self._posts.add(post)
        self.posted(alert.handoff)

    async def close(self) -> None:
        """Nothing is held: the SDK opens a session a call."""


def address_of(to: Recipient | None) -> str | None:
    """The person's id or the team's channel."""
    return to.ids.get(CHANNEL) if to is not None else None


def outcome_of(fault: SlackApiError) -> Outcome:
    """What Slack's refusal means. What an owner of the workspace can mend is tried again."""
    answer = fault.response
    code = error_of(fault)
    if is_busy(fault):
        return Later(reason="answered 429", after=retry_after(answer))
    if code in NEVER:
        return Undeliverable(reason=f"Slack says {code}: {NEVER[code]}")
    return Later(reason=f"Slack says {code}" if code else f"answered {status_of(fault)}")


def is_busy(fault: SlackApiError) -> bool:
    return status_of(fault) == 429 or error_of(fault) in ("ratelimited", "rate_limited")


def status_of(fault: SlackApiError) -> int:
    """The SDK hands out its own answer, or that of its HTTP client."""
    answer = fault.response
    status = getattr(answer, "status_code", None) or getattr(answer, "status", None)
    return status if isinstance(status, int) else 0


def error_of(fault: SlackApiError) -> str:
    data = getattr(fault.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return code[:100] if isinstance(code, str) else ""


def retry_after(answer: object) -> timedelta | None:
    """Whole seconds; None when it says nothing of the kind."""
    headers = {
        str(name).lower(): str(value) for name, value in getattr(answer, "headers", {}).items()
    }
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal() and len(text) <= RETRY_AFTER_DIGITS_MAX:
        return timedelta(seconds=int(text))
    return None
