"""A lead that is sent is durable and decided when the answer comes, and known the second time."""

from tests.house import adopt_sample_contract, lena, open_house, problem


async def test_a_lead_is_assigned_when_the_answer_comes() -> None:
    async with open_house() as house:
        answer = await house.http.post("/api/v1/leads", json=lena())
        assert answer.status_code == 201
        receipt = answer.json()
        assert (receipt["stage"], receipt["owner"]) == ("assigned", "ada")
        assert receipt["due_at"] == "2026-03-02T15:05:00Z"
        shown = await house.http.get(receipt["links"]["handoff"])
        assert shown.json()["email"] == "lena@lenaco.example"


async def test_the_same_source_event_changes_nothing() -> None:
    async with open_house() as house:
        await house.capture()
        head = await house.engine.store.head()
        again = await house.http.post("/api/v1/leads", json=lena(lead__country="DE"))
        assert again.status_code == 200
        assert again.json()["duplicate"]
        assert await house.engine.store.head() == head


async def test_a_lead_below_the_threshold_has_no_handoff_and_gets_one_by_a_signal() -> None:
    async with open_house() as house:
        receipt = await house.capture(id="quiet", signals=[])
        assert receipt["stage"] == "nurture"
        assert problem(await house.http.get("/api/v1/handoffs/quiet"))["code"] == "not_found"
        told = {"lead": "quiet", "name": "demo_request"}
        answer = await house.http.post("/api/v1/signals", json=told)
        assert answer.status_code == 200, answer.text
        assert answer.json()["stage"] == "assigned"


async def test_a_signal_for_nobody_is_not_found() -> None:
    async with open_house() as house:
        told = {"lead": "nobody", "name": "demo_request"}
        assert (await house.http.post("/api/v1/signals", json=told)).status_code == 404


async def test_without_a_roster_senders_are_asked_to_come_again() -> None:
    async with open_house(sample=False) as house:
        await adopt_sample_contract(house.engine)
        one = await house.http.post("/api/v1/leads", json=lena())
        many = await house.http.post("/api/v1/leads/batch", json=[lena()])
        for answer in (one, many):
            assert answer.status_code == 503, answer.text
            assert answer.headers["retry-after"]
            assert problem(answer)["code"] == "no_roster"
        assert (await house.engine.store.head()).seq == 1, "the contract, and no lead"


async def test_without_a_contract_senders_are_asked_to_come_again() -> None:
    async with open_house(sample=False) as house:
        answer = await house.http.post("/api/v1/leads", json=lena())
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert problem(answer)["code"] == "no_contract"
