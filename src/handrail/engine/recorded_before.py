"""Entries that were written before an event had all its fields, held against what it says now."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from handrail.terms import event as ev

_LATER: Mapping[type, tuple[str, ...]] = {
    ev.Assigned: ("short",),
    ev.SlaBreached: ("cause",),
    ev.Accepted: ("attempts_planned", "next_attempt_at"),
    ev.FirstAction: ("next_attempt_at",),
    ev.Acted: ("next_attempt_at",),
    ev.MeetingBooked: ("judge_at",),
    ev.NoShowJudged: ("signs",),
}
"""Fields that an event gained after ledgers had been written without them."""


def as_before(replayed: Sequence[ev.Event], recorded: Sequence[ev.Event]) -> list[ev.Event]:
    """The replayed events less what the recorded ones could not say yet: a field that came later
    and was left out; and with what was told before and no longer is. Everything else stays, so that
    every other difference is found."""
    replayed = _with_dropped(replayed, recorded)
    pairs = zip(replayed, recorded, strict=False)
    told: list[ev.Event] = [_without_later(one, other) for one, other in pairs]
    return [*told, *replayed[len(told) :]]


def _with_dropped(replayed: Sequence[ev.Event], recorded: Sequence[ev.Event]) -> list[ev.Event]:
    """A signal that said nothing more was told too."""
    told = [*replayed]
    for place, event in enumerate(recorded):
        is_told = isinstance(event, ev.Alerted | ev.AlertHeld) and event.kind == "new_signal"
        if is_told and event not in told[place : place + 1]:
            told.insert(place, event)
    return told


def _without_later(replayed: ev.Event, recorded: ev.Event) -> ev.Event:
    if type(replayed) is not type(recorded):
        return replayed
    unsaid = {name: getattr(recorded, name) for name in _LATER.get(type(replayed), ())}
    left_out: dict[str, Any] = {name: value for name, value in unsaid.items() if not value}
    return msgspec.structs.replace(replayed, **left_out) if left_out else replayed
