"""What a model is shown of a buyer, and which of its lines may stand."""

from datetime import UTC, datetime

import pytest

from handrail.engine.alerts import Brief
from handrail.engine.alerts.brief import Did
from handrail.engine.alerts.drafted import may_stand, shown_of

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
CANARY = "canary-7f3a"
BRIEF = Brief(
    account="bigco.example",
    company=(("name", "Big Co"), ("employees", "4000")),
    name=f"Lena {CANARY}",
    title="Head of <b>Data</b>",
    email=f"{CANARY}@bigco.example",
    phone="+1 555 0100",
    lead_type="demo",
    why="asked for a demo",
    did=(Did("pricing_view", AT, 3), Did("demo_request", AT)),
    promised=("an answer within 5 min",),
)
SHOWN = shown_of(BRIEF)


def test_neither_name_nor_address_is_shown_and_nothing_is_markup() -> None:
    told = repr(SHOWN)
    for hidden in (CANARY, "Lena", "0100", "<b>", "@"):
        assert hidden not in told
    assert "Head of b Data" in told.replace("/", "")


@pytest.mark.parametrize(
    "line",
    [
        "I saw that you looked at our pricing and asked for a demo.",
        "Thanks for the demo request, I can show you more within 5 min.",
        "You are Head of Data at Big Co, is this a good moment to talk?",
        "I'd like to show bigco.example what a demo looks like.",
    ],
)
def test_a_line_of_the_briefs_own_words_stands(line: str) -> None:
    assert may_stand(line, SHOWN)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Congratulations on your funding round!",
        "I saw that you looked at our pricing 7 times.",
        "Big Co has 5000 employees.",
        "We offer you 20 % off today.",
        "See https://evil.example for more.",
        "See evil.io for more.",
        "You get it free, we offer our best.",
        "Write to me at me@acme.example.",
        "Hello Lena, thanks for the demo request.",
        "<!channel> look at this",
        "*Act now*",
        "Your rival Initech uses us.",
        "thanks\nSubject: more",
        "You asked us to call you today.",
        "You asked for a call.",
        "You'd like us to call you.",
        "You are asking to talk.",
        "thanks " * 60,
        "Bonjour, merci pour la demande.",
        "th\u202eanks",
        "Pаyment is due.",  # a Cyrillic letter
    ],
)
def test_a_line_that_says_more_is_dropped(line: str) -> None:
    assert not may_stand(line, SHOWN)
