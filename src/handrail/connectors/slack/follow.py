"""Changes posts when their handoff does: accepted, rejected, given away, run out, ended."""

from datetime import datetime, timedelta

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handrail.connectors.slack.client import error_of, retry_after
from handrail.connectors.slack.translate import SlackMessage, message_of, settled_message
from handrail.engine.alerts import Sight, alert_of
from handrail.engine.alerts.message import Message, read_message
from handrail.engine.deliver import recipient_of
from handrail.engine.engine import Engine
from handrail.engine.posts import Became, Post, PostStore, became_of
from handrail.engine.ticker import Rhythm
from handrail.kernel.decision import Case

LOOK = timedelta(milliseconds=500)
AGAIN = timedelta(seconds=5)  # after a failure, where Slack does not say how long
CHUNK = 500
# It can never be changed again: it was deleted, or is too old.
GONE = frozenset(
    """
    message_not_found cant_update_message edit_window_closed channel_not_found is_archived
    not_in_channel
    """.split()
)

log = structlog.get_logger()


class Follower:
    """Reads the ledger from where it stood at the start; what is open then is looked at once."""

    def __init__(self, engine: Engine, posts: PostStore, client: AsyncWebClient) -> None:
        self._engine = engine
        self._posts = posts
        self._client = client
        self._seq: int | None = None
        self._changed: set[str] = set()
        self._not_before: datetime | None = None
        self.rhythm = Rhythm(engine, self.look)

    def posted(self, handoff: str | None) -> None:
        """Just now: it may have changed while the message was on its way."""
        if handoff is not None:
            self._changed.add(handoff)

    async def look(self) -> timedelta:
        """Bring posts up to date; how long until it is worth looking again."""
        await self._read_on()
        now = self._engine.clock.now()
        if self._not_before is not None and now < self._not_before:
            return self._not_before - now
        self._not_before = None
        for handoff in sorted(self._changed):
            wait = await self._bring(handoff, now=now)
            if wait is not None:
                self._not_before = now + wait
                return wait
            self._changed.discard(handoff)
        return LOOK

    async def _read_on(self) -> None:
        head = (await self._engine.store.head()).seq
        if self._seq is None:
            await self._all_open()
        else:
            async for entries in self._engine.store.entries(after=self._seq, chunk=CHUNK):
                self._changed |= {entry.handoff for entry in entries if entry.handoff is not None}
                head = max(head, entries[-1].seq)
        self._seq = head

    async def _all_open(self) -> None:
        after = ""
        while posts := await self._posts.all_following(after=after, limit=CHUNK):
            self._changed |= {post.handoff for post in posts if post.handoff is not None}
            after = posts[-1].key

    async def _bring(self, handoff: str, *, now: datetime) -> timedelta | None:
        """All posts about one handoff; how long to wait when Slack takes no more."""
        posts = await self._posts.following(handoffs=[handoff])
        if not posts:
            return None
        found = await self._engine.store.case_of_handoff(handoff)
        messages = {
            row.key: row.body for row in await self._engine.store.deliveries_of(posts[0].lead)
        }
        for post in posts:
            if found is None or post.key not in messages:
                await self._posts.show(post.key, shown=post.shown, is_over=True)
                continue
            message = read_message(messages[post.key])
            wait = await self._update(post, message, case=found.case, now=now)
            if wait is not None:
                return wait
        return None

    async def _update(
        self, post: Post, message: Message, *, case: Case, now: datetime
    ) -> timedelta | None:
        _, roster = await self._engine.in_force()
        became = became_of(message, case=case, roster=roster, now=now)
        if became.text == post.shown and not became.is_over:
            return None
        shown = await self._rendered(post, message, became, case=case, now=now)
        is_over = became.is_over
        try:
            await self._client.chat_update(
                channel=post.place,
                ts=post.stamp,
                text=shown.text,
                blocks=shown.blocks,
                metadata=shown.metadata,
            )
        except SlackApiError as fault:
            if error_of(fault) not in GONE:
                log.warning("slack_not_updated", key=post.key, reason=error_of(fault))
                return retry_after(fault.response) or AGAIN
            is_over = True
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            log.warning("slack_not_updated", key=post.key, reason=type(fault).__name__)
            return AGAIN
        await self._posts.show(post.key, shown=became.text, is_over=is_over)
        return None

    async def _rendered(
        self, post: Post, message: Message, became: Became, *, case: Case, now: datetime
    ) -> SlackMessage:
        """As it would be sent now; without the buyer once there is nothing to do about them."""
        assert case.handoff is not None
        contract = await self._engine.contract(case.handoff.contract)
        _, roster = await self._engine.in_force()
        to = recipient_of(message.to, roster=roster)
        sight = Sight(contract=contract, roster=roster, now=now)
        alert = alert_of(message, key=post.key, case=case, sight=sight, to=to)
        if became.is_over:
            return settled_message(alert, status=became.text)
        return message_of(alert, status=became.text)
