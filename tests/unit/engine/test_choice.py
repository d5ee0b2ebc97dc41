"""A person chooses channels and alerts; the contract, and what must arrive, set the limits."""

import msgspec
import pytest

from handrail.contract.model import Always
from handrail.contract.roster import read_roster
from handrail.engine.choice import check_choice, check_may_choose, is_off, order_of
from handrail.engine.deliver import Undeliverable
from handrail.engine.items import Refused
from handrail.engine.keys import ApiKey
from handrail.engine.ports import Choice
from handrail.terms import command as cmd
from tests.story import ACME, START
from tests.unit.engine.test_deliver import rows
from tests.unit.engine.test_fallback import House, house

__all__ = ["house"]

MAIL_FIRST = Choice(person="ada", channels=("email", "slack"), off=(), at=START, by="test")
MAIL_ONLY = msgspec.structs.replace(MAIL_FIRST, channels=("email",))
BOTH = ("slack", "email")
NOTHING = Always()
ROSTER = read_roster(ACME / "roster.yaml").roster  # type: ignore[union-attr]  # it reads, or nothing does


def order(choice: Choice | None, kind: str, always: Always = NOTHING) -> tuple[str, ...]:
    return order_of(choice, kind=kind, always=always, set_up=BOTH)


def test_what_must_arrive_falls_back_on_every_channel() -> None:
    assert order(None, "stalled") == BOTH
    assert order(MAIL_FIRST, "stalled") == ("email", "slack")
    assert order(MAIL_ONLY, "stalled") == ("email",)
    assert order(MAIL_ONLY, "assigned") == ("email", "slack")
    assert order(MAIL_ONLY, "stalled", Always(kinds=("stalled",))) == ("email", "slack")
    assert order(MAIL_ONLY, "stalled", Always(channels=("slack",))) == ("email", "slack")
    gone = msgspec.structs.replace(MAIL_ONLY, channels=("pager",))
    assert order(gone, "stalled") == BOTH, "a channel that is not set up reaches nobody"


def test_nobody_switches_off_what_must_arrive_or_what_the_contract_keeps() -> None:
    choice = msgspec.structs.replace(MAIL_ONLY, off=("stalled", "assigned"))
    assert is_off(choice, kind="stalled", always=NOTHING)
    assert not is_off(choice, kind="assigned", always=NOTHING)
    assert not is_off(choice, kind="stalled", always=Always(kinds=("stalled",)))
    for off, always in ((("assigned",), NOTHING), (("stalled",), Always(kinds=("stalled",)))):
        with pytest.raises(Refused, match="cannot be switched off"):
            check_choice(msgspec.structs.replace(MAIL_ONLY, off=off), always=always)
    with pytest.raises(Refused, match="slack cannot be switched off"):
        check_choice(MAIL_ONLY, always=Always(channels=("slack",)))
    with pytest.raises(Refused, match="there is no pigeon"):
        check_choice(msgspec.structs.replace(MAIL_ONLY, channels=("pigeon",)), always=NOTHING)
    check_choice(msgspec.structs.replace(MAIL_FIRST, off=("stalled",)), always=NOTHING)


async def test_who_chose_mail_is_told_by_mail(house: House) -> None:
    await house.story.engine.people.choose(MAIL_FIRST)
    await house.lead("lena")
    await house.wait(2)
    assert house.slack.alerts == []
    assert [alert.to_id for alert in house.mail.alerts] == ["ada"]


async def test_a_channel_that_was_passed_over_is_there_when_the_chosen_one_fails(
    house: House,
) -> None:
    await house.story.engine.people.choose(MAIL_FIRST)
    house.mail.answers = [Undeliverable(reason="no such box")]
    await house.lead("lena")
    await house.wait(3)
    assert [alert.to_id for alert in house.slack.alerts] == ["ada"]
    states = {row.channel: row.state for row in await rows(house.story)}
    assert states == {"webhook": "delivered", "slack": "delivered", "email": "moved"}


async def test_what_is_switched_off_is_not_sent_and_says_by_whom(house: House) -> None:
    choice = msgspec.structs.replace(MAIL_FIRST, channels=(), off=("new_signal",))
    await house.story.engine.people.choose(choice)
    await house.lead("lena")
    await house.story.do("lena", cmd.LogAct(rep="ada", act="call"))
    await house.wait(2)
    await house.story.lead("lena", "demo_request")
    await house.wait(5)
    off = [row for row in await rows(house.story) if b"new_signal" in row.body]
    personal = [row for row in off if row.channel != "webhook"]
    assert all(row.state == "cancelled" for row in personal)
    assert "new_signal" not in [alert.kind for alert in house.slack.alerts]


def key(*scopes: str, person: str | None = None) -> ApiKey:
    return ApiKey(name="desk", scopes=scopes, created_at=START, person=person)


@pytest.mark.parametrize(
    ("asks", "whose"),
    [
        (key("handoffs:write", person="ada"), "ada"),
        (key("handoffs:write", person="mo"), "ben"),
        (key("handoffs:write", person="mo"), "mo"),
        (key("handoffs:write", "roster:write"), "dana"),
        (key("admin"), "ada"),
        (None, "ada"),
    ],
)
def test_people_choose_for_themselves_managers_for_their_teams_revops_for_all(
    asks: ApiKey | None, whose: str
) -> None:
    check_may_choose(whose=whose, key=asks, roster=ROSTER)


@pytest.mark.parametrize(
    ("asks", "whose"),
    [
        (key("handoffs:write", person="ada"), "ben"),
        (key("handoffs:write", person="ada"), "mo"),
        (key("handoffs:write", person="mo"), "dana"),
        (key("handoffs:write"), "ada"),
    ],
)
def test_nobody_else_chooses_for_a_person(asks: ApiKey, whose: str) -> None:
    with pytest.raises(Refused, match="may not speak"):
        check_may_choose(whose=whose, key=asks, roster=ROSTER)
