"""Script lines about meetings, as commands."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from handrail.terms import command as cmd

CONFERENCING = "hook:conferencing"

Given = Mapping[str, Any]
MeetingLine = Callable[[Given, datetime], cmd.Command]
"""What the line says, and the instant at which it is read."""


def _booked(given: Given, now: datetime) -> cmd.BookMeeting:
    return cmd.BookMeeting(
        rep=str(given["rep"]), from_at=given["from"], until_at=given["until"], by=given.get("by")
    )


def _moved(given: Given, now: datetime) -> cmd.MoveMeeting:
    return cmd.MoveMeeting(
        rep=str(given["rep"]), from_at=given["from"], until_at=given["until"], by=str(given["by"])
    )


def _cancelled(given: Given, now: datetime) -> cmd.CancelMeeting:
    reason = given.get("reason")
    note = str(reason) if reason is not None else None
    return cmd.CancelMeeting(by=str(given["by"]), personal=cmd.Personal(note=note))


def _confirmed(given: Given, now: datetime) -> cmd.ConfirmMeeting:
    return cmd.ConfirmMeeting(by=str(given["by"]))


def _declined(given: Given, now: datetime) -> cmd.DeclineMeeting:
    return cmd.DeclineMeeting(by=str(given["by"]))


def _joined(given: Given, now: datetime) -> cmd.JoinMeeting:
    return cmd.JoinMeeting(who=given["who"], joined_at=now, by=CONFERENCING)


def _ended(given: Given, now: datetime) -> cmd.EndMeeting:
    return cmd.EndMeeting(ended_at=now, by=CONFERENCING)


def _missed(given: Given, now: datetime) -> cmd.MissMeeting:
    return cmd.MissMeeting()


def _unbooked(given: Given, now: datetime) -> cmd.NoteUnbooked:
    return cmd.NoteUnbooked(mailed=bool(given.get("mailed", True)))


MEETING_LINES: Mapping[str, MeetingLine] = {
    "meeting": _booked,
    "move": _moved,
    "cancel": _cancelled,
    "confirm": _confirmed,
    "decline": _declined,
    "joined": _joined,
    "ended": _ended,
    "missed": _missed,
    "unbooked": _unbooked,
}
