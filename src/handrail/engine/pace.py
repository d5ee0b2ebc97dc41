"""How fast a channel may be used: what its vendor allows, over all and to one recipient.

Of this process; time comes from outside, and nothing here waits.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec


class Rate(msgspec.Struct, frozen=True):
    """`per_s` on average, `burst` at once. `to_one`: between two messages to one recipient."""

    per_s: int
    burst: int
    to_one: timedelta = timedelta(0)


# Slack: one message a second and conversation, several hundred a minute for a workspace.
RATES: Mapping[str, Rate] = {
    "slack": Rate(per_s=5, burst=20, to_one=timedelta(seconds=1)),
    "email": Rate(per_s=20, burst=100),
    "apprise": Rate(per_s=2, burst=10, to_one=timedelta(seconds=1)),  # of many vendors, one each
}
PLENTY = Rate(per_s=500, burst=1_000)  # a receiver of one's own says Retry-After when it is less


def rate_of(channel: str) -> Rate:
    return RATES.get(channel, PLENTY)


class Pace:
    """A bucket of tokens for one channel, and when each recipient may be written to again."""

    def __init__(self, rate: Rate) -> None:
        assert rate.per_s > 0
        assert rate.burst > 0
        self._rate = rate
        self._tokens = float(rate.burst)
        self._filled_at: datetime | None = None
        self._paused_until: datetime | None = None
        self._next_to: dict[str, datetime] = {}

    def is_paused(self, now: datetime) -> bool:
        return self._paused_until is not None and now < self._paused_until

    def pause(self, until: datetime) -> None:
        """The provider asked for it."""
        if self._paused_until is None or self._paused_until < until:
            self._paused_until = until

    def room(self, now: datetime) -> int:
        """How many may be sent now."""
        if self.is_paused(now):
            return 0
        if self._filled_at is not None and now > self._filled_at:
            passed_s = (now - self._filled_at).total_seconds()
            self._tokens = min(self._tokens + passed_s * self._rate.per_s, self._rate.burst)
        self._filled_at = max(now, self._filled_at or now)
        return int(self._tokens)

    def take(self, count: int) -> None:
        self._tokens -= count

    def free_at(self, recipient: str, *, now: datetime) -> datetime:
        """When it may be written to; if that is now, the next one waits its turn after it."""
        if not self._rate.to_one:
            return now
        free_at = self._next_to.get(recipient, now)
        if free_at > now:
            return free_at
        self._next_to = {one: at for one, at in self._next_to.items() if at > now}
        self._next_to[recipient] = now + self._rate.to_one
        return now
