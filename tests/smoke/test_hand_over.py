"""What a rep has open goes to their cover in one press; what cannot go stays, and is listed."""

from datetime import UTC, datetime
from typing import Any

from handrail.terms import command as cmd
from handrail.terms.people import Span
from tests.house import ACME, House, open_house, problem

WHO = {"by": "mo", "reason": "ill until Friday"}
URL = "/api/v1/reps/ada/hand-over"
AT = datetime(2026, 3, 2, 18, tzinfo=UTC)
TILL = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)


async def held_by_ada(house: House, *ids: str) -> None:
    """Each owned by Ada, however busy that makes her."""
    for id in ids:
        await house.capture(id=id, email=f"{id}@{id}.example")
        command = cmd.Override(by="mo", owner="ada", personal=cmd.Personal(note="x"))
        await house.engine.command(id, command, actor="person:mo")
        await house.engine.command(id, cmd.Override(by="mo", release=True), actor="person:mo")


async def owner(house: House, id: str) -> str:
    return str((await house.http.get(f"/api/v1/handoffs/{id}")).json()["owner"])


async def passed(house: House, **body: Any) -> dict[str, Any]:
    answer = await house.http.post(URL, json={**WHO, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_all_that_is_open_goes_to_the_cover_with_who_and_why() -> None:
    async with open_house() as house:
        await held_by_ada(house, "l1", "l2")
        done = await passed(house)
        assert (done["to"], len(done["moved"]), done["stays"]) == ("ben", 2, [])
        assert [await owner(house, id) for id in ("l1", "l2")] == ["ben", "ben"]
        events = (await house.http.get("/api/v1/handoffs/l1/events")).json()["events"]
        said = [one for one in events if one["event"] == "overridden"][-1]
        assert "passed it on to Ben Brook" in str(said), said
        assert "ill until Friday" in str(said)
        assert (await passed(house))["moved"] == [], "pressed again it moves nothing twice"


async def test_the_window_stays_as_it_is() -> None:
    async with open_house() as house:
        await held_by_ada(house, "l1")
        before = (await house.http.get("/api/v1/handoffs/l1")).json()
        await house.move(minutes=2)
        await passed(house)
        after = (await house.http.get("/api/v1/handoffs/l1")).json()
        assert after["due_at"] == before["due_at"]
        assert "owner" not in after["set_by_person"]


async def test_a_meeting_goes_along_where_the_cover_can_be_there() -> None:
    async with open_house() as house:
        await held_by_ada(house, "l1", "l2")
        book = cmd.BookMeeting(rep="ada", from_at=AT, until_at=TILL)
        await house.engine.command("l1", book, actor="rep:ada")
        await house.engine.people.set_busy("ben", [], actor="test")
        assert len((await passed(house))["moved"]) == 2
        stored = await house.engine.store.case_of_handoff("l1")
        assert stored is not None
        assert stored.case.handoff is not None
        assert stored.case.handoff.meeting is not None
        assert stored.case.handoff.meeting.rep == "ben"
        days = await house.engine.people.days()
        assert Span(AT, TILL) in days["ben"].conditions.busy
        assert Span(AT, TILL) not in days["ada"].conditions.busy


async def test_a_meeting_that_the_cover_cannot_be_at_stays_with_its_lead() -> None:
    async with open_house() as house:
        await held_by_ada(house, "l1", "l2")
        book = cmd.BookMeeting(rep="ada", from_at=AT, until_at=TILL)
        await house.engine.command("l1", book, actor="rep:ada")
        await house.engine.people.set_busy("ben", [Span(AT, TILL)], actor="test")
        done = await passed(house)
        assert len(done["moved"]) == 1
        [stays] = done["stays"]
        assert (stays["lead"], stays["why"]) == ("l1", "double_booked")
        assert await owner(house, "l1") == "ada"


async def test_nobody_covers_and_all_stays() -> None:
    async with open_house() as house:
        await held_by_ada(house, "l1")
        now = house.clock.now()
        later = now.replace(day=now.day + 2)
        await house.engine.people.add_leave("ben", Span(now, later), actor="test")
        answer = await house.http.post(URL, json=WHO)
        told = problem(answer)
        assert (told["status"], told["code"]) == (409, "nobody_covers")
        assert [one["lead"] for one in answer.json()["stays"]] == ["l1"]
        no_cover = await house.http.post("/api/v1/reps/ben/hand-over", json=WHO)
        assert "has no cover" in problem(no_cover)["detail"]
        assert await owner(house, "l1") == "ada"
        assert (await house.http.post(URL, json={**WHO, "to": "ada"})).status_code == 409
        assert (await house.http.post(URL, json={**WHO, "to": "zoe"})).status_code == 409


async def test_a_lead_that_must_never_be_theirs_stays() -> None:
    async with open_house() as house:
        text = (ACME / "roster.yaml").read_text()
        await held_by_ada(house, "l1", "l2")
        rival = "  - {id: ben, conflicts: [l1.example],"
        assert "  - {id: ben," in text
        answer = await house.http.put(
            "/api/v1/roster",
            content=text.replace("  - {id: ben,", rival),
            headers={"Content-Type": "application/yaml"},
        )
        assert answer.status_code == 200, answer.text
        done = await passed(house)
        assert [one["lead"] for one in done["stays"]] == ["l1"]
        assert "conflict_of_interest" in done["stays"][0]["message"]


async def test_the_press_in_the_console_needs_a_name_and_a_reason() -> None:
    async with open_house() as house:
        await held_by_ada(house, "l1")
        for form in ({}, {"by": "mo"}, {"by": "zoe", "reason": "x"}):
            answer = await house.http.post("/people/ada/hand-over", data=form)
            assert answer.status_code == 422, form
        done = await house.http.post("/people/ada/hand-over", data=WHO)
        assert (done.status_code, done.headers["location"]) == (303, "/people?moved=1")
        assert await owner(house, "l1") == "ben"
