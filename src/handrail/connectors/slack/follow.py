"""Changes posts when their handoff does: accepted, rejected, given away, run out, ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handrail.connectors.slack.client import error_of, is_busy, retry_after
from handrail.connectors.slack.translate import SlackMessage, message_of, settled_message
from handrail.engine.alerts import Sight
from handrail.engine.alerts.message import Message, read_message
from handrail.engine.engine import Engine
from handrail.engine.links import Links
from handrail.engine.posts import Became, Post, PostStore, became_of
from handrail.engine.recipients import recipient_of
from handrail.engine.ticker import Rhythm
from handrail.engine.wording import Wording
from handrail.kernel.decision import Case

LOOK = timedelta(milliseconds=500)
AGAIN = timedelta(seconds=5)  # after a failure, where Slack does not say how long
CHUNK = 500
TRIES_MAX = 20
# It can never be changed again: it was deleted, or is too old.
GONE = frozenset(
    """
    message_not_found cant_update_message edit_window_closed channel_not_found is_archived
    not_in_channel
    """.split()
)

log = structlog.get_logger()


class _Busy(Exception):
    """Slack takes no more for a while."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(f"not before {after}")
        self.after = after


class Follower:
    """Reads the ledger from where it stood at the start; what is open then is looked at once."""

    def __init__(
        self,
        engine: Engine,
        posts: PostStore,
        client: AsyncWebClient,
        *,
        links: Links | None = None,
    ) -> None:
        self._links = links
        self._engine = engine
        self._posts = posts
        self._client = client
        self._seq: int | None = None
        self._changed: set[str] = set()
        self._failed: dict[str, int] = {}  # tries of each that Slack did not take
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
        self._not_before = await self._bring_all(now)
        if self._not_before is not None:
            return self._not_before - now
        return LOOK if not self._changed else timedelta(0)

    async def _bring_all(self, now: datetime) -> datetime | None:
        """So many at a time; not before when what is left is tried again.

        What is posted about meanwhile is looked at the next time.
        """
        taken = sorted(self._changed)[:CHUNK]
        self._changed.difference_update(taken)
        by_handoff: dict[str, list[Post]] = {}
        try:
            for post in await self._posts.following(handoffs=taken):
                by_handoff.setdefault(post.handoff or "", []).append(post)
            for handoff, posts in by_handoff.items():
                if await self._bring(posts, now=now):
                    self._failed.pop(handoff, None)
                else:
                    self._fails(handoff)
        except _Busy as busy:
            self._changed.update(taken)
            return now + busy.after
        except BaseException:
            self._changed.update(taken)
            raise
        return now + AGAIN if self._failed else None

    def _fails(self, handoff: str) -> None:
        """Tried again later; one that never goes through must not be tried for ever."""
        tries = self._failed.pop(handoff, 0) + 1
        if tries < TRIES_MAX:
            self._failed[handoff] = tries
            self._changed.add(handoff)

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

    async def _bring(self, posts: Sequence[Post], *, now: datetime) -> bool:
        """All posts about one handoff; False when Slack does not take one. Raises _Busy."""
        lead, handoff = posts[0].lead, posts[0].handoff or ""
        found = await self._engine.store.case_of_handoff(handoff)
        messages = {row.key: row.body for row in await self._engine.store.deliveries_of(lead)}
        for post in posts:
            if post.key not in messages:  # a digest of which this alone was left
                stem = post.key.rpartition("-")[0]
                for row in await self._engine.store.folded(stem):
                    if row.handoff == post.handoff:
                        messages[post.key] = row.body
            if found is None or post.key not in messages:
                await self._posts.show(post.key, shown=post.shown, is_over=True)
                continue
            message = read_message(messages[post.key])
            if not await self._update(post, message, case=found.case, now=now):
                return False
        return True

    async def _update(self, post: Post, message: Message, *, case: Case, now: datetime) -> bool:
        _, roster = await self._engine.in_force()
        became = became_of(message, case=case, roster=roster, now=now)
        if became.text == post.shown and not became.is_over:
            return True
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
            if is_busy(fault):
                raise _Busy(retry_after(fault.response) or AGAIN) from fault
            if error_of(fault) not in GONE:
                log.warning("slack_not_updated", key=post.key, reason=error_of(fault))
                return False
            is_over = True
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            log.warning("slack_not_updated", key=post.key, reason=type(fault).__name__)
            return False
        await self._posts.show(post.key, shown=became.text, is_over=is_over)
        return True

    async def _rendered(
        self, post: Post, message: Message, became: Became, *, case: Case, now: datetime
    ) -> SlackMessage:
        """As it would be sent now; without the buyer once there is nothing to do about them."""
        assert case.handoff is not None
        contract = await self._engine.contract(case.handoff.contract)
        _, roster = await self._engine.in_force()
        to = recipient_of(message.to, roster=roster, zone=contract.timezone)
        sight = Sight(contract=contract, roster=roster, now=now)
        wording = Wording(key=post.key, to=to, links=self._links)
        alert = wording.of(message, case, sight=sight, now=now)
        if became.is_over:
            return settled_message(alert, status=became.text)
        return message_of(alert, status=became.text)
