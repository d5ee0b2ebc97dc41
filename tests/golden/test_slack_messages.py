"""Every kind of alert as Slack gets it: the text reviewed as a diff, the blocks within its limits.

`HANDRAIL_WRITE_GOLDEN=1 pytest tests/golden/test_slack_messages.py` writes them anew.
"""

import json
import os
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from handrail.connectors.slack.blocks import faults_of
from handrail.connectors.slack.text import PLAIN_MAX, escaped
from handrail.connectors.slack.translate import SlackMessage, message_of, settled_message
from handrail.engine.alerts import KINDS, Alert, Folded
from handrail.engine.alerts.alert import Button
from handrail.engine.alerts.brief import Brief, Draft
from tests.alerts import alert as made
from tests.cast import START
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden" / "slack"
RUDE = "<!channel> *Lena* & <@U1> `x` https://evil.example " + "\u202e\n"


def alert(kind: str, **attributes: Any) -> Alert:
    return made(kind, channel="slack", **attributes)


def rude() -> Alert:
    return alert("assigned", lead__name=RUDE, account__name=RUDE, lead__title=RUDE, lead__phone="1")


def written(message: SlackMessage) -> str:
    return json.dumps(msgspec.to_builtins(message), indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_is_rendered_as_it_was_reviewed(kind: str) -> None:
    message = message_of(alert(kind))
    assert faults_of(message.blocks) == []
    file = GOLDEN / f"{kind}.json"
    if os.environ.get("HANDRAIL_WRITE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(written(message), encoding="utf-8")
    assert written(message) == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_message_has_its_act_and_its_window(kind: str) -> None:
    told = alert(kind)
    text = written(message_of(told))
    assert told.act.text in text
    assert "Until <!date^" in text
    assert "If not: " in text


def test_nothing_that_was_typed_is_markup() -> None:
    message = message_of(rude())
    assert faults_of(message.blocks) == []
    text = written(message)
    for bad in ("<!channel>", "<@", "\u202e", "*Lena*\\"):
        assert bad not in text
    marked = [
        block["text"]["text"]
        for block in message.blocks
        if block.get("text", {}).get("type") == "mrkdwn"
    ]
    assert not any("Lena" in said or "evil" in said for said in marked)
    assert not set("*_~`<>") & set(message.text)


def test_a_digest_shows_all_that_it_folds() -> None:
    folded = tuple(
        Folded(
            key=f"{number}-0-slack",
            kind="assigned",
            title="A lead is yours",
            lead=f"lead-{number:04}",
            account=f"{'a' * 40}-{number}.example",
            handoff=f"lead-{number:04}-1",
            due_at=START + timedelta(minutes=number),
            url=f"https://handrail.acme.example/leads/lead-{number:04}-1",
        )
        for number in range(500)
    )
    message = message_of(msgspec.structs.replace(alert("digest"), folded=folded))
    assert faults_of(message.blocks) == []
    text = written(message)
    assert all(f"<{one.url}|Open>" in text for one in folded)


def test_the_longest_alert_stays_within_slacks_limits() -> None:
    long = "<&>" * 2_000
    full = msgspec.structs.replace(
        rude(),
        if_ignored=long[:400],
        brief=Brief(
            account=long,
            company=tuple((f"fact {number}", long) for number in range(20)),
            name=long,
            title=long,
            email=long,
            phone=long,
            why=long,
            promised=(long,) * 9,
            opening=Draft(text=long, model="m"),
        ),
        also_told=(long,) * 9,
        buttons=tuple(
            Button(act=act, label=long[:400], url="https://x.example")
            for act in ("accept", "reject", "open", "calendar")
        ),
        folded=tuple(Folded(key=str(n), kind="k", title="t", lead=long) for n in range(2_000)),
    )
    assert faults_of(message_of(full, status=long).blocks) == []
    assert faults_of(settled_message(full, status=long).blocks) == []


def test_a_text_is_cut_between_signs_and_never_within_an_entity() -> None:
    for most in range(2, 40):
        cut = escaped("a&b<c>d" * 10, most=most)
        assert len(cut) <= most
        bare = cut
        for entity in ("&amp;", "&lt;", "&gt;"):
            bare = bare.replace(entity, "")
        assert "&" not in bare
    assert escaped("x" * 5_000) == "x" * (PLAIN_MAX - 1) + "…"
