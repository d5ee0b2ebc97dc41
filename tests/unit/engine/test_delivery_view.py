"""What became of a message, as the page of a lead says it: plain, and with what a person did."""

from datetime import timedelta

import msgspec
import pytest

from handrail.engine.alerts.message import Message
from handrail.engine.delivery_view import Decided, decided_of, delivery_view
from handrail.engine.ledger import encode
from handrail.engine.ports import Delivery
from tests.cast import START, THE_ROSTER

MINUTE = timedelta(minutes=1)
WAITING = Delivery(
    key="7-0-slack",
    lead="lena",
    handoff="lena-1",
    channel="slack",
    body=encode(Message(what="assigned", to="ada", at=START, seq=7, lead="lena")),
    due_at=START,
)
DIGEST = msgspec.structs.replace(
    WAITING, key="digest-ada-60-slack", state="delivered", sent_at=START + MINUTE
)


def with_(**parts: object) -> Delivery:
    return msgspec.structs.replace(WAITING, **parts)


def decided(act: str, **more: object) -> bytes:
    return encode({"act": act, "by": "mo", "at": START, **more})


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (WAITING, "waits to go by Slack"),
        (with_(tries=2, reason="answered 503"), "not yet taken by Slack: answered 503"),
        (with_(state="delivered", sent_at=START), "sent by Slack"),
        (with_(state="parked", reason="gone"), "could not be sent by Slack: gone"),
        (
            with_(state="cancelled", reason="the owner has changed"),
            "not sent by Slack: the owner has changed",
        ),
        (with_(state="moved", reason="down"), "not taken by Slack, sent another way: down"),
        (
            with_(state="delivered", decided=decided("retried", because="mended")),
            "sent by Slack; Mo Malik had it tried again (mended)",
        ),
        (
            with_(state="cancelled", reason="gone", decided=decided("cancelled")),
            "not sent by Slack; Mo Malik gave it up: gone",
        ),
        (
            with_(state="moved", reason="gone", decided=decided("moved", channel="email")),
            "not taken by Slack, sent another way; Mo Malik sent it by e-mail: gone",
        ),
        (with_(channel="pigeon"), "waits to go by pigeon"),
    ],
)
def test_each_state_reads_plainly(row: Delivery, said: str) -> None:
    assert delivery_view(row, roster=THE_ROSTER).says == said


@pytest.mark.parametrize(
    ("digest", "said"),
    [
        (DIGEST, "in one message with others, sent by Slack"),
        (
            msgspec.structs.replace(DIGEST, channel="email", state="parked", sent_at=None),
            "in one message with others, which could not be sent by e-mail",
        ),
        (
            msgspec.structs.replace(DIGEST, state="waiting", sent_at=None),
            "in one message with others, which waits to go by Slack",
        ),
        (None, "told together with other messages"),
    ],
)
def test_what_was_folded_shares_the_fate_of_what_took_it(
    digest: Delivery | None, said: str
) -> None:
    row = with_(state="folded", folded_into="digest-ada-60")
    view = delivery_view(row, roster=THE_ROSTER, digest=digest)
    assert view.says == said
    assert view.sent_at == (digest.sent_at if digest is not None else None)


def test_who_decided_is_read_back() -> None:
    found = decided_of(with_(decided=decided("moved", because="x", channel="email")))
    assert found == Decided(act="moved", by="mo", at=START, because="x", channel="email")
