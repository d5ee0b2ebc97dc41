"""Reps act, accept, reject and qualify over HTTP; each refusal says why, with its own status."""

from tests.house import House, open_house, problem

LATER = "2026-03-09T15:00:00Z"


async def act(house: House, verb: str, lead: str = "l1", **body: object) -> dict[str, object]:
    answer = await house.http.post(f"/api/v1/handoffs/{lead}/{verb}", json=body)
    assert answer.status_code == 200, answer.text
    receipt: dict[str, object] = answer.json()
    return receipt


async def refusal(house: House, verb: str, lead: str = "l1", **body: object) -> tuple[int, str]:
    answer = await house.http.post(f"/api/v1/handoffs/{lead}/{verb}", json=body)
    told = problem(answer)
    return told["status"], told["code"]


async def test_from_the_call_to_the_next_step() -> None:
    async with open_house() as house:
        await house.capture()
        await act(house, "actions", rep="ada", act="call")
        assert (await act(house, "accept", rep="ada"))["stage"] == "accepted"
        await act(house, "conversation", rep="ada")
        done = await act(
            house,
            "qualify",
            rep="ada",
            problem="leads wait",
            authority="she signs",
            next_step_at=LATER,
        )
        assert done["stage"] == "sql"
        events = (await house.http.get("/api/v1/handoffs/l1/events")).json()["events"]
        names = [event["event"] for event in events]
        for name in ("captured", "assigned", "first_action", "accepted", "conversation", "sql"):
            assert name in names
        assert all(event["says"] for event in events)


async def test_a_rejection_needs_a_code_of_the_contract() -> None:
    async with open_house() as house:
        await house.capture()
        assert await refusal(house, "reject", rep="ada", code="bored") == (422, "unknown_code")
        done = await act(house, "reject", rep="ada", code="wrong_product_fit", note="too small")
        assert done["stage"] == "disqualified"
        assert await refusal(house, "accept", rep="ada") == (409, "ended")
        events = (await house.http.get("/api/v1/handoffs/l1/events")).text
        assert "too small" in events


async def test_refusals_have_the_status_that_says_what_to_do() -> None:
    async with open_house() as house:
        await house.capture()
        assert await refusal(house, "accept", rep="ben") == (409, "not_owner")
        assert await refusal(house, "accept", lead="nobody", rep="ada") == (404, "not_found")
        assert await refusal(house, "actions", rep="zoe", act="call") == (422, "unknown_rep")
        past = "2026-03-01T15:00:00Z"
        assert await refusal(house, "pause", by="mo", until=past, reason="x") == (422, "bad_time")
        await act(house, "accept", rep="ada")
        assert await refusal(house, "accept", rep="ada") == (409, "already_done")


async def test_instants_that_no_calendar_holds_are_refused() -> None:
    async with open_house() as house:
        await house.capture()
        for until in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"):
            status, code = await refusal(house, "pause", by="mo", until=until, reason="x")
            assert (status, code) == (422, "invalid")


async def test_an_override_names_one_thing() -> None:
    async with open_house() as house:
        await house.capture()
        both = {"by": "mo", "reason": "x", "owner": "ben", "stage": "accepted"}
        assert (await refusal(house, "override", **both))[0] == 422
        moved = await act(house, "override", by="mo", reason="he knows them", owner="ben")
        assert moved["owner"] == "ben"
        shown = (await house.http.get("/api/v1/handoffs/l1")).json()
        assert shown["set_by_person"] == ["owner"]


async def test_a_breach_is_shown_with_its_owner() -> None:
    async with open_house() as house:
        await house.capture()
        await house.move(minutes=6)
        shown = (await house.http.get("/api/v1/handoffs/l1")).json()
        assert shown["urgency"] == "breached"
        assert shown["owner"] == "ben"
        assert [(b["clock"], b["owner"]) for b in shown["breaches"]] == [("first_action", "ada")]


async def test_the_explanation_names_clause_and_everyone() -> None:
    async with open_house() as house:
        await house.capture()
        why = (await house.http.get("/api/v1/handoffs/l1/explanation")).json()
        assert why["rule"] == "enterprise NA"
        assert "account.employees >= 1000" in why["clause"]["when"]
        assert {c["rep"]: c["reason"] for c in why["candidates"]} == {
            "ada": "picked",
            "ben": "tier",
        }
        assert why["contract"]["name"] == "acme-inbound"
        assert set(why["evidence"]["loads"]) == {"ada", "ben"}


async def test_figures_tell_the_systems_delay_from_the_reps() -> None:
    async with open_house() as house:
        await house.capture()
        await house.move(minutes=2)
        await act(house, "actions", rep="ada", act="call")
        told = (await house.http.get("/api/v1/metrics/summary")).json()
        assert told["time_to_notify"]["p50"] == 0.0
        assert told["time_to_first_action"]["p90"] == 120.0
        assert told["stages"] == {"assigned": 1}
