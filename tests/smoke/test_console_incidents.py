"""The console's forms on an incident: who may send them, and what is refused is said there."""

import httpx

from tests.house import House, open_house
from tests.smoke.test_api_keys import locked

CLOSE = {"by": "mo", "code": "staffing", "note": ""}


async def paging(house: House) -> None:
    await house.capture()
    await house.move(minutes=16)


async def sent(house: House, verb: str, **form: str) -> httpx.Response:
    return await house.http.post(f"/incidents/l1-1/{verb}", data=form)


async def test_a_form_closes_it_under_the_name_that_was_chosen() -> None:
    async with open_house() as house:
        await paging(house)
        done = await sent(house, "close", **CLOSE)
        assert (done.status_code, done.headers["location"]) == (303, "/incidents/l1-1")
        told = (await house.http.get("/api/v1/incidents/l1-1")).json()
        assert [(one["by"], one["code"]) for one in told["past"]] == [("mo", "staffing")]


async def test_what_is_refused_is_said_on_the_page() -> None:
    async with open_house() as house:
        await paging(house)
        for verb, form, said in (
            ("close", {"by": "mo", "code": "other"}, "in a note"),
            ("close", {"by": "<script>", "code": "staffing"}, "&lt;script&gt;"),
            ("silence", {"by": "mo", "hours": "1", "reason": " "}, "Say why nobody"),
            ("silence", {"by": "mo", "hours": "1000", "reason": "x"}, "next 24 hours"),
        ):
            answer = await sent(house, verb, **form)
            assert answer.status_code == 422
            assert said in answer.text


async def test_another_sites_page_sends_nothing() -> None:
    async with open_house() as house:
        await paging(house)
        headers = {"Origin": "https://evil.example"}
        answer = await house.http.post("/incidents/l1-1/close", data=CLOSE, headers=headers)
        assert answer.status_code == 403
        assert len((await house.http.get("/api/v1/incidents")).json()["incidents"]) == 1


async def test_a_key_that_may_only_look_sees_no_form_and_sends_none() -> None:
    async with locked("handoffs:read", "leads:write") as (house, _, token):
        await paging(house)
        async with httpx.AsyncClient(base_url=house.url) as browser:
            asked = await browser.get("/incidents/l1-1")
            assert asked.headers["location"] == "/sign-in?next=/incidents/l1-1"
            await browser.post("/sign-in", data={"key": token})
            shown = await browser.get("/incidents/l1-1")
            assert shown.status_code == 200
            assert "Close the incident" not in shown.text
            assert (await browser.post("/incidents/l1-1/close", data=CLOSE)).status_code == 403
