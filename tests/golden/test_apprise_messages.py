"""Every kind of alert as other services get it: short, plain, and nobody's markup.

`HANDRAIL_WRITE_GOLDEN=1 pytest tests/golden/test_apprise_messages.py` writes them anew.
"""

import re
from datetime import timedelta

import msgspec
import pytest

from handrail.connectors.apprise.translate import BODY_MAX, TITLE_MAX, words_of
from handrail.engine.alerts import KINDS, Folded
from handrail.engine.alerts.alert import Button
from tests.alerts import alert
from tests.cast import START
from tests.golden.test_mail_and_webhook import CALLED, LINKS, held

RUDE = (
    "<!channel> @everyone *Lena* _x_ `y` [a](https://evil.example) #b ~c~ |d| "
    "evil.example/z\n\u202e"
)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_is_worded_as_it_was_reviewed(kind: str) -> None:
    links = LINKS if KINDS[kind].to_owner else CALLED
    made = alert(kind, channel="apprise", links=links, lead__name="Lena Lo", lead__phone="+1 555")
    words = words_of(made)
    assert len(words.title) <= TITLE_MAX
    assert len(words.body) <= BODY_MAX
    assert "Until " in words.body
    assert "If not: " in words.body
    held("apprise", f"{kind}.txt", f"{words.title}\n\n{words.body}\n")


def test_nothing_that_was_typed_is_markup_a_mention_or_a_link() -> None:
    made = alert("assigned", channel="apprise", lead__name=RUDE, lead__title=RUDE, lead__phone=RUDE)
    happened = tuple(msgspec.structs.replace(one, what=RUDE[:100]) for one in made.happened)
    brief = msgspec.structs.replace(made.brief, account=RUDE, lead_type=RUDE)
    rude = msgspec.structs.replace(made, title=RUDE, brief=brief, happened=happened)
    words = words_of(rude)
    for text in (words.title, words.body):
        assert not set("<>@*_`[]#~|!/\u202e\\") & set(text)
        assert not re.search(r"\w\.\w", text), "no service makes a link of a host's name"
    assert "Lena" in words.body


def test_what_is_too_long_loses_lines_and_never_its_links() -> None:
    made = alert("assigned", channel="apprise", lead__name="x" * 5_000)
    buttons = tuple(
        Button(act=act, label=act, url=f"https://h.example/{act}/{'k' * 300}")
        for act in ("accept", "reject")
    )
    full = msgspec.structs.replace(made, if_ignored="word " * 79, buttons=buttons)
    body = words_of(full).body
    assert made.act.text[:20] in body
    assert all(str(button.url) in body for button in buttons)
    assert len(body) <= BODY_MAX


def test_a_digest_names_the_first_and_counts_the_rest() -> None:
    folded = tuple(
        Folded(
            key=f"{number}-0-apprise",
            kind="assigned",
            title="A lead is yours",
            lead=f"l{number}",
            account=f"c{number}.example",
            handoff=f"l{number}-1",
            due_at=START + timedelta(minutes=number),
        )
        for number in range(500)
    )
    made = msgspec.structs.replace(alert("digest", channel="apprise"), folded=folded)
    words = words_of(made)
    assert len(words.body) <= BODY_MAX
    assert "and 492 more" in words.body
    held("apprise", "digest-of-many.txt", f"{words.title}\n\n{words.body}\n")
