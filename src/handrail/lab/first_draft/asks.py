"""What buyers ask for, and what each way of asking is worth at first: a start to argue about."""

from collections.abc import Mapping
from typing import Literal

import msgspec

Urgency = Literal["at_once", "soon", "same_day"]


class Ask(msgspec.Struct, frozen=True):
    """One way of asking: the signal that shows it and the points of intent that it adds."""

    name: str
    means: str
    signal: str
    points: int
    urgency: Urgency
    limit: str = ""  # as it stands beside the points


_ALL = (
    Ask("demo", "asks for a demonstration", "demo_request", 100, "at_once"),
    Ask("contact", "asks to be called", "contact_request", 80, "at_once"),
    Ask("pricing", "asks for a price", "pricing_request", 80, "at_once"),
    Ask("trial", "started a trial", "trial_started", 60, "soon"),
    Ask("webinar", "came to a webinar", "webinar_attended", 40, "soon", "half_life: 14d"),
    Ask(
        "content", "downloaded something", "content_download", 10, "same_day", "at_most: 1 per day"
    ),
)
ASKS: Mapping[str, Ask] = {ask.name: ask for ask in _ALL}
"""By name, the most urgent first."""

SOON_FACTOR = 6  # a window for `soon` is so many times the one for `at_once`
SOON_MAX = 8 * 60  # minutes of a working day: what may wait till its end waits longer


def in_order(names: tuple[str, ...]) -> tuple[Ask, ...]:
    """These asks, the most urgent first, so that higher intent never waits longer."""
    return tuple(ask for ask in _ALL if ask.name in names)


def window(ask: Ask, *, minutes: int) -> str:
    """The time until the first human act, as the contract writes it."""
    match ask.urgency:
        case "at_once":
            return written(minutes)
        case "soon":
            return written(min(minutes * SOON_FACTOR, SOON_MAX))
        case "same_day":
            return "same_day"


def written(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours}h" * bool(hours) + f"{rest}m" * bool(rest)
