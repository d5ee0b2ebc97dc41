"""The Bolt app: takes what came in apart, lets it be done, and tells who asked what came of it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from handrail.connectors.slack.acts import Answer, Request, Say, SlackActs, answer_blocks
from handrail.connectors.slack.client import error_of
from handrail.connectors.slack.people import who_is
from handrail.connectors.slack.status import EVENT, changed_status
from handrail.connectors.slack.text import unmarked
from handrail.connectors.slack.translate import PAGES, PRESSED, Pressed
from handrail.connectors.slack.views import answers_of, asked_of
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.terms.evidence import StatusState

Body = dict[str, Any]
Work = Callable[[Body, AsyncBoltContext], Awaitable[None]]

STRANGER = (
    "You are not in Handrail's roster: ask whoever keeps it to add your Slack id, "
    "`ids: {slack: %s}`."
)
TOO_LATE = "Slack waits three seconds for a form and they were over: press the button again."
UNKNOWN = 404  # Bolt's answer when no listener takes it
FAILED_FROM = 500  # Bolt's answer when a listener failed

log = structlog.get_logger()


class SlackApp:
    """What came in -> the engine. Slack has its answer by then, so Bolt's own goes nowhere."""

    def __init__(
        self, engine: Engine, client: AsyncWebClient, *, statuses: Mapping[str, StatusState]
    ) -> None:
        self._engine = engine
        self._statuses = statuses
        self._client = client
        self._acts = SlackActs(engine)
        self._bolt = AsyncApp(
            client=AsyncWebClient(base_url=client.base_url, timeout=client.timeout),
            authorize=_authorised_with(client.token or ""),
            process_before_response=True,  # a dispatch ends when its work is done
            request_verification_enabled=False,  # the door has looked at the raw bytes
            ssl_check_enabled=False,
            url_verification_enabled=False,
        )
        self._listen()

    async def work(self, body: Body, *, digest: bytes) -> bool:
        """False: it failed on our side, and is to be tried again."""
        request = AsyncBoltRequest(mode="socket_mode", body=body, context={"digest": digest})
        answer = await self._bolt.async_dispatch(request)
        if answer.status == UNKNOWN:
            log.warning("slack_not_understood", kind=str(body.get("type") or body.get("command")))
        return answer.status < FAILED_FROM

    def _listen(self) -> None:
        for act in sorted(PRESSED):
            self._bolt.action(act)(_acknowledged(self._pressed))
            self._bolt.view(act)(_acknowledged(self._submitted))
        for act in sorted(PAGES):
            self._bolt.action(act)(_acknowledged(_nothing))
        for command in ("/lead", "/out"):
            self._bolt.command(command)(_acknowledged(self._commanded))

        self._bolt.event(EVENT)(_acknowledged(self._status_changed))

    async def _status_changed(self, body: Body, context: AsyncBoltContext) -> None:
        """Of who is no rep, and where nothing was agreed on, it is none of our business."""
        if not self._statuses:
            return
        now = self._engine.clock.now()
        user, status = changed_status(body["event"], agreed=self._statuses, now=now)
        _, roster = await self._engine.in_force()
        who = who_is(user, roster=roster)
        if who is not None and who.is_rep:
            await self._engine.people.set_status(who.id, status, actor="hook:slack")

    async def _pressed(self, body: Body, context: AsyncBoltContext) -> None:
        action = body["actions"][0]
        request = await self._request(body, context)
        if request is None:
            return
        pressed = msgspec.json.decode(str(action.get("value", "")), type=Pressed)
        try:
            answer = await self._acts.press(action["action_id"], pressed.handoff, request)
        except Refused as refused:
            answer = Say((refused.message,))
        await self._answer(answer, body, request)

    async def _submitted(self, body: Body, context: AsyncBoltContext) -> None:
        view = body["view"]
        asked = asked_of(view)
        request = await self._request(body, context, answer_url=asked.answer_url)
        if request is None:
            return
        try:
            answer = await self._acts.submit(
                view["callback_id"], asked.handoff, answers_of(view), request
            )
        except Refused as refused:
            answer = Say((refused.message,))
        await self._answer(answer, body, request)

    async def _commanded(self, body: Body, context: AsyncBoltContext) -> None:
        request = await self._request(body, context)
        if request is None:
            return
        text = str(body.get("text", "")).strip()
        try:
            if body["command"] == "/out":
                answer = await self._acts.out(text, request)
            else:
                answer = await self._acts.lead(text, request)
        except Refused as refused:
            answer = Say((refused.message,))
        await self._answer(answer, body, request)

    # --- who asked, and their answer

    async def _request(
        self, body: Body, context: AsyncBoltContext, *, answer_url: str = ""
    ) -> Request | None:
        """None: a stranger, who is told so."""
        user = user_of(body)
        url = answer_url or str(body.get("response_url") or "")
        contract, roster = await self._engine.in_force()
        zone = contract.timezone if contract is not None else "UTC"
        who = who_is(user, roster=roster, timezone=zone)
        if who is None:
            await self._say((STRANGER % user,), url=url)
            return None
        return Request(who=who, digest=context["digest"], answer_url=url)

    async def _answer(self, answer: Answer, body: Body, request: Request) -> None:
        if isinstance(answer, Say):
            await self._say(answer.lines, url=request.answer_url)
            return
        try:
            await self._client.views_open(trigger_id=body["trigger_id"], view=answer.view)
        except SlackApiError as fault:
            if error_of(fault) not in ("expired_trigger_id", "exchanged_trigger_id"):
                raise
            await self._say((TOO_LATE,), url=request.answer_url)

    async def _say(self, lines: tuple[str, ...], *, url: str) -> None:
        """To who asked, only; that it cannot be said changes nothing of what was done."""
        if not url:
            return
        webhook = AsyncWebhookClient(url, timeout=self._client.timeout, retry_handlers=[])
        try:
            await webhook.send(
                text=unmarked(" ".join(lines)),
                blocks=answer_blocks(Say(lines)),
                response_type="ephemeral",
                replace_original=False,
            )
        except Exception as fault:  # whatever goes wrong at Slack's end: it was done
            log.warning("slack_not_answered", reason=type(fault).__name__)


def _acknowledged(work: Work) -> Callable[..., Awaitable[None]]:
    """Bolt counts a listener that has not acknowledged as none at all."""

    async def listener(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await work(body, context)
        await ack()

    return listener


async def _nothing(body: Body, context: AsyncBoltContext) -> None:
    """The button was a link."""


def _authorised_with(token: str) -> Callable[[], Awaitable[AuthorizeResult]]:
    """The one workspace. Bolt's own would ask Slack, and lose the press when Slack is slow."""

    async def authorised() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token)

    return authorised


def user_of(body: Mapping[str, Any]) -> str:
    """Slack's id of who asked; presses and commands name it in different places."""
    user = body.get("user")
    return str(user.get("id", "")) if isinstance(user, dict) else str(body.get("user_id", ""))
