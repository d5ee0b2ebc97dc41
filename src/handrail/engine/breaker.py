"""Whether a channel's provider is asked at all: a provider that is down is left alone, then probed.

Of this process; another one learns it by itself. Time comes from outside.
"""

from datetime import datetime, timedelta
from typing import Literal

OPEN_AFTER = 5  # failures in a row
OPEN_AFTER_SECOND = timedelta(seconds=5)  # so long after the first one, a second one suffices
PROBE_FIRST = timedelta(seconds=1)
PROBE_MAX = timedelta(seconds=15)  # a provider that is back is seen at the latest after this

BreakerState = Literal["closed", "open", "probing"]


class Breaker:
    """Closed while the provider answers; open after failures in a row; then one probe at a time."""

    def __init__(self) -> None:
        self._failed = 0
        self._since: datetime | None = None  # the first of the failures in a row
        self._wait = PROBE_FIRST
        self._probe_at: datetime | None = None
        self._was_down = True  # before the first answer nothing is known: rows may wait from before

    @property
    def is_open(self) -> bool:
        return self._probe_at is not None

    def state(self, now: datetime) -> BreakerState:
        if self._probe_at is None:
            return "closed"
        return "open" if now < self._probe_at else "probing"

    def failed(self, now: datetime) -> None:
        """No answer, or one that says the provider is in trouble."""
        self._failed += 1
        self._since = self._since or now
        if self._probe_at is not None:
            if now < self._probe_at:
                return  # one of those that were under way when it opened
            self._wait = min(2 * self._wait, PROBE_MAX)
        elif self._failed < OPEN_AFTER and now - self._since < OPEN_AFTER_SECOND:
            return
        self._was_down = True
        self._probe_at = now + self._wait

    def answered(self) -> bool:
        """It was taken; True when the provider was down, or not known to be up, until now."""
        was_down = self._was_down
        self._failed, self._since, self._wait = 0, None, PROBE_FIRST
        self._probe_at, self._was_down = None, False
        return was_down
