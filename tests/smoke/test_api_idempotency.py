"""The same Idempotency-Key with the same body gets the same answer and has one effect."""

import asyncio

import pytest

from handrail.store.postgres import PostgresStore
from tests.house import House, lena, open_house, problem

KEY = {"Idempotency-Key": "k-1"}


async def repeated(house: House) -> None:
    first = await house.http.post("/api/v1/leads", json=lena(), headers=KEY)
    head = await house.engine.store.head()
    again = await house.http.post("/api/v1/leads", json=lena(), headers=KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert await house.engine.store.head() == head
    other = await house.http.post("/api/v1/leads", json=lena(id="other"), headers=KEY)
    assert other.status_code == 409
    assert problem(other)["code"] == "key_reused"


async def test_a_lead_sent_again_gets_its_first_answer() -> None:
    async with open_house() as house:
        await repeated(house)


async def test_a_lead_sent_again_gets_its_first_answer_from_the_database(database: str) -> None:
    store = await PostgresStore.open(database)
    try:
        async with open_house(store=store) as house:
            await repeated(house)
    finally:
        await store.close()


async def test_requests_with_one_key_at_once_have_one_effect() -> None:
    async with open_house() as house:
        calls = [house.http.post("/api/v1/leads", json=lena(), headers=KEY) for _ in range(10)]
        answers = await asyncio.gather(*calls)
        assert {(answer.status_code, answer.content) for answer in answers} == {
            (201, answers[0].content)
        }


async def test_one_key_with_two_bodies_at_once_takes_one() -> None:
    async with open_house() as house:
        bodies = [lena(), lena(id="l2")]
        answers = await asyncio.gather(
            *(house.http.post("/api/v1/leads", json=body, headers=KEY) for body in bodies)
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/leads/batch", [lena(id="b1")]),
        ("/api/v1/signals", {"lead": "l1", "name": "pricing_view"}),
        ("/api/v1/handoffs/l1/actions", {"rep": "ada", "act": "call"}),
        ("/api/v1/handoffs/l1/accept", {"rep": "ada"}),
        (
            "/api/v1/handoffs/l1/pause",
            {"by": "mo", "until": "2026-03-03T15:00:00Z", "reason": "away"},
        ),
    ],
)
async def test_every_command_sent_again_gets_its_first_answer(path: str, body: object) -> None:
    async with open_house() as house:
        await house.capture()
        first = await house.http.post(path, json=body, headers=KEY)
        assert first.status_code in (200, 207), first.text
        head = await house.engine.store.head()
        again = await house.http.post(path, json=body, headers=KEY)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert await house.engine.store.head() == head


async def test_the_same_key_means_nothing_at_another_address() -> None:
    async with open_house() as house:
        await house.capture()
        act = {"rep": "ada", "act": "call"}
        await house.http.post("/api/v1/handoffs/l1/actions", json=act, headers=KEY)
        answer = await house.http.post(
            "/api/v1/handoffs/l1/accept", json={"rep": "ada"}, headers=KEY
        )
        assert answer.json()["stage"] == "accepted"
