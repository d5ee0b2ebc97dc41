"""A telephone system tells of calls: late, twice, in any order; and never for ever."""

from datetime import timedelta
from itertools import product
from typing import Any

import httpx
import msgspec
import pytest

from handrail.engine.presence import presence_now
from handrail.engine.settings import BadSetting
from handrail.terms.people import Presence
from handrail.web import HookSource, WebSettings
from handrail.wiring import _hooks
from tests.house import MONDAY, House, open_house, problem
from tests.story import Story
from tests.unit.engine.test_telephony import aircall, dialpad, signed

HOOKS = WebSettings(
    hooks={
        "phones": HookSource(secrets=("t0k3n",), calls="aircall"),
        "dialpad": HookSource(secrets=("s3cret",), calls="dialpad"),
    }
)
NUMBER = {"lead.phone": "(415) 555-0100"}


async def tell(house: House, event: str, **data: Any) -> httpx.Response:
    began = int(house.clock.now().timestamp())
    body = aircall(event, **{"started_at": began, **data})
    return await house.http.post("/api/v1/hooks/phones", json=body)


async def state(house: House, rep: str = "ada") -> str:
    return str((await house.http.get(f"/api/v1/reps/{rep}/presence")).json()["state"])


async def test_a_call_takes_its_rep_until_it_ends() -> None:
    async with open_house(settings=HOOKS) as house:
        answer = (await tell(house, "call.created")).json()
        assert (answer["rep"], answer["changed"]) == ("ada", True)
        shown = (await house.http.get("/api/v1/reps/ada/presence")).json()
        assert (shown["state"], shown["by"]) == ("on_call", "hook:phones")
        assert (await house.capture())["owner"] == "ben"
        await tell(house, "call.hungup")
        assert await state(house) == "available"


async def test_a_call_to_the_buyer_is_the_first_action_at_its_own_time() -> None:
    async with open_house(settings=HOOKS) as house:
        assert (await house.capture(**NUMBER))["owner"] == "ada"
        await house.move(minutes=4)
        began = int(house.clock.now().timestamp())
        await house.move(minutes=3)  # breached in the meantime, since nobody told
        told = (await tell(house, "call.answered", started_at=began)).json()
        assert told["handoff"] is not None
        events = (await house.http.get("/api/v1/handoffs/l1/events")).json()["events"]
        kinds = [event["event"] for event in events]
        assert kinds.count("first_action") == 1
        assert "breach_annulled" in kinds
        for _ in range(5):
            assert (await tell(house, "call.ended", started_at=began)).status_code == 200
        events = (await house.http.get("/api/v1/handoffs/l1/events")).json()["events"]
        assert "acted" not in [event["event"] for event in events]


async def test_a_call_whose_begin_was_lost_is_an_act_all_the_same() -> None:
    async with open_house(settings=HOOKS) as house:
        await house.capture(**NUMBER)
        began = int(house.clock.now().timestamp())
        await house.move(minutes=2)
        await tell(house, "call.ended", started_at=began)
        found = (await house.http.get("/api/v1/handoffs/l1")).json()
        assert found["first_action_at"] == "2026-03-02T15:00:00Z"
        assert await state(house) == "available"


BEN = {"id": 9, "email": "ben@acme.example"}


async def waiting_for_ben(house: House) -> None:
    """A lead in his team's pool, since he talks and the others are away."""
    for rep in ("ada", "cy"):
        later = Presence(state="away", until=house.clock.now() + timedelta(hours=9))
        await house.engine.people.set_presence(rep, later, actor="test")
    await tell(house, "call.created", user=BEN)
    assert (await house.capture())["owner"] == "team:inbound"


async def test_who_waits_is_served_at_the_very_instant_of_a_calls_end() -> None:
    async with open_house(settings=HOOKS) as house:
        await waiting_for_ben(house)
        await house.move(minutes=1)
        await tell(house, "call.hungup", user=BEN)
        assert (await house.http.get("/api/v1/handoffs/l1")).json()["owner"] == "ben"


async def test_who_waits_is_served_when_a_call_that_nobody_ended_is_over() -> None:
    async with open_house(settings=HOOKS) as house:
        await waiting_for_ben(house)
        due = house.clock.now() + timedelta(hours=2)
        await house.move(minutes=120)
        chunks = house.engine.store.entries(after=0, chunk=500)
        bound = [one.at async for chunk in chunks for one in chunk if b'"bind"' in one.body]
        assert bound == [due]


async def test_a_call_that_nobody_ends_ends_by_itself() -> None:
    async with open_house(settings=HOOKS) as house:
        await tell(house, "call.created")
        await house.move(minutes=119)
        assert await state(house) == "on_call"
        await house.move(minutes=1)
        assert await state(house) == "available"


async def test_a_call_that_is_passed_on_frees_who_had_it() -> None:
    async with open_house(settings=HOOKS) as house:
        await tell(house, "call.created")
        await tell(house, "call.answered", user={"id": 9, "email": "Ben@acme.example"})
        assert (await state(house), await state(house, "ben")) == ("available", "on_call")
        await tell(house, "call.hungup", user=None)
        assert await state(house, "ben") == "available"


async def test_no_order_and_no_repetition_changes_what_is_true_in_the_end() -> None:
    """Two calls of one rep, whatever is told of them, four times: one runs if it was told to have
    begun, and never that it ended."""
    story = Story()
    await story.begin()
    people, now = story.engine.people, story.clock.now()
    told = list(product(("began", "ended"), ("a", "b")))
    for number, sequence in enumerate(product(told, repeat=4)):
        for what, call in sequence:
            name = f"phones {number}{call}"
            if what == "began":
                await people.begin_call("ada", name, began_at=now, actor="hook:phones")
            else:
                await people.end_call(name, actor="hook:phones")
        runs = any(("began", call) in sequence and ("ended", call) not in sequence for call in "ab")
        day = (await people.days())["ada"]
        assert (presence_now(day.conditions, now=now)[0].state == "on_call") is runs, sequence
        for call in "ab":
            await people.end_call(f"phones {number}{call}", actor="hook:phones")


async def test_a_machine_that_sees_a_call_end_brings_nobody_back_who_is_away() -> None:
    async with open_house(settings=HOOKS) as house:
        away = {"state": "away", "until": "2026-03-02T20:00:00Z"}
        await house.http.put("/api/v1/reps/ada/presence", json=away)
        await tell(house, "call.created")
        await tell(house, "call.hungup")
        shown = (await house.http.get("/api/v1/reps/ada/presence")).json()
        assert (shown["state"], shown["until"]) == ("away", "2026-03-02T20:00:00Z")


async def test_who_cannot_prove_it_tells_nothing() -> None:
    async with open_house(settings=HOOKS) as house:
        before = await house.engine.store.head()
        wrong = {**aircall("call.created"), "token": "guess"}
        answers = [
            await house.http.post("/api/v1/hooks/phones", json=wrong),
            await house.http.post("/api/v1/hooks/dialpad", json=dialpad("calling")),
            await house.http.post(
                "/api/v1/hooks/dialpad",
                content=signed(dialpad("calling"), secret="guess"),  # a wrong one
                headers={"Content-Type": "application/jwt"},
            ),
        ]
        assert [problem(answer)["status"] for answer in answers] == [401] * 3
        assert await house.engine.store.head() == before


async def test_a_jwt_is_believed_where_it_is_signed() -> None:
    async with open_house(settings=HOOKS) as house:
        body = signed(dialpad("calling", date_started=int(MONDAY.timestamp() * 1_000)))
        headers = {"Content-Type": "application/jwt"}
        answer = await house.http.post("/api/v1/hooks/dialpad", content=body, headers=headers)
        assert answer.json()["changed"], answer.text
        assert await state(house) == "on_call"


def test_a_preset_that_there_is_not_is_refused_when_the_node_starts(tmp_path: Any) -> None:
    file = tmp_path / "hooks.json"
    file.write_bytes(msgspec.json.encode({"x": {"secrets": ["s"], "calls": "ringcentral"}}))
    with pytest.raises(BadSetting, match="there are aircall, dialpad"):
        _hooks(file)
