"""Every handoff is listed once, page by page, whatever the pages' size."""

import pytest

from handrail.engine.ports import Store
from handrail.store.memory import MemoryStore
from handrail.store.postgres import PostgresStore
from tests.house import House, lena, open_house, problem

COUNT = 23


async def listed(house: House, **query: object) -> list[str]:
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {**query, "cursor": cursor}
        page = (await house.http.get("/api/v1/handoffs", params=params)).json()
        found += [row["lead"] for row in page["handoffs"]]
        cursor = page["next"]
        assert len(found) <= 2 * COUNT, "it goes round"
    return found


async def fill(house: House) -> None:
    rows = [lena(id=f"n{n}", email=f"p{n}@c{n}.example") for n in range(COUNT)]
    await house.http.post("/api/v1/leads/batch", json=rows)
    for lead in ("n0", "n3"):
        for rep in ("ada", "ben", "cy"):
            body = {"rep": rep, "code": "wrong_product_fit"}
            await house.http.post(f"/api/v1/handoffs/{lead}/reject", json=body)


async def check(store: Store) -> None:
    async with open_house(store=store) as house:
        await fill(house)
        every = await listed(house, open="false", limit=100)
        assert sorted(every) == sorted(f"n{n}" for n in range(COUNT))
        for limit in (1, 4, 23):
            assert await listed(house, open="false", limit=limit) == every
        pooled = await listed(house, owner="team:inbound", limit=5)
        assert pooled
        assert set(pooled) < set(every)


async def test_pages_hold_every_handoff_once() -> None:
    await check(MemoryStore())


async def test_pages_from_the_database_hold_every_handoff_once(database: str) -> None:
    store = await PostgresStore.open(database)
    try:
        await check(store)
    finally:
        await store.close()


@pytest.mark.parametrize("cursor", ["x", "bm9uc2Vuc2U", "WyIyMDI2IiwxXQ"])
async def test_a_cursor_that_no_page_gave_is_refused(cursor: str) -> None:
    async with open_house() as house:
        answer = await house.http.get("/api/v1/handoffs", params={"cursor": cursor})
        assert problem(answer)["status"] == 422
