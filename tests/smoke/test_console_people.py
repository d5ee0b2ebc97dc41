"""The console's page of people: one's own absence in one press, nobody else's."""

import os

import httpx

from handrail.engine.clock import VirtualClock
from handrail.engine.keys import Keys
from handrail.store.keys import MemoryKeys
from tests.house import MONDAY, House, open_house


async def presence(house: House, rep: str = "ada") -> dict[str, object]:
    found: dict[str, object] = (await house.http.get(f"/api/v1/reps/{rep}/presence")).json()
    return found


async def test_away_until_holds_until_the_reps_own_clock_shows_it() -> None:
    async with open_house() as house:
        done = await house.http.post("/people/ada/away", data={"until": "15:00"})
        assert (done.status_code, done.headers["location"]) == (303, "/people?done=away")
        found = await presence(house)
        assert (found["state"], found["until"]) == ("away", "2026-03-02T20:00:00Z")
        shown = (await house.http.get("/people")).text
        assert "until 15:00 there" in shown
        await house.http.post("/people/ada/back")
        assert (await presence(house))["state"] == "available"


async def test_what_no_clock_shows_is_refused_and_changes_nothing() -> None:
    async with open_house() as house:
        for until in ("25:00", "<b>", "15"):
            answer = await house.http.post("/people/ada/away", data={"until": until})
            assert answer.status_code == 422
            assert "such as 15:00" in answer.text
        assert (await house.http.post("/people/zoe/back")).status_code == 404
        assert (await presence(house))["state"] == "available"


async def test_another_sites_page_sends_nobody_away() -> None:
    async with open_house() as house:
        headers = {"Origin": "https://evil.example"}
        answer = await house.http.post("/people/ada/away", data={}, headers=headers)
        assert answer.status_code == 403
        assert (await presence(house))["state"] == "available"


async def test_a_rep_speaks_for_themselves_alone_and_a_manager_for_the_team() -> None:
    clock = VirtualClock(MONDAY)
    keys = Keys(store=MemoryKeys(), clock=clock, chance=os.urandom)
    scopes = ("handoffs:read", "handoffs:write")
    tokens = {one: await keys.create(one, scopes, person=one) for one in ("ada", "mo")}
    async with open_house(clock=clock, keys=keys) as house:
        for person, expected in (("ada", 403), ("mo", 303)):
            async with httpx.AsyncClient(base_url=house.url) as browser:
                await browser.post("/sign-in", data={"key": tokens[person]})
                assert (await browser.post("/people/ada/away")).status_code == 303
                answer = await browser.post("/people/ben/away")
                assert answer.status_code == expected, person
                shown = (await browser.get("/people")).text
                assert ("Away: Ben Brook" in shown) == (expected == 303)
