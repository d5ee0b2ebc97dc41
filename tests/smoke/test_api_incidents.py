"""Incidents over HTTP: listed, told with their path, silenced and closed by name, with a reason."""

from typing import Any

from tests.house import House, open_house, problem


async def paging(house: House) -> None:
    """Nobody answers: a quarter of an hour later the incident is open."""
    await house.capture()
    await house.move(minutes=16)


async def listed(house: House) -> list[dict[str, Any]]:
    answer = await house.http.get("/api/v1/incidents", params={"state": "open"})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["incidents"]
    return found


async def post(house: House, verb: str, **body: object) -> tuple[int, str | None]:
    answer = await house.http.post(f"/api/v1/handoffs/l1/incident/{verb}", json=body)
    told = answer.json() if answer.status_code == 200 else problem(answer)
    return answer.status_code, told.get("code")


async def test_an_open_incident_is_listed_with_whom_it_pages_and_why() -> None:
    async with open_house() as house:
        assert await listed(house) == []
        await paging(house)
        (found,) = await listed(house)
        assert (found["handoff"], found["to"], found["to_name"]) == ("l1-1", "mo", "Mo Malik")
        assert found["page_at"] == "2026-03-02T15:30:00Z"
        assert [breach["step"] for breach in found["breaches"]] == [1, 2, 3]
        assert all(breach["cause"] for breach in found["breaches"])


async def test_whoever_closes_one_is_named_with_the_code_and_the_note() -> None:
    async with open_house() as house:
        await paging(house)
        done = await post(house, "close", by="mo", code="other", note="the form was a test")
        assert done == (200, None)
        assert await listed(house) == []
        told = (await house.http.get("/api/v1/incidents/l1-1")).json()
        assert told["open"] is None
        (past,) = told["past"]
        assert (past["reason"], past["by"], past["code"]) == ("person", "mo", "other")
        assert past["note"] == "the form was a test"
        names = [event["event"] for event in told["timeline"]]
        assert names[0] == "qualified"
        assert names[-1] == "incident_closed"
        assert names.count("sla_breached") == 3


async def test_a_silence_has_a_name_a_reason_and_an_end() -> None:
    async with open_house() as house:
        await paging(house)
        until = "2026-03-02T16:00:00Z"
        assert await post(house, "silence", by="mo", until=until) == (422, "invalid")
        assert await post(house, "silence", until=until, reason="x") == (422, "invalid")
        wrong = await post(house, "silence", by="nobody", until=until, reason="x")
        assert wrong == (422, "unknown_rep")
        late = "2026-03-04T16:00:00Z"
        assert await post(house, "silence", by="mo", until=late, reason="x") == (422, "bad_time")
        assert await post(house, "silence", by="mo", until=until, reason="I call her") == (
            200,
            None,
        )
        (found,) = await listed(house)
        assert (found["silenced_by"], found["silenced_until"]) == ("mo", until)
        assert found["page_at"] == until
        await house.move(minutes=60)
        (found,) = await listed(house)
        assert found["silenced_by"] is None
        assert found["pages"] > 1


async def test_where_nothing_is_open_nothing_is_closed() -> None:
    async with open_house() as house:
        await house.capture()
        assert await post(house, "close", by="mo", code="staffing") == (409, "already_done")
        assert (await house.http.get("/api/v1/incidents/nobody")).status_code == 404
