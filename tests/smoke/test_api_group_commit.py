"""Leads that come at once become durable together, and each gets its own answer."""

import asyncio
from contextlib import asynccontextmanager

from handrail.store.memory import MemoryStore
from tests.house import lena, open_house

AT_ONCE = 100


class Counting(MemoryStore):
    """Counts transactions; each takes a moment, as a disk does."""

    begun = 0

    @asynccontextmanager
    async def write(self):  # type: ignore[no-untyped-def]  # as its parent's
        self.begun += 1
        async with super().write() as unit:
            yield unit
            await asyncio.sleep(0.02)


async def test_concurrent_leads_share_transactions() -> None:
    store = Counting()
    async with open_house(store=store) as house:
        before = store.begun
        rows = [lena(id=f"n{n}", email=f"p{n}@c{n}.example") for n in range(AT_ONCE)]
        rows[7] = {"id": "n7", "email": "nonsense"}
        answers = await asyncio.gather(
            *(house.http.post("/api/v1/leads", json=row) for row in rows)
        )
        assert [answer.status_code for answer in answers].count(201) == AT_ONCE - 1
        assert answers[7].status_code == 422
        assert all(
            answer.json()["id"] == row["id"]
            for answer, row in zip(answers, rows, strict=True)
            if answer.status_code == 201
        )
        assert store.begun - before < AT_ONCE / 4
