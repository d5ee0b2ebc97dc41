"""Every kind of alert as mail and webhooks carry it: reviewed as a diff, and of the one schema.

`HANDRAIL_WRITE_GOLDEN=1 pytest tests/golden/test_mail_and_webhook.py` writes them anew.
"""

import json
import os
from typing import Any

import jsonschema
import msgspec
import pytest

from handrail.connectors.mail.translate import email_of
from handrail.connectors.webhook.translate import event_of
from handrail.engine.alerts import KINDS, Folded, schema
from handrail.engine.links import OWNED
from tests.alerts import alert
from tests.cast import MINUTE, START
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden"
OPEN = {"open": "https://h.example/leads/lena-1"}
LINKS = OPEN | {act: f"https://h.example/act/{act}" for act in OWNED}
CALLED = OPEN | {"reassign": "https://h.example/act/steer"}


def held(folder: str, name: str, text: str) -> None:
    file = GOLDEN / folder / name
    if os.environ.get("HANDRAIL_WRITE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_mail_is_worded_as_it_was_reviewed(kind: str) -> None:
    links = LINKS if KINDS[kind].to_owner else CALLED
    made = alert(kind, channel="email", links=links, lead__name="Lena <b>Lo</b>")
    email = email_of(made, sender="h@acme.example", message_domain="m.example")
    plain, html = email.get_body(("plain",)), email.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "<b>Lo" not in html.get_content()
    for text in (plain.get_content(), html.get_content()):
        assert made.if_ignored.replace("'", "&#x27;") in text or made.if_ignored in text
    head = f"Subject: {email['Subject']}\nTo: {email['To']}\n\n"
    held("mail", f"{kind}.txt", head + plain.get_content())
    held("mail", f"{kind}.html", html.get_content())


def test_mails_of_one_handoff_are_one_thread_and_of_two_are_two() -> None:
    def thread(kind: str, handoff: str | None) -> tuple[str, str, str]:
        made = msgspec.structs.replace(alert(kind, channel="email"), handoff=handoff)
        email = email_of(made, sender="h@acme.example", message_domain="m.example")
        assert len(email.get_all("Message-ID", [])) == 1
        return str(email["References"]), str(email["In-Reply-To"]), str(email["Bcc"])

    first = thread("assigned", "l-1")
    assert first == thread("stalled", "l-1")
    assert first[0] == first[1]
    assert first != thread("assigned", "l-2")
    typed = thread("assigned", "l>\r\nBcc: all@acme.example")
    assert "\n" not in typed[0]
    assert typed[2] == "None"
    assert thread("assigned", None)[0] == "None"


def test_a_digest_names_every_lead_that_it_folds_in_both_forms() -> None:
    folded = tuple(
        Folded(
            key=f"{number}-0-email",
            kind="assigned",
            title="A lead is yours",
            lead=f"l{number}",
            account=f"c{number}.example<script>",
            handoff=f"l{number}-1",
            due_at=START + number * MINUTE,
            url=f"https://h.example/leads/l{number}-1",
        )
        for number in range(500)
    )
    made = msgspec.structs.replace(alert("digest", channel="email"), folded=folded)
    email = email_of(made, sender="h@acme.example", message_domain="m.example")
    for form in ("plain", "html"):
        part = email.get_body((form,))
        assert part is not None
        assert all(f"(l{number}-1," in part.get_content() for number in range(500))
        assert all(f"https://h.example/leads/l{n}-1" in part.get_content() for n in range(500))
        assert form == "plain" or "<script>" not in part.get_content()
    short = msgspec.structs.replace(made, folded=folded[:2])
    plain = email_of(short, sender="h@acme.example", message_domain="m.example").get_body(
        ("plain",)
    )
    assert plain is not None
    held("mail", "digest-of-two.txt", plain.get_content())


def as_read(kind: str) -> dict[str, Any]:
    event = event_of(alert(kind, channel="webhook"), source="/handrail")
    read: dict[str, Any] = json.loads(json.dumps(event, default=_instant))
    return read


def _instant(value: Any) -> str:
    return str(value.isoformat().replace("+00:00", "Z"))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_webhook_carries_the_alert_as_its_schema_says(kind: str) -> None:
    event = as_read(kind)
    jsonschema.validate(event["data"], schema())
    assert event["data"]["act"]["text"]
    assert event["data"]["window"]["until"]
    held("webhook", f"{kind}.json", json.dumps(event, indent=1, sort_keys=True) + "\n")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_explained_with_its_act(kind: str) -> None:
    page = (ROOT / "docs" / "reference" / "alerts.md").read_text("utf-8")
    (line,) = [one for one in page.splitlines() if one.startswith(f"| `{kind}` |")]
    assert KINDS[kind].text in line
    assert KINDS[kind].title in line
