"""Slack's limits on blocks, as published at docs.slack.dev/reference/block-kit: what is refused.

The fake refuses by them, and every golden message is held against them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

BLOCKS_MAX = 50  # a message's; a modal may hold 100
HEADER_MAX, TEXT_MAX, FIELD_MAX, LABEL_MAX = 150, 3_000, 2_000, 2_000
FIELDS_MAX, CONTEXT_MAX, ACTIONS_MAX = 10, 10, 25
BUTTON_MAX, VALUE_MAX, URL_MAX, ACTION_MAX = 75, 2_000, 3_000, 255
OPTIONS_MAX, OPTION_MAX = 100, 75
STYLES = frozenset({"primary", "danger"})
INPUTS = frozenset({"static_select", "plain_text_input", "datetimepicker"})
# `<!channel>`, `<@U123>`, `<#C123>`: what would call people together. Dates are no mentions.
MENTION = re.compile(r"<(?:[@#]|!(?!date\^))")

Block = Mapping[str, Any]


def faults_of(blocks: Sequence[Block]) -> list[str]:
    """What Slack, or we, would refuse of it; empty when all is well."""
    faults = [f"{len(blocks)} blocks"] if len(blocks) > BLOCKS_MAX else []
    for number, block in enumerate(blocks):
        faults += [f"/blocks/{number}: {fault}" for fault in _faults(block)]
    return faults


def _faults(block: Block) -> Iterator[str]:
    match block.get("type"):
        case "header":
            yield from _text(block.get("text"), most=HEADER_MAX, kinds=("plain_text",))
        case "section":
            yield from _section(block)
        case "context":
            yield from _many(block, "elements", most=CONTEXT_MAX)
            for element in block.get("elements", ()):
                yield from _text(element, most=TEXT_MAX)
        case "actions":
            yield from _many(block, "elements", most=ACTIONS_MAX)
            ids = [element.get("action_id") for element in block.get("elements", ())]
            if len(set(ids)) != len(ids):
                yield "two elements have one action_id"
            for element in block.get("elements", ()):
                yield from _button(element)
        case "input":
            yield from _input(block)
        case other:
            yield f"type {other!r} is not used here"


def _section(block: Block) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield "neither text nor fields"
    if "text" in block:
        yield from _text(block["text"], most=TEXT_MAX)
    if "fields" in block:
        yield from _many(block, "fields", most=FIELDS_MAX)
        for field in block["fields"]:
            yield from _text(field, most=FIELD_MAX)


def _many(block: Block, name: str, *, most: int) -> Iterator[str]:
    if not 1 <= len(block.get(name, ())) <= most:
        yield f"{len(block.get(name, ()))} {name}"


def _text(
    text: Any, *, most: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")
) -> Iterator[str]:
    if not isinstance(text, Mapping) or text.get("type") not in kinds:
        yield f"text is no {' or '.join(kinds)}"
        return
    said = text.get("text")
    if not isinstance(said, str) or not 1 <= len(said) <= most:
        yield f"text of {len(said) if isinstance(said, str) else 0} characters"
        return
    if MENTION.search(said):
        yield "text mentions somebody"
    allowed = (
        {"type", "text", "emoji"} if text["type"] == "plain_text" else {"type", "text", "verbatim"}
    )
    if set(text) - allowed:
        yield f"text has {sorted(set(text) - allowed)}"


def _button(element: Block) -> Iterator[str]:
    if element.get("type") != "button":
        yield f"element {element.get('type')!r} is not used here"
        return
    yield from _text(element.get("text"), most=BUTTON_MAX, kinds=("plain_text",))
    if not 1 <= len(element.get("action_id", "")) <= ACTION_MAX:
        yield "action_id"
    if len(element.get("value", "")) > VALUE_MAX:
        yield "value is too long"
    if len(element.get("url", "")) > URL_MAX:
        yield "url is too long"
    if element.get("style", "primary") not in STYLES:
        yield "style"


def _input(block: Block) -> Iterator[str]:
    yield from _text(block.get("label"), most=LABEL_MAX, kinds=("plain_text",))
    element = block.get("element", {})
    if element.get("type") not in INPUTS:
        yield f"element {element.get('type')!r} is not used here"
    if element.get("type") == "static_select":
        yield from _many(element, "options", most=OPTIONS_MAX)
        for option in element.get("options", ()):
            yield from _text(option.get("text"), most=OPTION_MAX, kinds=("plain_text",))
            if not 1 <= len(option.get("value", "")) <= OPTION_MAX * 2:
                yield "option's value"
