"""The buyer's page over HTTP: offered with the answer, chosen, moved, called off."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from handrail.engine.replay import replay
from handrail.engine.verify import verify
from handrail.terms import command as cmd
from handrail.terms.handoff import Handoff
from handrail.terms.people import Span
from tests.buyers import BOOKING, BookingHouse, open_desk

HOUR = timedelta(hours=1)
ELEVEN = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)  # in New York, of the sample's Monday
AT = re.compile(r'name="at" value="([^"]+)"')


async def handoff_of(desk: BookingHouse, id: str = "l1") -> Handoff:
    found = await desk.engine.store.case_of_handoff(id)
    assert found is not None and found.case.handoff is not None
    return found.case.handoff


def path(offered: dict[str, Any]) -> str:
    return str(offered["url"]).removeprefix("http://book.example")


def times(page: str) -> list[datetime]:
    return [datetime.fromisoformat(text) for text in AT.findall(page)]


async def test_the_answer_to_a_lead_has_the_owner_s_first_times_and_a_link() -> None:
    async with open_desk() as desk:
        receipt = await desk.capture()
        assert receipt["owner"] == "ada"
        booking = receipt["booking"]
        starts = [slot["from_at"] for slot in booking["slots"]]
        assert starts == ["2026-03-02T16:00:00Z", "2026-03-02T16:30:00Z", "2026-03-02T18:00:00Z"]
        assert "l1" not in booking["url"]
        page = await desk.buyer.get(path(booking))
        assert page.status_code == 200
        assert times(page.text)[:3] == [datetime.fromisoformat(text) for text in starts]


async def test_an_answer_says_nothing_of_booking_where_nobody_can_be_booked() -> None:
    async with open_desk() as desk:
        below = await desk.capture(id="quiet", email="q@quiet.example", signals=[])
        assert below["stage"] == "nurture" and "booking" not in below
        never = {"id": "never", "email": "n@never.example", "lead__may_contact": "no"}
        assert "booking" not in await desk.capture(**never)
    async with open_desk(booking="") as desk:
        assert "booking" not in await desk.capture()


async def test_a_time_is_booked_with_one_press_and_stands_on_the_page() -> None:
    async with open_desk() as desk:
        here = path(await desk.lead())
        answer = await desk.buyer.post(here, data={"at": "2026-03-02T16:00:00Z"})
        assert answer.status_code == 200 and "It is booked" in answer.text
        assert "Ada Adler" in answer.text and "11:00 to 11:30" in answer.text
        handoff = await handoff_of(desk)
        assert handoff.meeting is not None and handoff.meeting.from_at == ELEVEN
        assert handoff.stage == "accepted" and handoff.met_at is not None
        again = await desk.buyer.post(here, data={"at": "2026-03-02T16:00:00Z"})
        assert again.status_code == 200
        assert (await handoff_of(desk)).meetings_booked == 1


async def test_a_time_that_was_taken_meanwhile_is_refused_with_fresh_ones() -> None:
    async with open_desk() as desk:
        here = path(await desk.lead())
        span = Span(ELEVEN, ELEVEN + HOUR)
        await desk.engine.people.set_busy("ada", [span], actor="key:calendar")
        answer = await desk.buyer.post(here, data={"at": "2026-03-02T16:00:00Z"})
        assert answer.status_code == 409 and "just been taken" in answer.text
        assert times(answer.text)[0] == ELEVEN + 2 * HOUR
        assert (await handoff_of(desk)).meeting is None


async def test_a_time_that_was_never_offered_is_refused() -> None:
    async with open_desk() as desk:
        here = path(await desk.lead())
        for at in ("2026-03-02T16:10:00Z", "2026-03-02T03:00:00Z", "2026-06-02T16:00:00Z"):
            assert (await desk.buyer.post(here, data={"at": at})).status_code == 409, at
        for at in ("", "x", "2026-03-02T16:00:00"):
            assert (await desk.buyer.post(here, data={"at": at})).status_code == 400, at
        assert (await handoff_of(desk)).meeting is None


async def test_of_two_buyers_who_press_the_same_time_one_is_told_it_is_taken() -> None:
    async with open_desk() as desk:
        first = path(await desk.lead())
        other = {"id": "l2", "email": "o@omar.example"}
        second = path(await desk.lead(**other))
        for id in ("l1", "l2"):
            override = cmd.Override(by="person:mo", owner="ada", personal=cmd.Personal(note="x"))
            if (await handoff_of(desk, id)).owner.rep != "ada":
                await desk.engine.command(id, override, actor="person:mo")
        data = {"at": "2026-03-02T16:00:00Z"}
        answers = await asyncio.gather(
            desk.buyer.post(first, data=data), desk.buyer.post(second, data=data)
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_it_is_moved_and_called_off_on_the_same_page() -> None:
    async with open_desk() as desk:
        here = path(await desk.lead())
        await desk.buyer.post(here, data={"at": "2026-03-02T16:00:00Z"})
        page = await desk.buyer.get(here, params={"choose": "1"})
        assert "Choose another time" in page.text and ELEVEN in times(page.text)
        moved = await desk.buyer.post(here, data={"at": "2026-03-02T16:30:00Z"})
        assert "It is moved" in moved.text
        assert (await desk.buyer.get(f"{here}/cancel")).status_code == 200
        assert (await handoff_of(desk)).meeting is not None, "a GET changes nothing"
        off = await desk.buyer.post(f"{here}/cancel")
        assert "It is cancelled" in off.text and ELEVEN in times(off.text)
        assert (await handoff_of(desk)).meeting is None
        assert (await desk.buyer.post(f"{here}/cancel")).status_code == 200


async def test_the_calendar_file_names_the_page_and_keeps_its_id() -> None:
    async with open_desk() as desk:
        here = path(await desk.lead())
        assert (await desk.buyer.get(f"{here}/meeting.ics")).status_code == 404
        await desk.buyer.post(here, data={"at": "2026-03-02T16:00:00Z"})
        first = await desk.buyer.get(f"{here}/meeting.ics")
        assert first.headers["content-type"].startswith("text/calendar")
        assert "DTSTART:20260302T160000Z" in first.text and "SEQUENCE:0" in first.text
        await desk.buyer.post(here, data={"at": "2026-03-02T16:30:00Z"})
        second = await desk.buyer.get(f"{here}/meeting.ics")
        uids = [re.findall("UID:(.*)\r", text)[0] for text in (first.text, second.text)]
        assert uids[0] == uids[1] and "SEQUENCE:1" in second.text


async def test_times_are_told_in_the_zone_that_was_chosen() -> None:
    async with open_desk() as desk:
        here = path(await desk.lead())
        assert ">11:00</button>" in (await desk.buyer.get(here)).text
        page = await desk.buyer.get(here, params={"zone": "Europe/Berlin"})
        assert ">17:00</button>" in page.text and "Europe/Berlin" in page.text
        odd = await desk.buyer.get(here, params={"zone": '"><script>'})
        assert odd.status_code == 200 and "<script>" not in odd.text.replace("<script src", "")
        booked = await desk.buyer.post(
            here, data={"at": "2026-03-02T16:00:00Z", "zone": "Europe/Berlin"}
        )
        assert "17:00 to 17:30" in booked.text


async def test_nobody_is_let_in_by_a_link_that_was_changed_or_has_ended() -> None:
    async with open_desk() as desk:
        here = path(await desk.lead())
        for bad in (here[:-1], here + "A", "/book/x", f"/book/{'A' * 90}"):
            assert (await desk.buyer.get(bad)).status_code == 404, bad
        await desk.engine.command("l1", cmd.Close(outcome="lost"), actor="person:mo")
        assert (await desk.buyer.get(here)).status_code == 410
        answer = await desk.buyer.post(here, data={"at": "2026-03-02T16:00:00Z"})
        assert answer.status_code == 410
        await desk.move(minutes=93 * 24 * 60)
        assert (await desk.buyer.get(here)).status_code == 404


async def test_another_site_s_page_cannot_press_for_the_buyer() -> None:
    async with open_desk() as desk:
        here = path(await desk.lead())
        headers = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        answer = await desk.buyer.post(here, data={"at": "2026-03-02T16:00:00Z"}, headers=headers)
        assert answer.status_code == 403 and (await handoff_of(desk)).meeting is None


async def test_who_presses_without_end_is_asked_to_wait() -> None:
    async with open_desk() as desk:
        here = path(await desk.lead())
        codes = [(await desk.buyer.post(here, data={"at": "x"})).status_code for _ in range(12)]
        assert codes[0] == 400 and codes[-1] == 429
        await desk.move(minutes=1)
        assert (await desk.buyer.post(here, data={"at": "x"})).status_code == 400


async def test_the_page_of_a_pool_offers_everybody_s_times_and_the_fair_one_gets_it() -> None:
    async with open_desk(booking=BOOKING.replace("1h,", "1h, per_day: 1,")) as desk:
        now = desk.clock.now()
        for rep in ("cy", "ben"):
            span = [Span(now, now + HOUR)]
            await desk.engine.people.set_busy(rep, span, actor="key:calendar")
        fields = {"id": "pool", "email": "p@pool.example", "lead__country": "AT"}
        receipt = await desk.capture(**fields)
        assert receipt["owner"] == "team:inbound", receipt
        here = path(receipt["booking"])
        first = receipt["booking"]["slots"][0]["from_at"]
        assert (await desk.buyer.post(here, data={"at": first})).status_code == 200
        handoff = await handoff_of(desk, "pool")
        assert handoff.meeting is not None and handoff.owner.rep == handoff.meeting.rep == "cy"


async def test_a_rep_whose_calendar_is_stale_is_offered_to_nobody() -> None:
    async with open_desk() as desk:
        offered = await desk.lead()
        await desk.engine.people.set_calendar("ada", stale=True, actor="system")
        page = await desk.buyer.get(path(offered))
        assert page.status_code == 200 and times(page.text) == []


async def test_a_calendar_is_looked_at_as_far_ahead_as_buyers_may_book() -> None:
    """Decisions see a week of it; who books ahead must see it all."""
    async with open_desk() as desk:
        here = path(await desk.lead())
        late = ELEVEN + timedelta(days=14, hours=-2)  # the last morning that is offered
        assert late in times((await desk.buyer.get(here)).text)
        span = [Span(late - HOUR, late + HOUR)]
        await desk.engine.people.set_calendar("ada", busy=span, actor="system")
        assert late not in times((await desk.buyer.get(here)).text)
        answer = await desk.buyer.post(here, data={"at": late.isoformat()})
        assert answer.status_code == 409 and (await handoff_of(desk)).meeting is None


async def test_what_buyers_did_is_in_the_ledger_and_verifies() -> None:
    async with open_desk() as desk:
        here = path(await desk.lead())
        for at in ("2026-03-02T16:00:00Z", "2026-03-02T16:30:00Z"):
            await desk.buyer.post(here, data={"at": at})
        await desk.buyer.post(f"{here}/cancel")
        events = (await desk.http.get("/api/v1/handoffs/l1/events")).text
        for event in ("meeting_booked", "meeting_moved", "meeting_cancelled"):
            assert event in events
        report = await verify(desk.engine.store, desk.engine.vault)
        assert report.ok, report
        replayed = await replay(desk.engine.store, desk.engine.vault)
        assert replayed.ok, replayed


async def test_whom_no_time_suits_asks_for_one_and_the_owner_is_told() -> None:
    async with open_desk() as desk:
        here = path(await desk.lead())
        await desk.engine.people.set_calendar("ada", stale=True, actor="system")
        page = await desk.buyer.get(here)
        assert "No time is free" in page.text and "Ask for a time" in page.text
        wish = {"when": "Any evening <b>after</b> six"}
        for _ in range(2):
            answer = await desk.buyer.post(f"{here}/ask", data=wish)
            assert answer.status_code == 200 and "We have your wish" in answer.text
        assert (await desk.buyer.post(f"{here}/ask", data={"when": " "})).status_code == 400
        found = await desk.engine.store.case_of_handoff("l1")
        assert found is not None
        assert found.case.lead.attributes["lead.requested_time"] == wish["when"]
        asked = [one.name for one in found.case.lead.signals if one.name == "time_requested"]
        assert asked == ["time_requested"], "said twice, asked once"
        events = (await desk.http.get("/api/v1/handoffs/l1/events")).text
        assert "new_signal" in events


async def test_a_buyer_says_with_one_press_that_they_will_come() -> None:
    async with open_desk() as desk:
        offered = await desk.lead()
        page = path(offered)
        await desk.buyer.post(page, data={"at": offered["slots"][0]["from_at"]})
        assert "I will come" in (await desk.buyer.get(page)).text
        for _ in range(2):
            said = await desk.buyer.post(f"{page}/confirm", data={})
            assert said.status_code == 200 and "You said that you will come" in said.text
        meeting = (await handoff_of(desk)).meeting
        assert meeting is not None and meeting.confirmed_at is not None and meeting.by_buyer
        assert (await verify(desk.engine.store, desk.engine.vault)).ok


REVOKED = {"by": "mo", "reason": "the mail went to somebody else"}


async def test_a_revoked_link_opens_nothing_and_the_new_one_does() -> None:
    async with open_desk() as desk:
        offered = await desk.lead()
        old = path(offered)
        await desk.buyer.post(old, data={"at": offered["slots"][0]["from_at"]})
        done = await desk.http.post("/api/v1/handoffs/l1/booking-page/revoke", json=REVOKED)
        assert done.status_code == 200, done.text
        for gone in (await desk.buyer.get(old), await desk.buyer.post(f"{old}/cancel", data={})):
            assert gone.status_code == 410 and "closed" in gone.text
        page = await desk.buyer.get(path(done.json()))
        assert page.status_code == 200 and "is booked" in page.text  # what is booked stays so
        assert (await handoff_of(desk)).meeting is not None
        assert (await desk.http.get("/api/v1/handoffs/l1/slots")).json()["url"] == (
            done.json()["url"]
        )
        told = (await desk.http.get("/api/v1/handoffs/l1/events")).json()["events"]
        assert "page_revoked" in [one["event"] for one in told]
        assert REVOKED["reason"] in (await desk.http.get("/leads/l1")).text
        assert (await verify(desk.engine.store, desk.engine.vault)).ok


async def test_the_console_revokes_by_name_and_with_a_reason() -> None:
    async with open_desk() as desk:
        old = path(await desk.lead())
        shown = (await desk.http.get("/leads/l1")).text
        assert "Revoke the link" in shown and "The best times" in shown
        assert "Earliest first: nothing is known of their hours" in shown
        nameless = await desk.http.post("/leads/l1/booking-page", data={"reason": "why"})
        assert nameless.status_code == 422
        assert (await desk.buyer.get(old)).status_code == 200
        done = await desk.http.post("/leads/l1/booking-page", data=REVOKED)
        assert done.status_code == 303, done.text
        assert (await desk.buyer.get(old)).status_code == 410
    async with open_desk(booking="") as plain:
        await plain.capture()
        assert "Revoke the link" not in (await plain.http.get("/leads/l1")).text
        refused = await plain.http.post("/api/v1/handoffs/l1/booking-page/revoke", json=REVOKED)
        assert refused.status_code == 422
