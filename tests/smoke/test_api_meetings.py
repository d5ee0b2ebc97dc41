"""Meetings over the API: people of ours book, move and call off for the buyer."""

from datetime import timedelta
from typing import Any

from handrail.engine.learning import learn_of_buyers
from handrail.engine.verify import verify
from tests.buyers import BookingHouse, open_desk
from tests.house import MONDAY, problem
from tests.smoke.test_booking_page import handoff_of

AT = "2026-03-02T17:30:00Z"
FIRST = "2026-03-02T16:00:00Z"


async def slots(desk: BookingHouse, **params: Any) -> dict[str, Any]:
    answer = await desk.http.get("/api/v1/handoffs/l1/slots", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_rep_books_one_of_their_times_and_it_stands() -> None:
    async with open_desk() as desk:
        await desk.lead()
        offered = await slots(desk, limit=2)
        assert offered["reps"] == ["ada"] and len(offered["slots"]) == 2
        body = {"by": "ada", "from_at": offered["slots"][0]["from_at"]}
        headers = {"Idempotency-Key": "k1"}
        for _ in range(2):
            answer = await desk.http.post("/api/v1/handoffs/l1/meeting", json=body, headers=headers)
            assert answer.status_code == 200 and answer.json()["rep"] == "ada"
        assert (await handoff_of(desk)).meetings_booked == 1
        assert (await slots(desk))["meeting"]["from_at"] == FIRST


async def test_an_sdr_books_with_the_account_executive_who_then_owns_it_when_it_is_moved() -> None:
    async with open_desk() as desk:
        await desk.lead()
        assert (await slots(desk, rep="ben"))["reps"] == ["ben"]
        body = {"by": "ada", "from_at": FIRST, "rep": "ben"}
        answer = await desk.http.post("/api/v1/handoffs/l1/meeting", json=body)
        assert answer.json()["rep"] == "ben"
        assert (await handoff_of(desk)).owner.rep == "ada"
        back = {"by": "mo", "from_at": FIRST, "rep": "ada"}
        moved = await desk.http.post("/api/v1/handoffs/l1/meeting", json=back)
        assert moved.json()["rep"] == "ada" and (await handoff_of(desk)).owner.rep == "ada"


async def test_a_time_that_is_taken_is_answered_with_those_that_are_free() -> None:
    async with open_desk() as desk:
        await desk.lead()
        late = {"by": "ada", "from_at": AT}
        answer = await desk.http.post("/api/v1/handoffs/l1/meeting", json=late)
        assert answer.status_code == 409
        assert problem(answer)["code"] == "slot_taken"
        assert answer.json()["slots"][0]["from_at"] == FIRST


async def test_it_is_called_off_with_a_reason() -> None:
    async with open_desk() as desk:
        await desk.lead()
        body = {"by": "ada", "from_at": FIRST}
        await desk.http.post("/api/v1/handoffs/l1/meeting", json=body)
        off = {"by": "mo", "reason": "Ada is ill"}
        answer = await desk.http.post("/api/v1/handoffs/l1/meeting/cancel", json=off)
        assert answer.status_code == 200 and answer.json()["slots"][0]["from_at"] == FIRST
        assert (await handoff_of(desk)).meeting is None


async def test_where_nothing_can_be_booked_the_api_says_so() -> None:
    async with open_desk(booking="") as desk:
        await desk.capture()
        answer = await desk.http.get("/api/v1/handoffs/l1/slots")
        assert answer.status_code == 409 and problem(answer)["code"] == "not_offered"
        assert (await desk.http.get("/api/v1/handoffs/none/slots")).status_code == 404


async def test_a_buyer_cannot_change_a_time_without_end() -> None:
    async with open_desk() as desk:
        await desk.lead()
        handoff = await handoff_of(desk)
        for number in range(14):
            at = MONDAY.replace(hour=16 if number % 2 else 18)
            here = desk.path_of(handoff)
            answer = await desk.buyer.post(here, data={"at": at.isoformat()})
            await desk.move(minutes=0.2)
        assert answer.status_code == 409 and "too often" in answer.text
        assert (await slots(desk))["meeting"] is not None


async def test_a_held_time_is_offered_to_nobody_else_until_it_expires() -> None:
    async with open_desk() as desk:
        await desk.lead()
        await desk.capture(id="l2", email="o@omar.example")
        for id in ("l1", "l2"):
            body = {"by": "mo", "owner": "ada", "reason": "the same rep"}
            await desk.http.post(f"/api/v1/handoffs/{id}/override", json=body)
        held = await desk.http.post("/api/v1/handoffs/l1/hold", json={"from_at": FIRST})
        assert held.status_code == 200 and held.json()["expires_at"] == "2026-03-02T15:10:00Z"
        other = (await desk.http.get("/api/v1/handoffs/l2/slots")).json()["slots"]
        assert other[0]["from_at"] != FIRST
        taken = {"by": "ada", "from_at": FIRST}
        refused = await desk.http.post("/api/v1/handoffs/l2/meeting", json=taken)
        assert refused.status_code == 409 and problem(refused)["code"] == "slot_taken"
        assert (await slots(desk))["slots"][0]["from_at"] == FIRST, "its own hold bars nobody"
        await desk.engine.tick()
        desk.clock.move_to(MONDAY + timedelta(minutes=10))
        assert (await desk.http.post("/api/v1/handoffs/l2/meeting", json=taken)).status_code == 200


async def test_a_handoff_holds_one_time_and_booking_releases_it() -> None:
    async with open_desk() as desk:
        await desk.lead()
        await desk.capture(id="l2", email="o@omar.example")
        body = {"by": "mo", "owner": "ada", "reason": "the same rep"}
        await desk.http.post("/api/v1/handoffs/l2/override", json=body)
        for at in (FIRST, "2026-03-02T16:30:00Z"):
            held = await desk.http.post("/api/v1/handoffs/l1/hold", json={"from_at": at})
            assert held.status_code == 200
        other = (await desk.http.get("/api/v1/handoffs/l2/slots")).json()["slots"]
        assert [slot["from_at"] for slot in other[:2]] == [FIRST, "2026-03-02T18:00:00Z"]
        booked = {"by": "ada", "from_at": "2026-03-02T18:00:00Z"}
        assert (await desk.http.post("/api/v1/handoffs/l1/meeting", json=booked)).status_code == 200
        other = (await desk.http.get("/api/v1/handoffs/l2/slots")).json()["slots"]
        assert other[1]["from_at"] == "2026-03-02T16:30:00Z"
        report = await verify(desk.engine.store, desk.engine.vault)
        assert report.ok, report


async def test_times_come_in_the_order_of_the_buyers_hours_with_the_reason() -> None:
    async with open_desk() as desk:
        await desk.lead(lead__timezone="America/New_York")
        plain = await slots(desk, limit=50)
        assert plain["slots"][0]["from_at"] == FIRST
        assert plain["because"] == "their working day first (America/New_York)"
        for day in range(20, 27):  # in February, at a quarter past two of their day
            body = {"lead": "l1", "name": "pricing_view", "at": f"2026-02-{day}T19:15:00Z"}
            assert (await desk.http.post("/api/v1/signals", json=body)).status_code == 200
        await learn_of_buyers(desk.engine)
        known = await slots(desk, limit=50)
        assert known["slots"][0]["from_at"] == "2026-03-02T19:00:00Z"
        said = "they are usually active between 13 and 15 their time: 7 of 8"
        assert known["because"] == said
        page = (await desk.buyer.get(desk.path_of(await handoff_of(desk)))).text
        assert page.index("11:00") < page.index("14:00")  # as a calendar has them


async def test_a_rep_writes_down_that_the_buyer_will_come() -> None:
    async with open_desk() as desk:
        await desk.lead()
        early = await desk.http.post("/api/v1/handoffs/l1/meeting/confirmed", json={"by": "ada"})
        assert early.status_code == 422 and problem(early)["code"] == "bad_value"
        body = {"by": "ada", "from_at": FIRST}
        await desk.http.post("/api/v1/handoffs/l1/meeting", json=body)
        said = await desk.http.post("/api/v1/handoffs/l1/meeting/confirmed", json={"by": "ada"})
        assert said.status_code == 200, said.text
        meeting = (await handoff_of(desk)).meeting
        assert meeting is not None and meeting.confirmed_at is not None
        assert (await slots(desk))["meeting"]["confirmed"] is True
        assert "says that they will come" in (await desk.http.get("/leads/l1")).text
        report = (await desk.http.get("/api/v1/metrics/no-shows")).json()
        assert report["meetings"] == 0 and report["weights"]["start"] == -2197
