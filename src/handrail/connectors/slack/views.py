"""Modals: what Slack asks of a person before an act. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from handrail.connectors.slack.text import plain
from handrail.engine.telling import spaced

View = dict[str, Any]

TITLE_MAX = 24  # Slack's own limits
OPTIONS_MAX = 100
OPTION_MAX = 75
NOTE_MAX = 500
ID_MAX = 200
GIVEN = "given."  # before the name of a field that the contract requires
FIELDS_MAX = 40
SNOOZE_FOR = timedelta(hours=1)  # proposed


class Asked(msgspec.Struct, frozen=True):
    """What a modal carries back: about which handoff, and where to answer whoever opened it."""

    handoff: str
    answer_url: str = ""


def reject_view(asked: Asked, *, codes: Iterable[str]) -> View:
    return _view(
        "reject",
        "Reject",
        asked,
        [
            _choice("code", "Why?", [(code, spaced(code)) for code in codes]),
            _words("of", "If a duplicate: of which lead?", most=ID_MAX, is_optional=True),
            _words("note", "In your words", most=NOTE_MAX, is_optional=True),
        ],
    )


def close_view(asked: Asked, *, codes: Iterable[str]) -> View:
    return _view(
        "close",
        "Close",
        asked,
        [
            _choice("code", "Why did it come to that?", [(code, spaced(code)) for code in codes]),
            _words("note", "In your words", most=NOTE_MAX, is_optional=True),
        ],
    )


def snooze_view(asked: Asked, *, now: datetime) -> View:
    return _until_view("snooze", "Snooze", "No clock runs until", asked, now=now)


def silence_view(asked: Asked, *, now: datetime) -> View:
    return _until_view("silence", "Hold", "Nobody is paged until", asked, now=now)


def _until_view(callback: str, title: str, label: str, asked: Asked, *, now: datetime) -> View:
    """A time, and why."""
    until: View = {
        "type": "datetimepicker",
        "action_id": "until",
        "initial_date_time": int((now + SNOOZE_FOR).timestamp()),
    }
    return _view(
        callback,
        title,
        asked,
        [_input("until", label, until), _words("reason", "Why?", most=NOTE_MAX)],
    )


def reassign_view(asked: Asked, *, owners: Sequence[tuple[str, str]]) -> View:
    """`owners`: ids and names, those that are likely first."""
    return _view(
        "reassign",
        "Give to",
        asked,
        [_choice("owner", "To whom?", owners), _words("reason", "Why?", most=NOTE_MAX)],
    )


def accept_view(asked: Asked, *, missing: Sequence[str]) -> View:
    """A field for each name that the contract requires and the lead lacks."""
    return _view(
        "accept",
        "Accept",
        asked,
        [_words(GIVEN + name, spaced(name), most=NOTE_MAX) for name in missing[:FIELDS_MAX]],
    )


def answers_of(view: Mapping[str, Any]) -> dict[str, str]:
    """What was filled in, by name; what was left empty is not in it."""
    blocks = view.get("state", {}).get("values", {}).values()
    found = {name: _answer(element) for elements in blocks for name, element in elements.items()}
    return {name: answer for name, answer in found.items() if answer}


def asked_of(view: Mapping[str, Any]) -> Asked:
    return msgspec.json.decode(str(view.get("private_metadata", "")), type=Asked)


def _answer(element: Mapping[str, Any]) -> str:
    option = element.get("selected_option") or {}
    given = option.get("value") or element.get("selected_date_time") or element.get("value") or ""
    return "".join(char for char in str(given) if char.isprintable() or char == "\n").strip()


def _view(callback: str, title: str, asked: Asked, blocks: list[View]) -> View:
    return {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, most=TITLE_MAX),
        "submit": plain(title, most=TITLE_MAX),
        "close": plain("Cancel", most=TITLE_MAX),
        "private_metadata": msgspec.json.encode(asked).decode(),
        "blocks": blocks,
    }


def _choice(name: str, label: str, options: Iterable[tuple[str, str]]) -> View:
    told = [
        {"text": plain(text, most=OPTION_MAX), "value": value}
        for value, text in list(options)[:OPTIONS_MAX]
    ]
    return _input(name, label, {"type": "static_select", "action_id": name, "options": told})


def _words(name: str, label: str, *, most: int, is_optional: bool = False) -> View:
    element = {"type": "plain_text_input", "action_id": name, "max_length": most}
    return _input(name, label, element, is_optional=is_optional)


def _input(name: str, label: str, element: View, *, is_optional: bool = False) -> View:
    return {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": element,
        "optional": is_optional,
    }
