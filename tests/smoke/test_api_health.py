"""The health page turns red when clocks run late or the database is gone, and green again."""

from datetime import timedelta

from handrail.engine.ports import StoreUnavailable
from handrail.store.memory import MemoryStore
from tests.house import lena, open_house, problem


class Failing(MemoryStore):
    """A database that can be taken away."""

    is_gone = False

    async def health(self, *, now):  # type: ignore[no-untyped-def]  # as its parent's
        self._check()
        return await super().health(now=now)

    def write(self):  # type: ignore[no-untyped-def]  # as its parent's
        self._check()
        return super().write()

    async def cases_of(self, query):  # type: ignore[no-untyped-def]  # as its parent's
        self._check()
        return await super().cases_of(query)

    def _check(self) -> None:
        if self.is_gone:
            raise StoreUnavailable("gone: connection to secret-host refused")


async def test_clocks_that_run_late_are_red_until_they_are_taken() -> None:
    async with open_house() as house:
        await house.capture()
        assert (await house.http.get("/readyz")).status_code == 200
        house.clock.move_to(house.clock.now() + timedelta(minutes=3, seconds=5))
        assert (await house.http.get("/readyz")).status_code == 200
        house.clock.move_to(house.clock.now() + timedelta(seconds=1))
        late = await house.http.get("/readyz")
        assert late.status_code == 503
        assert late.json()["reason"] == "clocks run 6 s late"
        await house.engine.tick()
        assert (await house.http.get("/readyz")).status_code == 200


async def test_a_lost_database_is_our_fault_and_says_come_again() -> None:
    store = Failing()
    async with open_house(store=store) as house:
        store.is_gone = True
        assert (await house.http.get("/readyz")).status_code == 503
        assert (await house.http.get("/healthz")).status_code == 200
        for answer in (
            await house.http.post("/api/v1/leads", json=lena()),
            await house.http.post("/api/v1/leads/batch", json=[lena()]),
            await house.http.get("/api/v1/handoffs"),
        ):
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
            assert "secret-host" not in problem(answer)["detail"]
        page = await house.http.get("/", headers={"Accept": "text/html"})
        assert page.status_code == 503
        assert page.headers["content-type"].startswith("text/html")
        store.is_gone = False
        assert (await house.http.post("/api/v1/leads", json=lena())).status_code == 201


async def test_machines_can_watch() -> None:
    async with open_house() as house:
        await house.capture()
        text = (await house.http.get("/metrics")).text
        assert 'handrail_captures_total{outcome="new"} 1.0' in text
        assert "handrail_handoffs_open 1.0" in text
        assert "handrail_clocks_late_seconds 0.0" in text
