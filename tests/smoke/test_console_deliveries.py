"""The console's form on what is parked: who may send it, and what is refused is said there."""

import httpx

from handrail.engine.channels import Channels
from handrail.engine.deliver import Deliverer, Later, Undeliverable
from tests.house import House, open_house
from tests.smoke.test_api_keys import locked
from tests.unit.engine.test_deliver import Recorder

WHO = {"by": "mo", "reason": "the box is back"}


async def parked(house: House) -> str:
    """The key of a message that no mail server took."""
    await house.capture()
    mail = Recorder(Undeliverable(reason="no such box"), needs_person=True)
    await Deliverer(engine=house.engine, senders={"email": mail}).deliver(house.clock.now())
    found = (await house.http.get("/api/v1/deliveries")).json()["deliveries"]
    return str(found[0]["key"]) if found else ""


async def test_a_press_is_recorded_with_the_name_and_the_reason() -> None:
    async with open_house(notices=Channels(["email"])) as house:
        key = await parked(house)
        done = await house.http.post(f"/deliveries/{key}/retry", data=WHO)
        assert (done.status_code, done.headers["location"]) == (
            303,
            "/deliveries?done=retried&by=mo",
        )
        [row] = (await house.http.get("/api/v1/handoffs/l1/deliveries")).json()["deliveries"]
        assert row["state"] == "waiting"
        assert (row["decided"]["by"], row["decided"]["because"]) == ("mo", "the box is back")


async def test_what_is_refused_is_said_on_the_page_and_changes_nothing() -> None:
    async with open_house(notices=Channels(["email"])) as house:
        key = await parked(house)
        for verb, form, said in (
            ("retry", {"by": "mo", "reason": " "}, "Say why"),
            ("retry", {"by": "<script>", "reason": "x"}, "Choose who you are"),
            ("cancel", {"by": "mo", "reason": "x" * 501}, "Say why"),
            ("move/slack", WHO, "It cannot go by slack; there is no other"),
            ("move/<b>", WHO, "It cannot go by &lt;b&gt;"),
        ):
            answer = await house.http.post(f"/deliveries/{key}/{verb}", data=form)
            assert answer.status_code == 422, verb
            assert said in answer.text
            assert "<script>" not in answer.text
        missing = await house.http.post("/deliveries/none/retry", data=WHO)
        assert missing.status_code == 422
        assert len((await house.http.get("/api/v1/deliveries")).json()["deliveries"]) == 1


async def test_what_is_late_is_shown_with_its_reason_before_it_is_given_up() -> None:
    async with open_house(notices=Channels(["email"])) as house:
        assert "Late, and tried again" not in (await house.http.get("/deliveries")).text
        await house.capture()
        mail = Recorder(Later(reason="<b>connection refused"), needs_person=True)
        await Deliverer(engine=house.engine, senders={"email": mail}).deliver(house.clock.now())
        await house.move(minutes=2)
        shown = (await house.http.get("/deliveries")).text
        for said in ("Late, and tried again", "1 message waits", "&lt;b&gt;connection refused"):
            assert said in shown
        assert "Nothing was given up" in shown


async def test_another_sites_page_sends_nothing() -> None:
    async with open_house(notices=Channels(["email"])) as house:
        key = await parked(house)
        headers = {"Origin": "https://evil.example"}
        for path in (f"/deliveries/{key}/cancel", "/deliveries/of/email/retry-all"):
            answer = await house.http.post(path, data=WHO, headers=headers)
            assert answer.status_code == 403
        assert len((await house.http.get("/api/v1/deliveries")).json()["deliveries"]) == 1


async def test_a_key_that_may_only_look_sees_no_form_and_sends_none() -> None:
    async with (
        locked("handoffs:read") as (house, _, token),
        httpx.AsyncClient(base_url=house.url) as browser,
    ):
        await browser.post("/sign-in", data={"key": token})
        shown = await browser.get("/deliveries")
        assert shown.status_code == 200
        assert "Try again" not in shown.text
        assert (await browser.post("/deliveries/x/cancel", data=WHO)).status_code == 403
