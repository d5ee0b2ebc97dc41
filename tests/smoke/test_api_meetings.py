"""Meetings over the API: people of ours book, move and call off for the buyer."""

from typing import Any

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
