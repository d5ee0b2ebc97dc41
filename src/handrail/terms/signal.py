"""Signals: observed behaviours, each with its instant."""

from datetime import datetime

import msgspec


class Signal(msgspec.Struct, frozen=True, gc=False):
    """One observed behaviour of a lead; `at` is an aware UTC instant."""

    name: str
    at: datetime


def in_order(signals: tuple[Signal, ...]) -> tuple[Signal, ...]:
    """Signals by time, then name: the one order in which scores read them."""
    return tuple(sorted(signals, key=lambda signal: (signal.at, signal.name)))
