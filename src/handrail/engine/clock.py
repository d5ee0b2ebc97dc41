"""The clocks: the machine's, and one that only moves when told."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock. The only place in Handrail that reads it for a decision."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """Stands still until it is moved: rehearsals and simulations run on it."""

    def __init__(self, at: datetime) -> None:
        assert at.tzinfo is not None
        self._at = at

    def now(self) -> datetime:
        return self._at

    def move_to(self, at: datetime) -> None:
        assert at >= self._at, "virtual time does not run backwards"
        self._at = at
