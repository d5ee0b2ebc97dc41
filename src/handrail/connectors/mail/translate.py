"""Alert -> an e-mail in plain text and HTML. Pure; nothing a buyer typed becomes markup."""

import hashlib
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from handrail.connectors.mail.page import Page, html_of
from handrail.engine.alerts import Alert, Line, Recipient, lines_of
from handrail.engine.telling import spaced, tell_at, tell_clock, tell_day, tell_span

HEADER_CHARACTERS_MAX = 200
THREAD_CHARACTERS = 32  # of a hash: no two handoffs share them
VALUE_CHARACTERS_MAX = 300  # of what a buyer typed
SIGNED = (
    "What acts opens a page with one button, in your name, and works once, for 24 hours: do not"
    " pass this mail on."
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def email_of(alert: Alert, *, sender: str, message_domain: str) -> EmailMessage:
    """The message; its Message-ID is made of the delivery's key and the same at every repeat."""
    to = alert.to
    assert to is not None, "the deliverer gives mail a person"
    email = EmailMessage()
    email["From"] = sender
    email["To"] = Address(display_name=one_line(to.name), addr_spec=one_line(to.email))
    email["Subject"] = one_line(_subject(alert))[:HEADER_CHARACTERS_MAX]
    email["Date"] = format_datetime(alert.sent_at)
    email["Message-ID"] = f"<{alert.key}@{message_domain}>"
    email["Auto-Submitted"] = "auto-generated"
    if alert.handoff is not None:
        thread = _thread(alert.handoff, message_domain)
        email["In-Reply-To"] = thread
        email["References"] = thread
    facts = _facts(alert, to)
    email.set_content(_plain(alert, facts, to))
    email.add_alternative(_html(alert, facts, to), subtype="html")
    return email


def _thread(handoff: str, message_domain: str) -> str:
    """What the mails of one handoff answer to, so that mail clients group them.

    Hashed, since a handoff's id may hold what a form sent as the lead's id.
    """
    name = hashlib.sha256(handoff.encode()).hexdigest()[:THREAD_CHARACTERS]
    return f"<handoff-{name}@{message_domain}>"


def one_line(text: str) -> str:
    """Without line breaks or other controls: what may stand in a header."""
    return _CONTROL.sub(" ", text).strip()


def _subject(alert: Alert) -> str:
    if alert.folded:
        return alert.title
    return f"{alert.title}: {alert.brief.account or alert.brief.name or alert.lead}"


def _facts(alert: Alert, to: Recipient) -> list[tuple[str, str]]:
    """What is needed, each with its name; a line each in both forms."""
    brief, window = alert.brief, alert.window
    told: list[tuple[str, str | None]] = [
        ("Do", alert.act.text),
        ("Until", _until(window.until, alert.sent_at, to)),
        ("Clock", tell_clock(window.clock) if window.clock is not None else None),
        ("If not", alert.if_ignored),
        ("Buyer", brief.name),
        ("Title", brief.title),
        ("E-mail", brief.email),
        ("Phone", brief.phone),
        ("Account", brief.account),
        *((name.capitalize(), value) for name, value in brief.company),
        ("Tier", brief.tier),
        ("Asked for", spaced(brief.lead_type) if brief.lead_type is not None else None),
        (
            "Happened",
            "; ".join(f"{one.what} {tell_day(one.at, to.timezone)}" for one in alert.happened),
        ),
        ("Why", brief.why),
        ("Promised", "; ".join(brief.promised)),
        ("Draft", _drafted(alert)),
        ("Next", brief.next.text if brief.next is not None else None),
        ("Not by", _closed(alert)),
        ("Owner", alert.owner_name),
        ("Also told", ", ".join(alert.also_told)),
        ("Handoff" if alert.handoff else "About", alert.handoff or _about(alert)),
    ]
    return [(name, one_line(value)[:VALUE_CHARACTERS_MAX]) for name, value in told if value]


def _about(alert: Alert) -> str | None:
    return None if alert.folded else alert.lead


def _drafted(alert: Alert) -> str | None:
    opening = alert.brief.opening
    return f"{opening.text} (by {opening.model}; check it first)" if opening else None


def _closed(alert: Alert) -> str | None:
    """The ways by which the buyer may not be contacted."""
    reach = alert.brief.reach
    ways = [way for way, is_open in (("call", reach.call), ("mail", reach.mail)) if not is_open]
    return f"{' or '.join(ways)} ({reach.because})" if ways else None


def _happened(alert: Alert, to: Recipient) -> str:
    return "; ".join(f"{one.what} {tell_day(one.at, to.timezone)}" for one in alert.happened)


def _until(due_at: datetime, sent_at: datetime, to: Recipient) -> str:
    left = due_at - sent_at
    told = tell_span(left) + (" left" if left.total_seconds() > 0 else " ago")
    return f"{tell_at(due_at, to.timezone)} ({told})"


def _plain(alert: Alert, facts: list[tuple[str, str]], to: Recipient) -> str:
    lines = [alert.title, ""]
    lines += [f"{name + ':':<10} {value}" for name, value in facts]
    if alert.folded:
        lines += [
            "",
            *(f"- {line}{f': {url}' if url else ''}" for line, url in _list_of(alert, to)),
        ]
    if _links(alert):
        lines += ["", *(f"{label}: {url}" for label, url in _links(alert).items())]
    if any(button.url is not None and button.act != "open" for button in alert.buttons):
        lines += ["", SIGNED]
    return "\n".join(lines) + "\n"


def _list_of(alert: Alert, to: Recipient) -> list[tuple[str, str]]:
    """Each lead of a digest with the page it leads to, what is due first on top."""
    lines = lines_of(alert.folded)
    return [(one_line(_item(one, to))[:VALUE_CHARACTERS_MAX], one.url or "") for one in lines]


def _item(one: Line, to: Recipient) -> str:
    due = f", due {tell_day(one.due_at, to.timezone)}" if one.due_at is not None else ""
    return f"{one.account or one.about}: {'; '.join(one.titles)} ({one.about}{due})"


def _links(alert: Alert) -> dict[str, str]:
    return {button.label: button.url for button in alert.buttons if button.url is not None}


def _html(alert: Alert, facts: list[tuple[str, str]], to: Recipient) -> str:
    """The act and its buttons first, then what it is about."""
    (_, act), *others = facts
    return html_of(
        Page(
            title=alert.title,
            lead=act,
            links=tuple(_links(alert).items()),
            items=tuple(_list_of(alert, to)),
            facts=tuple(others),
        )
    )
