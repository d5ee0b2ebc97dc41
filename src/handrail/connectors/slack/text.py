"""Words as Slack may show them: escaped, cut to its limits, never markup. Pure."""

import re
from datetime import datetime

PLAIN_MAX = 3_000  # characters of one text in a section
FIELD_MAX = 2_000
HEADER_MAX = 150
BUTTON_MAX = 75
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_CUT_ENTITY = re.compile(r"&[a-z]{0,3}$")
_MARKUP = str.maketrans(dict.fromkeys("*_~`", ""))


def escaped(text: str, *, most: int = PLAIN_MAX) -> str:
    """On one line, with Slack's three signs as entities: no mention, link or date can be in it."""
    line = _CONTROL.sub(" ", text).strip()
    told = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(told) <= most:
        return told
    return _CUT_ENTITY.sub("", told[: most - 1]) + "…"


def unmarked(text: str, *, most: int = PLAIN_MAX) -> str:
    """As `escaped`, for where Slack reads markup: without the signs of bold, italic and code."""
    return escaped(text.translate(_MARKUP), most=most)


def plain(text: str, *, most: int = PLAIN_MAX) -> dict[str, object]:
    """A text object that Slack shows as it stands. Empty texts are refused by Slack."""
    return {"type": "plain_text", "text": escaped(text, most=most) or "-", "emoji": False}


def markup(text: str) -> dict[str, object]:
    """A text object that Slack reads; whatever came from outside is `unmarked` by then."""
    assert len(text) <= PLAIN_MAX
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def at_local(at: datetime) -> str:
    """An instant that Slack shows in each reader's own zone."""
    told = f"{at:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{told}>"
