"""Alert -> Block Kit message. Pure; what a buyer typed stands in plain text only, escaped."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from handrail.connectors.slack.text import (
    BUTTON_MAX,
    FIELD_MAX,
    HEADER_MAX,
    PLAIN_MAX,
    at_local,
    markup,
    plain,
    unmarked,
)
from handrail.engine.alerts import Alert, Button, Line, lines_of
from handrail.engine.telling import spaced, tell_at, tell_clock, tell_span

Block = dict[str, Any]

BLOCKS_MAX = 50  # Slack's own
FIELDS_MAX = 10  # of one section
VALUE_MAX = 300  # characters of what a buyer typed
LINE_MAX = 200  # characters of one lead in a digest
FACT_BLOCKS_MAX = 4
DIGEST_BLOCKS_MAX = BLOCKS_MAX - FACT_BLOCKS_MAX - 6  # besides all that is there once
METADATA = "handrail_alert"
# What is pressed in Slack itself; the others open a page.
PRESSED = frozenset({"accept", "reject", "called", "snooze", "reassign", "close", "silence", "why"})
PAGES = frozenset({"open", "calendar", "book"})
_STYLES = {"accept": "primary", "reject": "danger"}


class SlackMessage(msgspec.Struct, frozen=True):
    """The arguments of `chat.postMessage` and `chat.update`, without where it goes."""

    text: str  # of the notification
    blocks: list[Block]
    metadata: dict[str, Any]


class Pressed(msgspec.Struct, frozen=True):
    """What stands in a button: which handoff, told by which message."""

    handoff: str
    key: str


def message_of(alert: Alert, *, status: str = "") -> SlackMessage:
    """The alert with its buttons. `status`: what has become of it since, in plain words."""
    blocks = [
        _header(alert),
        *_status(status),
        _what_to_do(alert),
        *_facts(alert),
        *_digest(alert),
        _happened(alert),
        *_actions(alert),
    ]
    assert len(blocks) <= BLOCKS_MAX
    return SlackMessage(text=_notification(alert, status), blocks=blocks, metadata=_metadata(alert))


def settled_message(alert: Alert, *, status: str) -> SlackMessage:
    """What is left when there is nothing more to do: no buyer, no buttons."""
    blocks = [_header(alert), *_status(status)]
    return SlackMessage(text=_notification(alert, status), blocks=blocks, metadata=_metadata(alert))


def _header(alert: Alert) -> Block:
    return {"type": "header", "text": plain(_title(alert), most=HEADER_MAX)}


def _title(alert: Alert) -> str:
    return alert.title if alert.folded else f"{alert.title}: {alert.brief.account or alert.lead}"


def _status(status: str) -> list[Block]:
    return [{"type": "section", "text": plain(status)}] if status else []


def _notification(alert: Alert, status: str) -> str:
    """One line, where Slack reads markup."""
    said = status or f"{alert.act.text} {_left(alert)}"
    return unmarked(f"{_title(alert)}. {said}")


def _metadata(alert: Alert) -> dict[str, Any]:
    """The delivery's key, the same at every repeat."""
    payload = {"key": alert.key, "kind": alert.kind, "handoff": alert.handoff or ""}
    return {"event_type": METADATA, "event_payload": payload}


def _left(alert: Alert) -> str:
    left = timedelta(seconds=alert.window.left_s)
    return tell_span(left) + (" left" if alert.window.left_s > 0 else " ago")


def _what_to_do(alert: Alert) -> Block:
    clock = f", {tell_clock(alert.window.clock)} clock" if alert.window.clock else ""
    lines = [
        f"*{unmarked(alert.act.text)}*",
        f"Until {at_local(alert.window.until)} ({_left(alert)}){unmarked(clock)}",
        f"If not: {unmarked(alert.if_ignored)}",
    ]
    return {"type": "section", "text": markup("\n".join(lines))}


def _facts(alert: Alert) -> Iterator[Block]:
    """The brief, each fact with its name."""
    fields = [
        plain(f"{name}: {value[:VALUE_MAX]}", most=FIELD_MAX)
        for name, value in _told(alert)
        if value
    ]
    for start in range(0, min(len(fields), FACT_BLOCKS_MAX * FIELDS_MAX), FIELDS_MAX):
        yield {"type": "section", "fields": fields[start : start + FIELDS_MAX]}


def _told(alert: Alert) -> list[tuple[str, str | None]]:
    brief = alert.brief
    return [
        ("Buyer", brief.name),
        ("Title", brief.title),
        ("Phone", brief.phone),
        ("E-mail", brief.email),
        ("Account", brief.account),
        *((name.capitalize(), value) for name, value in brief.company),
        ("Tier", brief.tier),
        ("Asked for", spaced(brief.lead_type) if brief.lead_type is not None else None),
        ("Why", brief.why),
        ("Promised", "; ".join(brief.promised)),
        ("Next", brief.next.text if brief.next is not None else None),
        ("Not by", _closed(alert)),
        ("Slots", ", ".join(_local(slot, alert) for slot in brief.slots)),
        ("Draft, check it before you use it", brief.opening.text if brief.opening else None),
        ("Owner", alert.owner_name),
        ("Also told", ", ".join(alert.also_told)),
    ]


def _closed(alert: Alert) -> str | None:
    """The ways by which the buyer may not be contacted."""
    reach = alert.brief.reach
    ways = [way for way, is_open in (("call", reach.call), ("mail", reach.mail)) if not is_open]
    return f"{' or '.join(ways)} ({reach.because})" if ways else None


def _local(at: datetime, alert: Alert) -> str:
    """In the zone of whoever is told."""
    return tell_at(at, alert.to.timezone if alert.to is not None else "UTC")


def _happened(alert: Alert) -> Block:
    told = "; ".join(f"{one.what} {_local(one.at, alert)}" for one in alert.happened)
    about = alert.handoff or alert.lead
    return {"type": "context", "elements": [plain(told), plain(about, most=FIELD_MAX)]}


def _digest(alert: Alert) -> list[Block]:
    """All of a digest's leads, as many to a block as it holds; the rest is counted."""
    texts: list[str] = []
    shown = 0
    lines = lines_of(alert.folded)
    for line in (_folded_line(one, alert) for one in lines):
        if texts and len(texts[-1]) + len(line) + 1 <= PLAIN_MAX:
            texts[-1] += f"\n{line}"
        elif len(texts) < DIGEST_BLOCKS_MAX:
            texts.append(line)
        else:
            break
        shown += 1
    blocks = [{"type": "section", "text": markup(text)} for text in texts]
    if shown < len(lines):
        blocks.append({"type": "section", "text": plain(f"and {len(lines) - shown} more")})
    return blocks


def _folded_line(line: Line, alert: Alert) -> str:
    due = f", due {_local(line.due_at, alert)}" if line.due_at is not None else ""
    told = f"{line.account or line.about}: {'; '.join(line.titles)} ({line.about}{due})"
    said = unmarked(told, most=LINE_MAX)
    return f"• {said} <{line.url}|Open>" if line.url is not None else f"• {said}"


def _actions(alert: Alert) -> list[Block]:
    buttons = [made for button in alert.buttons if (made := _button(alert, button)) is not None]
    return [{"type": "actions", "elements": buttons}] if buttons else []


def _button(alert: Alert, button: Button) -> Block | None:
    made: Block = {
        "type": "button",
        "action_id": button.act,
        "text": plain(button.label, most=BUTTON_MAX),
    }
    if button.act in PRESSED:
        if alert.handoff is None:
            return None
        pressed = Pressed(handoff=alert.handoff, key=alert.key)
        made["value"] = msgspec.json.encode(pressed).decode()
        if button.act in _STYLES:
            made["style"] = _STYLES[button.act]
        return made
    return {**made, "url": button.url} if button.url is not None else None
