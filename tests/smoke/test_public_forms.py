"""Forms that anybody may fill in: a person books at once, a program reaches nobody."""

import re
import time
from datetime import timedelta
from typing import Any

import httpx

from handrail.web.booking.forms import EMAIL, TOKEN, TRAP, Form, FormField
from tests.buyers import BookingHouse, open_desk

SITE = "https://www.acme.example"
DEMO = Form(
    title="See a demo",
    fields=(
        EMAIL,
        FormField(name="lead.name", label="Your name", also=("fullname",)),
        FormField(name="lead.country", label="Country", kind="select", options=("US", "DE")),
        FormField(name="account.name", label="Company", required=True, also=("company",)),
    ),
    signals=("demo_request",),
    always={"lead.source_campaign": "site"},
    origins=(SITE,),
)
FORMS = {"demo": DEMO}
FIELD = re.compile(rf'name="{TOKEN}" value="([^"]+)"')
FILLED = {"email": "lena@lenaco.example", "account.name": "Lenaco", "lead.country": "US"}


async def token_of(desk: BookingHouse, *, wait_s: float = 5) -> str:
    page = await desk.buyer.get("/form/demo")
    assert page.status_code == 200
    await desk.move(minutes=wait_s / 60)
    [token] = FIELD.findall(page.text)
    return str(token)


async def send(desk: BookingHouse, **fields: Any) -> httpx.Response:
    data = {**FILLED, TOKEN: await token_of(desk), **fields}
    return await desk.buyer.post("/form/demo", data=data)


async def leads(desk: BookingHouse) -> int:
    return (await desk.engine.store.head()).seq


async def test_who_fills_in_a_form_chooses_a_time_on_the_next_page() -> None:
    async with open_desk(forms=FORMS) as desk:
        answer = await send(desk)
        assert answer.status_code == 200 and "Choose a time" in answer.text
        assert answer.url.path.startswith("/book/")
        booked = await desk.buyer.post(answer.url.path, data={"at": "2026-03-02T17:00:00Z"})
        assert booked.status_code in (200, 409)
        found = await desk.http.get("/api/v1/handoffs")
        [row] = found.json()["handoffs"]
        assert row["owner"] in ("ada", "ben")


async def test_what_the_form_does_not_ask_for_never_reaches_the_lead() -> None:
    async with open_desk(forms=FORMS) as desk:
        before = await leads(desk)
        odd = {"lead.fit": "100", "id": "x", "signals": "won", "lead.source_campaign": "mine"}
        await send(desk, **odd, **{"lead.country": "XX"})
        assert await leads(desk) > before
        [entry] = (await desk.http.get("/api/v1/handoffs")).json()["handoffs"]
        found = await desk.engine.store.case_of_handoff(entry["id"])
        assert found is not None
        kept = found.case.lead.attributes
        assert kept["lead.source_campaign"] == "site" and "lead.fit" not in kept
        assert "lead.country" not in kept
        assert [signal.name for signal in found.case.lead.signals] == ["demo_request"]


async def test_one_token_is_one_lead_however_often_it_is_sent() -> None:
    async with open_desk(forms=FORMS) as desk:
        token = await token_of(desk)
        for n in range(3):
            data = {**FILLED, TOKEN: token, "email": f"p{n}@x{n}.example"}
            assert (await desk.buyer.post("/form/demo", data=data)).status_code == 200
        assert len((await desk.http.get("/api/v1/handoffs")).json()["handoffs"]) == 1


async def test_who_falls_into_the_trap_is_thanked_and_reaches_nobody() -> None:
    async with open_desk(forms=FORMS) as desk:
        before = await leads(desk)
        answer = await send(desk, **{TRAP: "http://spam.example"})
        assert answer.status_code == 200 and DEMO.thanks in answer.text
        assert await leads(desk) == before


async def test_without_a_token_or_too_fast_nothing_is_taken_and_words_are_kept() -> None:
    async with open_desk(forms=FORMS) as desk:
        before = await leads(desk)
        fast = await desk.buyer.post(
            "/form/demo", data={**FILLED, TOKEN: await token_of(desk, wait_s=0)}
        )
        assert fast.status_code == 400 and "once more" in fast.text
        assert 'value="Lenaco"' in fast.text
        for token in ("", "x", "A" * 90):
            answer = await desk.buyer.post("/form/demo", data={**FILLED, TOKEN: token})
            assert answer.status_code == 400
        old = await token_of(desk)
        await desk.move(minutes=13 * 60)
        assert (await desk.buyer.post("/form/demo", data={**FILLED, TOKEN: old})).status_code == 400
        assert await leads(desk) == before


async def test_who_was_too_fast_presses_once_more_and_is_let_in() -> None:
    async with open_desk(forms=FORMS) as desk:
        token = await token_of(desk, wait_s=0)
        fast = await desk.buyer.post("/form/demo", data={**FILLED, TOKEN: token})
        assert fast.status_code == 400 and FIELD.findall(fast.text) == [token]
        await desk.move(minutes=0.1)
        again = await desk.buyer.post("/form/demo", data={**FILLED, TOKEN: token})
        assert again.status_code == 200 and again.url.path.startswith("/book/")


async def test_what_is_missing_or_no_address_is_asked_for_again() -> None:
    async with open_desk(forms=FORMS) as desk:
        missing = await send(desk, **{"account.name": ""})
        assert missing.status_code == 422 and "Company" in missing.text
        wrong = await send(desk, email="lena")
        assert wrong.status_code == 422
        nasty = await send(desk, email='"><script>alert(1)</script>')
        assert nasty.status_code == 422 and "<script>alert" not in nasty.text


async def test_thrown_away_addresses_are_flagged_and_let_in() -> None:
    async with open_desk(forms=FORMS, disposable=frozenset({"throw.example"})) as desk:
        await send(desk, email="x@throw.example")
        [row] = (await desk.http.get("/api/v1/handoffs")).json()["handoffs"]
        found = await desk.engine.store.case_of_handoff(row["id"])
        assert found is not None
        assert found.case.lead.attributes["lead.disposable_email"] is True


async def test_nobody_is_flooded_through_our_forms() -> None:
    async with open_desk(forms=FORMS) as desk:
        codes = [(await send(desk)).status_code for _ in range(5)]
        await desk.move(minutes=3)
        codes.append((await send(desk)).status_code)
        assert codes[:3] == [200, 200, 200] and codes[-1] == 429


async def test_only_pages_that_a_form_names_may_send_it_from_elsewhere() -> None:
    async with open_desk(forms=FORMS) as desk:
        data = {**FILLED, TOKEN: await token_of(desk), "company": "Lenaco", "account.name": ""}
        headers = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        refused = await desk.buyer.post("/form/demo", data=data, headers=headers)
        assert refused.status_code == 403
        headers = {"origin": SITE, "sec-fetch-site": "cross-site", "accept": "application/json"}
        taken = await desk.buyer.post("/form/demo", data=data, headers=headers)
        assert taken.status_code == 200
        assert taken.headers["access-control-allow-origin"] == SITE
        assert taken.json()["page"].startswith("/book/")
        policy = (await desk.buyer.get(taken.json()["page"])).headers["content-security-policy"]
        assert f"frame-ancestors 'self' {SITE}" in policy


async def test_ten_thousand_bot_posts_reach_no_rep_and_a_real_lead_stays_fast() -> None:
    async with open_desk(forms=FORMS) as desk:
        before = await leads(desk)
        token = await token_of(desk)
        bad = [
            {**FILLED, TRAP: "x", TOKEN: token},
            {**FILLED, TOKEN: "A" * 80},
            {**FILLED},
            {"email": "x" * 5_000, TOKEN: token, TRAP: "x"},
        ]
        for n in range(10_000):
            answer = await desk.buyer.post("/form/demo", data=bad[n % 4], follow_redirects=False)
            assert answer.status_code in (200, 400, 429)
            if n % 100 == 0:
                await desk.move(minutes=0.5)
        assert await leads(desk) == before
        began = time.perf_counter()
        receipt = await desk.capture()
        assert receipt["owner"] == "ada" and time.perf_counter() - began < 1
        await desk.move(minutes=timedelta(hours=1).total_seconds() / 60)
        assert (await send(desk, email="real@person.example")).status_code == 200


async def test_the_widget_carries_a_token_and_may_be_asked_for_by_other_pages() -> None:
    async with open_desk(forms=FORMS) as desk:
        script = await desk.buyer.get("/widget/demo.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"
        assert script.headers["cache-control"] == "no-store"
        assert "GIVEN" not in script.text and '"form": "demo"' in script.text
        assert (await desk.buyer.get("/widget/other.js")).status_code == 404
