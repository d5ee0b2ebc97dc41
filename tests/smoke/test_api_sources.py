"""Where a lead came from chooses its contract, at each door; an unknown source is refused alone."""

from handrail.store.memory import MemoryStore
from tests.house import House, open_house, problem
from tests.sources import contract_of, engine_of, version

PARTNER = version("partners", sources="partner, feed")
EVENTS = version("events", sources="events")
LEAD = {"signals": ["demo_request"]}


async def partners_only() -> MemoryStore:
    store = MemoryStore()
    await engine_of(store, PARTNER, EVENTS)
    return store


async def post(house: House, **lead: object) -> int:
    return (await house.http.post("/api/v1/leads", json={**LEAD, **lead})).status_code


async def test_a_lead_says_its_source() -> None:
    async with open_house(store=await partners_only(), sample=False) as house:
        assert await post(house, id="a", source="partner") == 201
        assert await post(house, id="b", source=" events ") == 201
        assert await contract_of(house.engine, "a") == PARTNER.digest
        assert await contract_of(house.engine, "b") == EVENTS.digest
        assert await post(house, id="c", source=7) == 422


async def test_an_unknown_source_is_refused_with_the_remedy() -> None:
    async with open_house(store=await partners_only(), sample=False) as house:
        told = problem(await house.http.post("/api/v1/leads", json={**LEAD, "id": "a"}))
        assert (told["status"], told["code"]) == (422, "unknown_source")
        assert "activate a contract without `sources`" in told["detail"]


async def test_in_a_batch_only_the_lead_of_an_unknown_source_is_refused() -> None:
    async with open_house(store=await partners_only(), sample=False) as house:
        rows = [
            {**LEAD, "id": str(i), "source": s} for i, s in enumerate(("partner", "x", "events"))
        ]
        answer = (await house.http.post("/api/v1/leads/batch", json=rows)).json()
        assert [row["status"] for row in answer["results"]] == [201, 422, 201]
        assert answer["results"][1]["errors"][0]["place"] == "source"


async def test_both_contracts_are_listed_as_in_force() -> None:
    async with open_house(store=await partners_only(), sample=False) as house:
        listed = (await house.http.get("/api/v1/contracts")).json()["contracts"]
        assert sorted(row["name"] for row in listed if row["in_force"]) == ["events", "partners"]
