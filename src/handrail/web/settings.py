"""What the doors must be told: under which names they are reached, and who may knock unasked."""

from collections.abc import Mapping

import msgspec

from handrail.engine.booking.links import BookingLinks
from handrail.engine.conferencing.reading import PRESETS as CONFERENCES
from handrail.engine.conferencing.reading import ConferenceMapping
from handrail.engine.syncing.connecting import Connecting
from handrail.engine.telephony.reading import PRESETS, CallMapping

LATE_MAX_S = 5.0  # clocks that run later than this turn the health page red


class HookSource(msgspec.Struct, frozen=True, kw_only=True):
    """One sender of webhooks: its live secrets (two while rotating), and where our names lie.

    `meetings`: it is a conferencing system, and how what it tells of who came is read.
    `mapping` gives, for our key (`id`, `email`, `lead.country`, `signals`), the dotted path in the
    sender's `data`; without it the body is read as a lead as it is. `calls`: it is a telephone
    system, and how its calls are read: a preset's name or a mapping.
    """

    secrets: tuple[str, ...]
    mapping: Mapping[str, str] = {}
    calls: CallMapping | str | None = None
    meetings: ConferenceMapping | str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.meetings, str) and self.meetings not in CONFERENCES:
            known = ", ".join(CONFERENCES)
            raise ValueError(f"no preset {self.meetings!r} for meetings; there is {known}")
        if isinstance(self.calls, str) and self.calls not in PRESETS:
            raise ValueError(f"no preset {self.calls!r} for calls; there are {', '.join(PRESETS)}")

    @property
    def telephony(self) -> CallMapping | None:
        """How its calls are read, if it is a telephone system."""
        return PRESETS[self.calls] if isinstance(self.calls, str) else self.calls

    @property
    def conferencing(self) -> ConferenceMapping | None:
        """How who came to its meetings is read, if it is a conferencing system."""
        return CONFERENCES[self.meetings] if isinstance(self.meetings, str) else self.meetings


class WebSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`hosts`: the names that a Host header may carry; empty means any, or, in open access, only
    those of the loopback. `proxies`: who may say for whom they ask (`X-Forwarded-For`). `booking`:
    without it no answer has a link to a booking page."""

    hosts: tuple[str, ...] = ()
    hooks: Mapping[str, HookSource] = {}
    proxies: tuple[str, ...] = ()
    booking: BookingLinks | None = None
    calendars: Connecting | None = None
    late_max_s: float = LATE_MAX_S
    poll_s: float = 1.0  # how often the head is looked at, for what other nodes have committed
    observes: bool = False  # decides and records, and messages nobody: the console says so
    heartbeat_s: float = 15.0  # a comment on an idle stream, so that nobody between closes it
