"""Alert -> a short text that reads the same wherever it is shown. Pure.

What becomes of it is another's: markdown in one service, HTML in the next, an SMS in a third. So
nothing of a buyer is in it but letters, digits and a few signs that mean nothing anywhere: no
mention, markup, link or address can be made of them.
"""

import re
from datetime import timedelta

import msgspec

from handrail.engine.alerts import Alert, Line, Recipient, lines_of
from handrail.engine.telling import spaced, tell_at, tell_day, tell_span

TITLE_MAX = 100
BODY_MAX = 900  # a few SMS; what is longer is cut at a line
VALUE_MAX = 60  # characters of what a buyer typed
LISTED_MAX = 8  # of a digest
ACTS_MAX = 2  # links
_UNSAFE = re.compile(r"[^\w ,'+()-]|_")
_MARKUP = re.compile(r"[^\w ,.;:'+()%-]|_")
_JOINED = re.compile(r"(?<=\w)\.(?=\w)")


class Words(msgspec.Struct, frozen=True):
    title: str
    body: str


def words_of(alert: Alert) -> Words:
    """What is asked first, then what it is about; ends with the links of the acts."""
    to = alert.to
    assert to is not None, "the deliverer gives a channel of persons a person"
    about = bare(alert.brief.account or "")
    title = f"{plain(alert.title)}: {about}" if about and not alert.folded else plain(alert.title)
    return Words(title=title[:TITLE_MAX], body=_fitted(_lines(alert, to), _links(alert)))


def bare(text: str) -> str:
    """Words that a buyer or a form gave: letters, digits and harmless signs."""
    return " ".join(_UNSAFE.sub(" ", _JOINED.sub(" ", text)).split())[:VALUE_MAX]


def plain(text: str) -> str:
    """Our own words, which may quote a signal's or a person's name: without signs of markup."""
    return " ".join(_MARKUP.sub(" ", _JOINED.sub(" ", text)).split())


def _lines(alert: Alert, to: Recipient) -> list[str]:
    brief, window = alert.brief, alert.window
    told = [
        plain(alert.act.text),
        f"Until {tell_at(window.until, to.timezone)} ({_left(window.left_s)})",
        f"If not: {plain(alert.if_ignored)}",
    ]
    if alert.folded:
        return told + _listed(alert, to)
    named = ", ".join(filter(None, (bare(brief.name or ""), bare(brief.title or ""))))
    facts = (
        ("Buyer", named),
        ("Phone", bare(brief.phone or "") if brief.reach.call else ""),
        ("Asked for", plain(spaced(brief.lead_type or ""))),
        ("Happened", "; ".join(bare(one.what) for one in alert.happened[:3])),
        ("Next", plain(brief.next.text) if brief.next is not None else ""),
        ("Not by", _closed(alert)),
        ("Handoff" if alert.handoff else "About", bare(alert.handoff or alert.lead)),
    )
    return told + [f"{name}: {value}" for name, value in facts if value]


def _listed(alert: Alert, to: Recipient) -> list[str]:
    lines = lines_of(alert.folded)
    told = [_item(one, to) for one in lines[:LISTED_MAX]]
    more = len(lines) - LISTED_MAX
    return [*told, f"and {more} more"] if more > 0 else told


def _item(one: Line, to: Recipient) -> str:
    due = f", due {tell_day(one.due_at, to.timezone)}" if one.due_at is not None else ""
    return f"- {bare(one.account or one.lead)}: {plain('; '.join(one.titles))}{due}"


def _closed(alert: Alert) -> str:
    reach = alert.brief.reach
    ways = [way for way, is_open in (("call", reach.call), ("mail", reach.mail)) if not is_open]
    return f"{' or '.join(ways)} ({plain(reach.because or '')})" if ways else ""


def _left(left_s: int) -> str:
    """To the minute: a text is read when it is read."""
    minutes = abs(left_s) // 60
    if minutes == 0:
        return "now"
    return f"{tell_span(timedelta(minutes=minutes))} {'left' if left_s > 0 else 'ago'}"


def _links(alert: Alert) -> list[str]:
    """The first acts and the page, where all the others are: a text is short."""
    linked = [button for button in alert.buttons if button.url is not None]
    acts = [button for button in linked if button.act != "open"][:ACTS_MAX]
    pages = [button for button in linked if button.act == "open"]
    return [f"{button.label}: {button.url}" for button in (*acts, *pages)]


def _fitted(lines: list[str], links: list[str]) -> str:
    """Whole lines, and the links whatever else is left out."""
    room = BODY_MAX - sum(len(link) + 1 for link in links)
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0 and kept:
            break
        kept.append(line)
    return "\n".join((*kept, *links))
