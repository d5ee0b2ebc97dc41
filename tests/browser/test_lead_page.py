"""The page of a lead says who, why this owner and not another, and what happened."""

import pytest
from playwright.async_api import expect

from handrail.web import WebSettings
from tests.browser.conftest import looking
from tests.browser.test_booking import faults
from tests.browser.test_looks import CONTRAST, OVERFLOW
from tests.house import open_house

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


async def test_every_candidate_stands_there_with_a_reason(chromium: str) -> None:
    async with open_house() as house, looking(chromium, house) as page:
        await house.capture()
        await page.goto("/")
        await page.get_by_role("link", name="Lena Lindqvist").click()
        await expect(page.get_by_role("heading", name="Why Ada Adler")).to_be_visible()
        rows = page.locator(".candidates tbody tr")
        await expect(rows).to_have_text(["1Ada Adlerpicked", "2Ben Brookless senior"])
        await expect(page.locator(".clause")).to_contain_text("account.employees >= 1000")
        await expect(page.locator("#lead")).to_contain_text("lena@lenaco.example")
        await expect(page.locator("#lead")).to_contain_text("demo request")
        brief = page.locator("section", has=page.get_by_role("heading", name="Brief"))
        await expect(brief).to_contain_text("Write: attempt 1 of 6.")
        await expect(brief).to_contain_text("an answer within 5 min")


async def test_the_timeline_grows_by_itself_in_plain_words(chromium: str) -> None:
    settings = WebSettings(poll_s=0.05)
    async with open_house(settings=settings) as house, looking(chromium, house) as page:
        await house.capture()
        await page.goto("/leads/l1")
        timeline = page.locator(".timeline")
        await expect(timeline).to_contain_text("Assigned to Ada Adler")
        await expect(page.locator("#live")).to_have_attribute("data-state", "live")
        await house.move(minutes=5.5)
        await expect(timeline).to_contain_text("Ada Adler missed the first action clock, step 1")
        await expect(page.get_by_role("heading", name="Why Ben Brook")).to_be_visible()
        body = {"rep": "ben", "act": "call"}
        await house.http.post("/api/v1/handoffs/l1/actions", json=body)
        await expect(timeline).to_contain_text("First action: Ben Brook called")


async def test_times_are_the_viewers_with_utc_beside(chromium: str) -> None:
    async with (
        open_house() as house,
        looking(chromium, house, timezone_id="Asia/Tokyo") as page,
    ):
        await house.capture()
        await page.goto("/leads/l1")
        time = page.locator(".timeline li:not(.day) time").first
        await expect(time).to_have_text("00:00:00")
        await expect(time).to_have_attribute("title", "2026-03-02 15:00:00 UTC")


async def test_a_lead_below_the_threshold_has_a_page_too(chromium: str) -> None:
    async with open_house() as house, looking(chromium, house) as page:
        await house.capture(id="quiet", signals=["careers_view"])
        await page.goto("/leads/quiet")
        await expect(page.locator(".hero")).to_contain_text("nurture")
        await expect(page.locator(".timeline")).to_contain_text("Came in as quiet")
        answer = await house.http.get("/leads/nobody", headers={"Accept": "text/html"})
        assert answer.status_code == 404
        assert "There is no lead nobody" in answer.text


async def test_attempts_and_the_way_to_an_incident_stand_there(chromium: str) -> None:
    async with open_house() as house, looking(chromium, house) as page:
        await house.capture()
        await house.http.post("/api/v1/handoffs/l1/accept", json={"rep": "ada"})
        await house.http.post("/api/v1/handoffs/l1/actions", json={"rep": "ada", "act": "call"})
        await page.goto("/leads/l1")
        await expect(page.get_by_text("1 of 6 made")).to_be_visible()
        told = (await house.http.get("/api/v1/handoffs/l1")).json()
        assert (told["attempts"], told["attempts_planned"]) == (1, 6)
        assert told["next_attempt_at"] == "2026-03-04T07:00:00Z"
        await house.capture(id="l2", email="o@omar.example")
        await house.move(minutes=16)
        await page.goto("/leads/l2")
        await page.get_by_role("link", name="How it came to the incident").click()
        await page.wait_for_url("**/incidents/l2-1")
        await expect(page.get_by_role("heading", name="Close it")).to_be_visible()


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desktop", "phone"])
async def test_another_owner_is_set_there_and_what_is_typed_outlives_the_renewal(
    chromium: str, viewport: dict[str, int]
) -> None:
    settings = WebSettings(poll_s=0.05)
    async with (
        open_house(settings=settings) as house,
        looking(chromium, house, viewport=viewport) as page,
    ):
        await house.capture()
        await page.goto("/leads/l1")
        assert await page.evaluate(OVERFLOW) <= 0
        assert await page.evaluate(CONTRAST) == []
        assert await faults(page) == []
        await expect(page.locator("#live")).to_have_attribute("data-state", "live")
        await page.get_by_label("To whom").select_option("ben")
        await page.get_by_label("Because").fill("ada is at the fair")
        await house.http.post("/api/v1/handoffs/l1/actions", json={"rep": "ada", "act": "call"})
        await expect(page.locator(".timeline")).to_contain_text("Ada Adler called")
        await expect(page.get_by_label("Because")).to_have_value("ada is at the fair")
        await page.locator("form.act").get_by_label("You are").select_option("mo")
        await page.get_by_role("button", name="Set the owner").click()
        await expect(page.locator(".hero")).to_contain_text("Ben Brook")
        await expect(page.locator(".timeline")).to_contain_text("ada is at the fair")
