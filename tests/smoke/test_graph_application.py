"""Calendars of a whole organisation, into which its administrator lets us: nobody signs in."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from handrail.connectors.microsoft.fake import PERSON, Trouble
from handrail.connectors.microsoft.tokens import Application
from handrail.engine.calendars.source import Access, CalendarEvent
from handrail.engine.items import Refused
from tests.graph import GraphNode, at, graph_node
from tests.story import START, Story


@pytest.fixture
async def node() -> AsyncIterator[GraphNode]:
    story = Story()
    await story.begin()
    async with graph_node(story.engine, is_let_in=True) as made:
        made.fake.tokens.clear()  # those of people
        yield made


async def connect(node: GraphNode, rep: str = "ada", address: str = "") -> str:
    calendar = await node.connecting.connect(
        rep, kind="microsoft", access=Access(address=address), writes=True, by="person:mo"
    )
    return calendar.id


async def test_a_rep_s_calendar_is_read_written_and_told_of_by_one_token(node: GraphNode) -> None:
    node.fake.put("e1", at(10), at(40))
    id = await connect(node)
    assert len((await node.conditions()).calendar) == 1
    (subscription,) = node.fake.subscriptions.values()
    assert subscription["resource"] == f"/users/{PERSON}/events"
    found = await node.writing.writable("ada")
    assert found is not None
    source, access = found
    begins = START + timedelta(hours=5)
    event = CalendarEvent(
        uid="x@handrail", sequence=0, from_at=begins, until_at=begins, title="Lena"
    )
    await source.put(access, event)
    await source.put(access, event)
    assert len(node.fake.events) == 2
    await source.remove(access, uid=event.uid)
    assert list(node.fake.events) == ["e1"]
    await node.connecting.disconnect(id)
    assert node.fake.grants == 1


async def test_the_token_is_asked_for_again_before_it_ends(node: GraphNode) -> None:
    await connect(node)
    await node.until(50)
    assert node.fake.grants == 1
    await node.until(60)
    assert node.fake.grants == 2


async def test_whose_calendar_it_is_says_the_roster_and_not_who_asks(node: GraphNode) -> None:
    """Else a rep could read the calendar of anybody in the organisation, and write into it."""
    with pytest.raises(Refused, match="by the roster ada is ada@acme.example"):
        await connect(node, address="ceo@acme.example")
    assert node.fake.calls == []
    await connect(node, address=PERSON)


async def test_a_mailbox_that_is_not_there_is_no_empty_calendar(node: GraphNode) -> None:
    with pytest.raises(Refused, match="knows no such calendar"):
        await connect(node, "ben")


async def test_an_application_that_is_refused_is_no_matter_of_a_rep_s(node: GraphNode) -> None:
    node.fake.client_secret = "rotated"
    with pytest.raises(Refused, match=r"refuses the application \(invalid_client\)") as caught:
        await connect(node)
    assert "fake-secret" not in str(caught.value)


async def test_who_is_not_let_in_says_what_to_do() -> None:
    story = Story()
    await story.begin()
    async with graph_node(story.engine) as node:
        with pytest.raises(Refused, match="an administrator of yours"):
            await connect(node)
        assert node.fake.calls == []


async def test_a_calendar_that_graph_refuses_is_told_and_heals(node: GraphNode) -> None:
    id = await connect(node)
    node.fake.trouble = Trouble(status=403, code="ErrorAccessDenied")
    await node.until(5)
    assert "ErrorAccessDenied" in str((await node.kept(id)).fault)
    node.fake.trouble = None
    await node.until(40)
    assert (await node.kept(id)).fault is None


def test_a_secret_is_not_shown() -> None:
    application = Application(tenant="t", client_id="c", client_secret="hush")
    assert "hush" not in repr(application) + str(application)
