"""A buyer who closed ways, and a reader who is not the owner, as each channel shows them.

`HANDRAIL_WRITE_GOLDEN=1 pytest tests/golden/test_ways_left_open.py` writes them anew.
"""

import json
from collections.abc import Callable, Mapping

import msgspec
import pytest

from handrail.connectors.apprise.translate import words_of
from handrail.connectors.mail.translate import email_of
from handrail.connectors.slack.translate import message_of
from handrail.connectors.webhook.translate import event_of
from handrail.engine.alerts import KINDS, Alert
from tests.alerts import alert
from tests.golden.test_mail_and_webhook import LINKS, held

LENA = {"lead__name": "Lena Lindqvist", "lead__phone": "+1 555 0100", "lead__title": "Head of IT"}
WAYS = {"call-only": ["call"], "mail-only": ["mail"], "no-way": "no"}
HTML = "\n--- as HTML\n"


def as_mail(made: Alert) -> str:
    """Both forms; the golden file holds the plain one."""
    email = email_of(made, sender="h@acme.example", message_domain="m.example")
    plain, html = email.get_body(("plain",)), email.get_body(("html",))
    assert plain is not None
    assert html is not None
    head = f"Subject: {email['Subject']}\nTo: {email['To']}\n\n"
    return f"{head}{plain.get_content()}{HTML}{html.get_content()}"


def as_slack(made: Alert) -> str:
    told = msgspec.to_builtins(message_of(made))
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def as_webhook(made: Alert) -> str:
    event = msgspec.to_builtins(event_of(made, source="/handrail"))
    return json.dumps(event, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def as_apprise(made: Alert) -> str:
    words = words_of(made)
    return f"{words.title}\n\n{words.body}\n"


CHANNELS: Mapping[str, tuple[Callable[[Alert], str], str]] = {
    "apprise": (as_apprise, "txt"),
    "email": (as_mail, "txt"),
    "slack": (as_slack, "json"),
    "webhook": (as_webhook, "json"),
}


def rendered(channel: str, made: Alert) -> str:
    render, _ = CHANNELS[channel]
    return render(made)


@pytest.mark.parametrize("channel", sorted(CHANNELS))
@pytest.mark.parametrize("way", sorted(WAYS))
def test_a_closed_way_is_said_and_not_asked_for(way: str, channel: str) -> None:
    made = alert("assigned", channel=channel, links=LINKS, lead__may_contact=WAYS[way], **LENA)
    text = rendered(channel, made)
    assert "the buyer's wish" in text or "the buyer&#x27;s wish" in text
    asked = made.act.text + (made.brief.next.text if made.brief.next is not None else "")
    if way != "call-only":
        assert "all: " not in asked, "nobody is asked to call"
        assert not any(button.act == "called" for button in made.buttons)
    if way == "no-way":
        assert "Do not contact the buyer" in text
    held("ways", f"{way}.{channel}.{CHANNELS[channel][1]}", text.partition(HTML)[0])


@pytest.mark.parametrize("channel", sorted(CHANNELS))
@pytest.mark.parametrize("kind", ["high_intent", "manager_alerted"])
def test_a_manager_reads_of_the_account_and_not_of_the_buyer(kind: str, channel: str) -> None:
    made = alert(kind, channel=channel, to_manager=True, **LENA)
    text = rendered(channel, made)
    for secret in ("Lindqvist", "555 0100", "Head of IT", "lena@"):
        assert secret not in text
    name = f"{kind}-to-manager.{channel}.{CHANNELS[channel][1]}"
    held("ways", name, text.partition(HTML)[0])


@pytest.mark.parametrize("channel", sorted(CHANNELS))
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_only_the_owner_reads_who_the_buyer_is(kind: str, channel: str) -> None:
    for to_manager in (False, True):
        made = alert(kind, channel=channel, to_manager=to_manager, **LENA)
        knows = "Lindqvist" in rendered(channel, made)
        assert not knows or (KINDS[kind].to_owner and not to_manager)
