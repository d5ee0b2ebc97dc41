"""Whatever a buyer typed: Slack takes the message, and nothing in it is markup or calls people."""

import re

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from handrail.connectors.slack.blocks import faults_of
from handrail.connectors.slack.text import escaped, unmarked
from handrail.connectors.slack.translate import message_of, settled_message
from handrail.engine.alerts import Alert
from handrail.engine.alerts.brief import Brief
from tests.golden.test_slack_messages import alert

# Look-alikes of Slack's markup, entities cut in the middle, controls, and signs of every script.
PIECES = st.sampled_from("<!channel> <@U1> <#C1|x> &lt; & < > *b* _ ~ ` \n \x00 x".split(" "))
TEXTS = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=400).map("".join))
ASSIGNED = alert("assigned")
DATE = re.compile(r"<!date\^\d+\^[^|<>]*\|[^<>]*>")


def typed(text: str) -> Alert:
    brief = Brief(account=text, company=(("name", text),), name=text, title=text, why=text)
    return msgspec.structs.replace(ASSIGNED, brief=brief, lead=text or "lena")


@given(text=TEXTS, status=TEXTS)
def test_slack_takes_every_message_whatever_was_typed(text: str, status: str) -> None:
    assert faults_of(message_of(typed(text), status=status).blocks) == []
    assert faults_of(settled_message(typed(text), status=status).blocks) == []


@given(text=TEXTS)
def test_the_only_markup_is_ours(text: str) -> None:
    message = message_of(typed(text))
    for block in message.blocks:
        for found in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())):
            if not isinstance(found, dict) or "text" not in found:
                continue
            said = found["text"]
            if isinstance(said, str):
                assert not re.search("[<>]", DATE.sub("", said))
    assert not set(message.text) & set("<>*_~`")


@given(text=TEXTS, most=st.integers(2, 60))
def test_a_text_is_within_its_limit_and_no_entity_is_cut(text: str, most: int) -> None:
    for told in (escaped(text, most=most), unmarked(text, most=most)):
        assert len(told) <= most
        assert re.fullmatch(r"(?:[^&<>]|&(?:amp|lt|gt);)*", told)
