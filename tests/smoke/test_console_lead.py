"""The console's acts on a lead: another owner, by name and with a reason."""

import os

import httpx

from handrail.engine.clock import VirtualClock
from handrail.engine.keys import Keys
from handrail.store.keys import MemoryKeys
from tests.house import MONDAY, House, open_house

GIVEN = {"owner": "ben", "by": "mo", "reason": "ada is at the fair"}


async def owner(house: House, lead: str = "l1") -> str:
    told: str = (await house.http.get(f"/api/v1/handoffs/{lead}")).json()["owner"]
    return told


async def test_a_person_sets_the_owner_by_name_and_with_a_reason() -> None:
    async with open_house() as house:
        await house.capture()
        assert await owner(house) == "ada"
        done = await house.http.post("/leads/l1/owner", data=GIVEN)
        assert (done.status_code, done.headers["location"]) == (303, "/leads/l1-1")
        assert await owner(house) == "ben"
        assert "ada is at the fair" in (await house.http.get("/leads/l1")).text


async def test_what_is_missing_or_unknown_is_said_and_what_was_typed_stays() -> None:
    async with open_house() as house:
        await house.capture()
        for wrong, said in (
            ({"owner": ""}, "Choose who gets the lead"),
            ({"owner": "zoe"}, "zoe"),
            ({"by": "zoe"}, "Choose who you are"),
            ({"reason": " "}, "Say why"),
        ):
            answer = await house.http.post("/leads/l1/owner", data=GIVEN | wrong)
            assert answer.status_code == 422, wrong
            assert said in answer.text, wrong
            assert "reason" in wrong or 'value="ada is at the fair"' in answer.text
        assert await owner(house) == "ada"
        assert (await house.http.post("/leads/l9/owner", data=GIVEN)).status_code == 404


async def test_another_sites_page_sets_no_owner() -> None:
    async with open_house() as house:
        await house.capture()
        headers = {"Origin": "https://evil.example"}
        answer = await house.http.post("/leads/l1/owner", data=GIVEN, headers=headers)
        assert answer.status_code == 403
        assert await owner(house) == "ada"


async def test_who_may_only_look_sees_no_form_and_nobody_acts_as_another() -> None:
    clock = VirtualClock(MONDAY)
    keys = Keys(store=MemoryKeys(), clock=clock, chance=os.urandom)
    looks = await keys.create("looks", ("handoffs:read",))
    acts = await keys.create("acts", ("handoffs:read", "handoffs:write"), person="ada")
    admin = await keys.create("admin", ("admin",))
    async with open_house(clock=clock, keys=keys) as house:
        house.http.headers["Authorization"] = f"Bearer {admin}"
        await house.capture()
        for token, has_form in ((looks, False), (acts, True)):
            async with httpx.AsyncClient(base_url=house.url) as browser:
                await browser.post("/sign-in", data={"key": token})
                shown = (await browser.get("/leads/l1")).text
                assert ("Set the owner" in shown) == has_form
                answer = await browser.post("/leads/l1/owner", data=GIVEN)
                assert answer.status_code == 403
        assert await owner(house) == "ada"
