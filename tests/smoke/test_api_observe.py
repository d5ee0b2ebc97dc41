"""A node that observes says so, messages nobody, and compares with what the CRM shows."""

from handrail.web import WebSettings
from tests.house import House, lena, open_house, problem


async def crm(house: House, id: str, **values: object) -> None:
    """What the CRM shows, sent as another event of the same person."""
    body = {"id": id, "email": "lena@lenaco.example", **{f"crm.{k}": v for k, v in values.items()}}
    answer = await house.http.post("/api/v1/leads", json=body)
    assert answer.status_code == 201, answer.text


async def test_the_first_decision_is_compared_whatever_followed_from_unworked_clocks() -> None:
    async with open_house() as house:
        await house.capture()
        owner = (await house.http.get("/api/v1/handoffs/l1")).json()["owner"]
        assert owner == "ada"
        await house.move(minutes=45)  # nobody tells Handrail of an act: it escalates
        await crm(
            house,
            "crm-1",
            owner="ben@acme.example",
            assigned_at="2026-03-02T10:20:00-05:00",
            first_action_at="2026-03-02T15:40:00Z",
        )
        told = (await house.http.get("/api/v1/metrics/observe")).json()
        assert (told["handoffs"], told["in_crm"]) == (1, 1)
        assert told["owners"]["other"] == 1
        assert told["pairs"] == {"ada -> ben": 1}
        assert told["slower"] == {"count": 1, "median": 1_200, "p90": 1_200}
        assert told["sla"]["breached"] == 1
        assert told["late"]["median"] == 35 * 60


async def test_a_lead_without_crm_values_is_counted_and_not_compared() -> None:
    async with open_house() as house:
        await house.capture()
        told = (await house.http.get("/api/v1/metrics/observe")).json()
        assert (told["handoffs"], told["in_crm"], sum(told["sla"].values())) == (1, 0, 0)


async def test_an_instant_that_cannot_be_read_is_refused_at_its_place() -> None:
    async with open_house() as house:
        body = {**lena(), "crm.assigned_at": "yesterday"}
        told = problem(await house.http.post("/api/v1/leads", json=body))
        assert told["status"] == 422
        assert told["errors"][0]["place"] == "body.crm.assigned_at"


async def test_the_console_of_a_node_that_observes_says_so() -> None:
    async with open_house(settings=WebSettings(observes=True)) as house:
        page = (await house.http.get("/", headers={"accept": "text/html"})).text
        assert "This node only observes" in page
    async with open_house() as house:
        page = (await house.http.get("/", headers={"accept": "text/html"})).text
        assert "only observes" not in page
