"""The port by which an opening line may be drafted. Without one nothing is missing."""

from typing import Protocol

import msgspec
import structlog

from handrail.engine.alerts import Alert, Draft
from handrail.engine.alerts.drafted import Shown, may_stand, shown_of
from handrail.engine.deliver import Outcome, Sender

log = structlog.get_logger()
WORTH_A_LINE = frozenset({"assigned", "high_intent", "new_signal"})


class Drafter(Protocol):
    """A language model, or nothing. `name` is shown beside what it drafted."""

    @property
    def name(self) -> str: ...
    async def draft(self, shown: Shown) -> str | None:
        """One line, or None when there is none in time. Never raises."""
        ...


async def with_opening(alert: Alert, drafter: Drafter | None) -> Alert:
    """The alert with a draft in its brief, if one is wanted, came, and may stand."""
    if drafter is None or alert.kind not in WORTH_A_LINE or alert.brief.email is None:
        return alert
    shown = shown_of(alert.brief)
    text = await drafter.draft(shown)
    if text is None:
        log.info("no_draft", key=alert.key, because="none came in time")
        return alert
    if not may_stand(text, shown):
        log.info("no_draft", key=alert.key, because="it says more than it was shown")
        return alert
    opening = Draft(text=text.strip(), model=drafter.name)
    return msgspec.structs.replace(
        alert, brief=msgspec.structs.replace(alert.brief, opening=opening)
    )


class WithOpenings:
    """A sender to people whose alerts have an opening line where one was drafted in time."""

    def __init__(self, sender: Sender, drafter: Drafter) -> None:
        self._sender = sender
        self._drafter = drafter

    @property
    def needs_person(self) -> bool:
        return self._sender.needs_person

    async def send(self, alert: Alert) -> Outcome:
        return await self._sender.send(await with_opening(alert, self._drafter))
