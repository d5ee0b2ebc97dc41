"""Named points at which a process may be killed: torture and simulation stand there."""

from typing import Protocol

CRASH_POINTS = ("decided", "staged", "committed", "sent")


class CrashPoints(Protocol):
    def reached(self, point: str) -> None:
        """Called at each named point; may not return."""
        ...


class NoCrash:
    def reached(self, point: str) -> None:
        pass
