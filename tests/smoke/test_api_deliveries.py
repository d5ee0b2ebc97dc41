"""What was told, over which channel, and what could not be: seen, tried again, or given up."""

from handrail.engine.alerts.message import DIGEST, Message
from handrail.engine.channels import Channels
from handrail.engine.deliver import Deliverer, Undeliverable
from handrail.engine.ledger import encode
from handrail.engine.ports import Delivery
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
        assert "Sent by e-mail" in page


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


async def test_nobody_unknown_decides() -> None:
    async with open_house(notices=Channels(["email"])) as house:
        [row] = await told(house, Recorder(Undeliverable(reason="no such box"), needs_person=True))
        key = row["key"]
        for path in (f"{key}/retry", f"{key}/cancel", f"{key}/move"):
            body = {"by": "zoe", "reason": "x", "channel": "slack"}
            body = body if path.endswith("move") else {"by": "zoe", "reason": "x"}
            answer = await house.http.post(f"/api/v1/deliveries/{path}", json=body)
            assert answer.status_code == 422, path
            assert "nobody in the roster is called 'zoe'" in answer.text
        assert len((await house.http.get("/api/v1/deliveries")).json()["deliveries"]) == 1


async def test_what_is_given_up_says_by_whom() -> None:
    async with open_house(notices=Channels(["email"])) as house:
        mail = Recorder(Undeliverable(reason="no such box"), needs_person=True)
        [row] = await told(house, mail)
        done = await house.http.post(f"/api/v1/deliveries/{row['key']}/cancel", json=BY)
        assert done.json()["state"] == "cancelled"
        assert done.json()["decided"]["by"] == "mo"
        assert done.json()["says"] == "not sent by e-mail; Mo Malik gave it up: no such box"
        missing = await house.http.post("/api/v1/deliveries/none/cancel", json=BY)
        assert problem(missing)["status"] == 404


async def test_a_parked_one_goes_by_another_channel_at_a_persons_word() -> None:
    async with open_house(notices=Channels(["slack", "email"])) as house:
        mail = Recorder(Undeliverable(reason="no such box"), needs_person=True)
        slack = Recorder(Undeliverable(reason="not in Slack"), needs_person=True)
        outbox = Deliverer(engine=house.engine, senders={"slack": slack, "email": mail})
        await house.capture()
        for _ in range(2):
            await outbox.deliver(house.clock.now())
        [parked] = (await house.http.get("/api/v1/deliveries")).json()["deliveries"]
        path = f"/api/v1/deliveries/{parked['key']}/move"
        fax = await house.http.post(path, json={**BY, "channel": "fax"})
        assert problem(fax)["code"] == "bad_value"
        wish = {**BY, "channel": "slack", "reason": "she is in Slack now"}
        moved = (await house.http.post(path, json=wish)).json()
        assert (moved["channel"], moved["state"], moved["tries"]) == ("slack", "waiting", 0)
        await house.move(minutes=0.1)  # past the pace of Slack to one person
        await outbox.deliver(house.clock.now())
        rows = (await house.http.get("/api/v1/handoffs/l1/deliveries")).json()["deliveries"]
        assert {row["channel"]: row["state"] for row in rows} == {
            "slack": "delivered",
            "email": "moved",
        }
        assert all("(she is in Slack now)" in row["says"] for row in rows)
        again = await house.http.post(path, json=wish)
        assert problem(again)["code"] == "already_done"


async def test_all_of_a_channel_wait_again_and_those_of_no_other() -> None:
    async with open_house(notices=Channels(["webhook", "email"])) as house:
        down = Undeliverable(reason="gone")
        mail, hook = Recorder(*[down] * 3, needs_person=True), Recorder(down)
        for lead in ("l1", "l2", "l3"):
            await house.capture(id=lead, email=f"{lead}@x.example")
        senders = {"email": mail, "webhook": hook}
        await Deliverer(engine=house.engine, senders=senders).deliver(house.clock.now())
        why = {**BY, "reason": "mended"}
        done = await house.http.post("/api/v1/channels/email/retry", json=why)
        assert done.json() == {"retried": 3}
        left = (await house.http.get("/api/v1/deliveries")).json()["deliveries"]
        assert {row["channel"] for row in left} == {"webhook"}
        waiting = (await house.http.get("/api/v1/deliveries?state=waiting")).json()["deliveries"]
        assert {row["decided"]["because"] for row in waiting} == {"mended"}


async def test_a_digest_is_decided_with_all_that_it_took() -> None:
    async with open_house(notices=Channels(["slack", "email"])) as house:
        await house.capture()
        now, store = house.clock.now(), house.engine.store
        [row] = await store.deliveries_of("l1")
        digest = Delivery(
            key="digest-ada-60-slack",
            lead="",
            handoff=None,
            channel="slack",
            body=encode(Message(what=DIGEST, to="ada", at=now, seq=0, lead="")),
            due_at=now,
            recipient="ada",
        )
        await store.fold([row.key], digest=digest, stem="digest-ada-60", now=now)
        slack = Recorder(Undeliverable(reason="not in Slack"), needs_person=True)
        mail = Recorder(needs_person=True)
        outbox = Deliverer(engine=house.engine, senders={"slack": slack})
        await outbox.deliver(now)
        assert await said(house) == "in one message with others, which could not be sent by Slack"
        wish = {**BY, "channel": "email"}
        moved = await house.http.post("/api/v1/deliveries/digest-ada-60-slack/move", json=wish)
        assert moved.json()["key"] == "digest-ada-60-email"
        assert await said(house) == "in one message with others, which waits to go by e-mail"
        await Deliverer(engine=house.engine, senders={"email": mail}).deliver(now)
        assert await said(house) == "in one message with others, sent by e-mail"
        assert [alert.lead for alert in mail.alerts] == ["l1"]


async def said(house: House) -> str:
    """Of the one message about the lead."""
    [row] = (await house.http.get("/api/v1/handoffs/l1/deliveries")).json()["deliveries"]
    return str(row["says"])


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
