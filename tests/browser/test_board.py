"""The board shows what waits, counts down by itself, and changes without a reload."""

import re

from playwright.async_api import expect

from handrail.web import WebSettings
from tests.browser.conftest import looking
from tests.house import open_house

QUICK = WebSettings(poll_s=0.05)


async def test_a_lead_appears_without_a_reload(chromium: str) -> None:
    async with open_house(settings=QUICK) as house, looking(chromium, house) as page:
        await page.goto("/")
        await expect(page.get_by_role("heading", name="Nothing is waiting")).to_be_visible()
        await expect(page.locator("#live")).to_have_attribute("data-state", "live")
        await house.capture()
        row = page.locator("tr[data-key]")
        await expect(row).to_contain_text("Lena Lindqvist")
        await expect(row).to_contain_text("Ada Adler")
        await expect(row).to_contain_text("asked for a demo")
        await expect(row).to_have_class(re.compile("flash"))


async def test_time_left_counts_down(chromium: str) -> None:
    async with open_house() as house, looking(chromium, house) as page:
        await house.capture()
        await page.goto("/")
        clock = page.locator(".clock b")
        await expect(clock).to_have_text(re.compile(r"^4:5\d$"))
        before = await clock.inner_text()
        await expect(clock).not_to_have_text(before, timeout=3_000)
        assert await clock.inner_text() < before


async def test_a_breach_appears_without_a_reload(chromium: str) -> None:
    async with open_house(settings=QUICK) as house, looking(chromium, house) as page:
        await house.capture()
        await page.goto("/")
        row = page.locator("tr[data-key]")
        await expect(row).to_have_attribute("data-urgency", "running")
        await house.move(minutes=3.5)
        await expect(row).to_have_attribute("data-urgency", "warned")
        await house.move(minutes=2)
        await expect(row).to_have_attribute("data-urgency", "breached")
        await expect(row).to_contain_text("1 missed")
        await expect(row).to_contain_text("Ben Brook")
        await house.move(minutes=10)
        await expect(row).to_have_attribute("data-urgency", "incident")
        await expect(row).to_contain_text("incident")


async def test_a_lost_connection_is_said_and_mended(chromium: str) -> None:
    async with open_house(settings=QUICK) as house, looking(chromium, house) as page:
        await house.capture()
        await page.goto("/")
        await expect(page.locator("#live")).to_have_attribute("data-state", "live")
        await page.evaluate("dispatchEvent(new Event('offline'))")
        await expect(page.locator("#lost")).to_be_visible()
        await page.evaluate("dispatchEvent(new Event('online'))")
        await expect(page.locator("#lost")).to_be_hidden()


async def test_what_breaches_next_stands_first_and_filters_hold(chromium: str) -> None:
    async with open_house(settings=QUICK) as house, looking(chromium, house) as page:
        await house.capture(
            id="slow",
            email="wen@li.example",
            lead__name="Wen Li",
            signals=["webinar_attended"],
            lead__persona="executive",
        )
        await house.capture()
        await page.goto("/")
        names = page.locator("tr[data-key] .who a")
        await expect(names).to_have_text(["Lena Lindqvist", "Wen Li"])
        await page.keyboard.press("/")
        await page.keyboard.type("wen")
        await expect(page.locator("tr[data-key]:visible")).to_have_count(1)
        await house.capture(id="l3", email="o@omar.example", lead__name="Omar Haddad")
        await expect(page.locator("tr[data-key]")).to_have_count(3)
        await expect(page.locator("tr[data-key]:visible")).to_have_count(1)
        await page.keyboard.press("Escape")
        await page.select_option("select[name=type]", "hand_raiser")
        await expect(page.locator("tr[data-key]")).to_have_count(1)
        await expect(page).to_have_url(re.compile(r"type=hand_raiser"))


async def test_keys_move_through_the_board(chromium: str) -> None:
    async with open_house() as house, looking(chromium, house) as page:
        await house.capture()
        await house.capture(id="l2", email="o@omar.example", lead__name="Omar Haddad")
        await page.goto("/")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await expect(page.locator("tr.chosen")).to_contain_text("Omar Haddad")
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile("/leads/l2$"))
        await page.keyboard.press("b")
        await expect(page).to_have_url(re.compile("/$"))
