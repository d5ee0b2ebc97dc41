"""What a status in a chat system says of whether a rep takes leads: only what was agreed on. Pure.

People write whatever they like there. What no word of the setting names says nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from handrail.engine.presence import AWAY_LASTS, CALL_LASTS
from handrail.terms.evidence import Status, StatusState

MEETING_LASTS = timedelta(hours=1)  # where the status has no end of its own
LASTS: dict[StatusState, timedelta] = {
    "away": AWAY_LASTS,
    "on_call": CALL_LASTS,
    "in_meeting": MEETING_LASTS,
}
SAYS = tuple(LASTS)


def read_statuses(entries: Sequence[str]) -> dict[str, StatusState]:
    """`:palm_tree:=away`: what stands in a status, and what it says. Raises ValueError."""
    agreed: dict[str, StatusState] = {}
    for entry in entries:
        shown, found, state = entry.rpartition("=")
        said = next((one for one in SAYS if one == state.strip()), None)
        if not found or not shown.strip() or said is None:
            raise ValueError(
                f"{entry!r} is no entry: write an emoji or a text, =, and one of {', '.join(SAYS)}"
            )
        agreed[_plain(shown)] = said
    return agreed


def status_of(
    *,
    emoji: str,
    text: str,
    until_at: datetime | None,
    at: datetime,
    agreed: Mapping[str, StatusState],
) -> Status:
    """Since `at`. Every status ends: at its own end, or when such a thing is over as a rule."""
    said = agreed.get(_plain(text)) or agreed.get(_plain(emoji))
    if said is None:
        return Status(state="available", at=at, until_at=at)
    return Status(state=said, at=at, until_at=until_at or at + LASTS[said])


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
