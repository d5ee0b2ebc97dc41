"""What an alert says: the one act, its window, what follows if nobody acts, and the brief."""

import re
from datetime import datetime, timedelta

import jsonschema
import msgspec
import pytest

from handrail.engine.alerts import KINDS, Alert, Sight, alert_of, reach_of, schema
from handrail.engine.alerts.message import APART, Message, messages_of
from handrail.engine.channels import Channels
from handrail.engine.deliver import Delivered, Deliverer
from handrail.engine.links import OWNED
from handrail.engine.telling import tell_at
from handrail.kernel.decision import Case
from handrail.terms import command as cmd
from handrail.terms.effect import TellPerson
from handrail.terms.handoff import Incident
from handrail.terms.signal import Signal
from tests.story import START, Story


@pytest.fixture
async def story() -> Story:
    story = Story()
    await story.begin()
    await story.lead(
        "lena",
        "pricing_view",
        "demo_request",
        lead_country="US",
        account_employees=4000,
        lead_name="Lena Lo",
        lead_phone="+1 555 0100",
    )
    return story


def as_json(made: Alert) -> dict[str, object]:
    read: dict[str, object] = msgspec.json.decode(msgspec.json.encode(made))
    return read


async def case_of(story: Story) -> Case:
    found = await story.store.case_of_handoff("lena-1")
    assert found is not None
    return found.case


async def alert(
    story: Story,
    what: str,
    *,
    to: str = "ada",
    owner: str = "ada",
    due_at: datetime | None = None,
) -> Alert:
    case = await case_of(story)
    assert case.handoff is not None
    contract, roster = await story.engine.in_force()
    assert contract is not None
    clock = case.handoff.clock("first_action")
    assert clock is not None
    message = Message(
        what=what,
        to=to,
        at=START,
        seq=1,
        lead="lena",
        handoff="lena-1",
        owner=owner,
        clock=clock.kind,
        due_at=due_at or clock.due_at,
        also=("mo",),
    )
    sight = Sight(contract=contract, roster=roster, now=story.clock.now())
    return alert_of(message, key="1-0-email", case=case, sight=sight, to=None)


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_each_kind_has_one_act_and_a_window_and_says_what_follows(
    story: Story, kind: str
) -> None:
    made = await alert(story, kind)
    assert made.act.text == KINDS[kind].text
    assert made.window.until > made.at
    assert made.if_ignored
    assert made.happened
    assert made.also_told == ("Mo Malik",)
    jsonschema.validate(as_json(made), schema())


async def test_an_alert_without_an_act_meets_no_schema(story: Story) -> None:
    made = as_json(await alert(story, "assigned"))
    del made["act"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made, schema())


async def test_the_window_of_a_clocked_alert_is_the_clocks(story: Story) -> None:
    made = await alert(story, "assigned")
    assert (made.window.clock, made.window.until) == ("first_action", START + timedelta(minutes=5))
    assert made.window.left_s == 300
    assert "next responder" in made.if_ignored


async def test_the_owner_is_told_how_to_reach_the_buyer_and_nobody_else(story: Story) -> None:
    mine, theirs = await alert(story, "assigned"), await alert(story, "manager_alerted", to="mo")
    assert (mine.brief.name, mine.brief.phone) == ("Lena Lo", "+1 555 0100")
    assert (theirs.brief.name, theirs.brief.email, theirs.brief.phone) == (None, None, None)
    assert theirs.brief.account == mine.brief.account


@pytest.mark.parametrize(
    ("said", "call", "mail"),
    [
        (None, True, True),
        (True, True, True),
        (False, False, False),
        ("no", False, False),
        ("email", False, True),
        (["call"], True, False),
        ("Phone, Email", True, True),
        ("mail only", False, True),
        ("call;e-mail", True, True),
        ("all, no", False, False),
        (["no", "call"], False, False),
        ({"call": False, "mail": True}, False, True),
        (1, True, True),
        ("smoke signals", False, False),
    ],
)
async def test_a_way_that_the_buyer_closed_is_not_proposed(
    story: Story, said: object, call: bool, mail: bool
) -> None:
    case = await case_of(story)
    contract, roster = await story.engine.in_force()
    assert contract is not None
    lead = msgspec.structs.replace(
        case.lead, attributes={**case.lead.attributes, "lead.may_contact": said}
    )
    reach = reach_of(lead, contract)
    assert (reach.call, reach.mail) == (call, mail)
    message = Message(
        what="assigned", to="ada", at=START, seq=1, lead="lena", handoff="lena-1", owner="ada"
    )
    sight = Sight(contract=contract, roster=roster, now=START)
    made = alert_of(
        message, key="k", case=Case(lead=lead, handoff=case.handoff), sight=sight, to=None
    )
    assert made.brief.next is not None
    assert made.brief.next.way in {
        way for way, is_open in (("call", call), ("mail", mail)) if is_open
    } | {None}
    assert (made.brief.next.way is None) == (not call and not mail)


class Everyone:
    """A channel that takes every alert and keeps it."""

    needs_person = False

    def __init__(self) -> None:
        self.taken: list[Alert] = []

    async def send(self, alert: Alert) -> Delivered:
        self.taken.append(alert)
        return Delivered()


@pytest.mark.long
async def test_all_that_a_long_story_sends_meets_the_schema_with_an_act_and_a_window() -> None:
    story, everyone = Story(notices=Channels(["webhook"])), Everyone()
    deliverer = Deliverer(engine=story.engine, senders={"webhook": everyone})
    await story.begin()
    for number in range(12):
        await story.lead(f"l{number}", "demo_request", lead_country="US", account_employees=4000)
        for minute in range(number * 5, number * 5 + 5):
            await story.until(minute)
            await deliverer.deliver(story.clock.now())
            await deliverer.finish()
    kinds = {alert.kind for alert in everyone.taken}
    assert {"assigned", "sla_warned", "sla_breached", "manager_alerted", "incident"} <= kinds
    for alert in everyone.taken:
        jsonschema.validate(as_json(alert), schema())
        assert alert.act.text
        assert alert.window.until > alert.at


async def told_under(story: Story, kind: str, said: object) -> Alert:
    case = await case_of(story)
    contract, roster = await story.engine.in_force()
    assert contract is not None
    attributes = {**case.lead.attributes, "lead.may_contact": said}
    lead = msgspec.structs.replace(case.lead, attributes=attributes)
    message = Message(
        what=kind, to="ada", at=START, seq=1, lead="lena", handoff="lena-1", owner="ada"
    )
    links = {act: f"https://h.example/{act}" for act in OWNED}
    sight = Sight(contract=contract, roster=roster, now=START, links=links)
    return alert_of(
        message, key="k", case=Case(lead=lead, handoff=case.handoff), sight=sight, to=None
    )


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"digest", "incomplete"} - APART))
async def test_no_alert_asks_for_a_way_that_the_buyer_closed(story: Story, kind: str) -> None:
    closed = await told_under(story, kind, "no")
    if kind not in ("ownership_offered", "meeting_booked", "meeting_moved"):  # ask for no contact
        assert closed.act.text.startswith("Do not contact the buyer")
    assert closed.brief.next is not None
    assert closed.brief.next.text.startswith("Do not contact the buyer")
    assert "called" not in {button.act for button in closed.buttons}
    written = await told_under(story, kind, "mail")
    assert "call" not in written.act.text.casefold()
    assert "called" not in {button.act for button in written.buttons}


@pytest.mark.parametrize(
    ("clock", "act", "says"),
    [
        ("first_action", "contact", "Contact the buyer now"),
        ("accept_within", "accept", "Accept or reject the lead now"),
        ("handover", "accept", "Take the lead over now"),
        ("triage", "steer", "Say now what becomes of the lead"),
    ],
)
async def test_a_warning_asks_for_what_its_clock_waits_for(
    story: Story, clock: str, act: str, says: str
) -> None:
    case = await case_of(story)
    contract, roster = await story.engine.in_force()
    assert contract is not None
    message = Message(
        what="sla_warned", to="ada", at=START, seq=1, lead="lena", owner="ada", clock=clock
    )
    sight = Sight(contract=contract, roster=roster, now=START)
    made = alert_of(message, key="k", case=case, sight=sight, to=None)
    assert made.act.code == act
    assert made.act.text.startswith(says)


async def test_after_an_unsubscribe_no_signal_opens_mail_again(story: Story) -> None:
    case = await case_of(story)
    contract, _ = await story.engine.in_force()
    assert contract is not None
    reset = sorted({name for score in contract.scores for name in score.reset_on})[0]
    after = tuple(
        Signal(name=name, at=START + timedelta(minutes=n))
        for n, name in enumerate((reset, "pricing_view"))
    )
    lead = msgspec.structs.replace(case.lead, signals=(*case.lead.signals, *after))
    assert reach_of(lead, contract).because == "the buyer unsubscribed"
    assert reach_of(lead, contract).call


async def test_a_link_is_no_button_where_the_act_is_none_any_more(story: Story) -> None:
    await story.do("lena", cmd.Accept(rep="ada"))
    told = await told_under(story, "new_signal", "yes")
    assert [button.act for button in told.buttons] == ["called", "snooze", "why", "reassign"]


INSTANT = re.compile(r"\w{3} \d\d \w{3}, \d\d:\d\d \w[\w ]* time|\w{3} \d\d \w{3}, \d\d:\d\d UTC")


@pytest.mark.parametrize("accepted", [False, True])
async def test_what_follows_names_no_instant_but_the_end_of_the_window(
    story: Story, accepted: bool
) -> None:
    if accepted:
        await story.engine.command("lena-1", cmd.Accept(rep="ada"), actor="rep:ada")
    for kind in sorted(KINDS):
        made = await alert(story, kind)
        named = INSTANT.findall(made.if_ignored)
        assert set(named) <= {tell_at(made.window.until, "UTC")}, kind


async def test_a_clock_that_was_paused_ends_the_window_when_it_ends_now(story: Story) -> None:
    until = START + timedelta(hours=1)
    await story.engine.command("lena-1", cmd.Pause(by="mo", until=until), actor="person:mo")
    made = await alert(story, "assigned", due_at=START + timedelta(minutes=5))
    assert made.window.until == until + timedelta(minutes=5)


async def test_a_page_is_worth_something_until_the_next_one(story: Story) -> None:
    case = await case_of(story)
    assert case.handoff is not None
    paged = Incident(opened_at=START, page_at=START + timedelta(minutes=40), to="mo", step=3)
    handoff = msgspec.structs.replace(case.handoff, incident=paged)
    [message] = messages_of(
        [TellPerson(to="mo", kind="incident")],
        case=Case(lead=case.lead, handoff=handoff),
        seq=1,
        now=START,
    )
    assert message.until_at == paged.page_at
