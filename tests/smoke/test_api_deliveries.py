"""What was told, over which channel, and what could not be: seen, tried again, or given up."""

from handrail.engine.channels import Channels
from handrail.engine.deliver import Deliverer, Undeliverable
from tests.house import House, open_house, problem
from tests.unit.engine.test_deliver import Recorder

BY = {"by": "mo"}


async def told(house: House, mail: Recorder) -> list[dict[str, object]]:
    """After a capture, and a look of the deliverer at it."""
    await house.capture()
    await Deliverer(engine=house.engine, senders={"email": mail}).deliver(house.clock.now())
    answer = await house.http.get("/api/v1/handoffs/l1/deliveries")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, object]] = answer.json()["deliveries"]
    return rows


async def test_a_lead_shows_who_was_told_what_and_how() -> None:
    async with open_house(notices=Channels(["email"])) as house:
        [row] = await told(house, Recorder(needs_person=True))
        assert (row["kind"], row["to_name"], row["channel"]) == ("assigned", "Ada Adler", "email")
        assert (row["state"], row["tries"]) == ("delivered", 1)
        page = (await house.http.get("/leads/l1")).text
        assert "A lead is yours" in page
        assert "email · delivered" in page


async def test_what_is_parked_is_listed_with_its_reason_and_tried_again() -> None:
    async with open_house(notices=Channels(["email"])) as house:
        mail = Recorder(Undeliverable(reason="<b>no such box</b>"), needs_person=True)
        [row] = await told(house, mail)
        assert (row["state"], row["reason"]) == ("parked", "<b>no such box</b>")
        listed = (await house.http.get("/api/v1/deliveries")).json()
        assert [one["key"] for one in listed["deliveries"]] == [row["key"]]
        page = (await house.http.get("/deliveries")).text
        assert "&lt;b&gt;no such box" in page
        assert "<b>no such" not in page
        again = await house.http.post(f"/api/v1/deliveries/{row['key']}/retry", json=BY)
        assert again.json()["state"] == "waiting"
        await Deliverer(engine=house.engine, senders={"email": mail}).deliver(house.clock.now())
        assert {alert.key for alert in mail.alerts} == {row["key"]}
        assert (await house.http.get("/api/v1/deliveries")).json()["deliveries"] == []
        refused = await house.http.post(f"/api/v1/deliveries/{row['key']}/retry", json=BY)
        assert problem(refused)["code"] == "already_done"


async def test_what_is_given_up_says_by_whom() -> None:
    async with open_house(notices=Channels(["email"])) as house:
        mail = Recorder(Undeliverable(reason="no such box"), needs_person=True)
        [row] = await told(house, mail)
        done = await house.http.post(f"/api/v1/deliveries/{row['key']}/cancel", json=BY)
        assert done.json()["state"] == "cancelled"
        assert "mo" in done.json()["reason"]
        missing = await house.http.post("/api/v1/deliveries/none/cancel", json=BY)
        assert problem(missing)["status"] == 404


async def test_the_age_of_what_waits_is_a_figure_of_its_channel() -> None:
    async with open_house(notices=Channels(["email"])) as house:
        await house.capture()
        await house.move(minutes=1)
        figures = (await house.http.get("/metrics")).text
        assert 'handrail_delivery_age_seconds{channel="email"} 60.0' in figures
        assert 'handrail_delivery_age_seconds{channel="slack"} 0.0' in figures


async def test_a_person_chooses_channels_and_not_what_must_arrive() -> None:
    async with open_house() as house:
        wish = {"channels": ["email"], "off": ["stalled"]}
        chosen = await house.http.put("/api/v1/people/ada/channels", json=wish)
        assert chosen.status_code == 200, chosen.text
        found = (await house.http.get("/api/v1/people/ada/channels")).json()
        assert (found["channels"], found["off"]) == (["email"], ["stalled"])
        assert "sla_breached" in found["kept"]
        refused = await house.http.put("/api/v1/people/ada/channels", json={"off": ["incident"]})
        assert problem(refused)["status"] == 422
        nobody = await house.http.get("/api/v1/people/nobody/channels")
        assert problem(nobody)["status"] == 404
