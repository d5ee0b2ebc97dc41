"""Script lines about meetings, as commands."""

from collections.abc import Callable, Mapping
from typing import Any

from handrail.terms import command as cmd

Given = Mapping[str, Any]


def _booked(given: Given) -> cmd.BookMeeting:
    return cmd.BookMeeting(
        rep=str(given["rep"]), from_at=given["from"], until_at=given["until"], by=given.get("by")
    )


def _moved(given: Given) -> cmd.MoveMeeting:
    return cmd.MoveMeeting(
        rep=str(given["rep"]), from_at=given["from"], until_at=given["until"], by=str(given["by"])
    )


def _cancelled(given: Given) -> cmd.CancelMeeting:
    reason = given.get("reason")
    note = str(reason) if reason is not None else None
    return cmd.CancelMeeting(by=str(given["by"]), personal=cmd.Personal(note=note))


MEETING_LINES: Mapping[str, Callable[[Given], cmd.Command]] = {
    "meeting": _booked,
    "move": _moved,
    "cancel": _cancelled,
    "confirm": lambda given: cmd.ConfirmMeeting(by=str(given["by"])),
    "missed": lambda given: cmd.MissMeeting(),
}
