"""Dark and light, wide and narrow: nothing is cut off, everything can be read."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import looking
from tests.house import House, open_house

CONTRAST_MIN = 4.5
CONTRAST = (Path(__file__).parent / "contrast.js").read_text().replace("MIN", str(CONTRAST_MIN))
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def busy(house: House) -> None:
    """Rows of every urgency."""
    await house.capture()
    await house.move(minutes=11)
    await house.capture(id="l2", email="o@omar.example", lead__name="Omar Haddad")
    await house.move(minutes=6)
    await house.capture(
        id="l3", email="long.name@a-very-long-company-name.example", account__name="x" * 90
    )
    body = {"by": "mo", "until": "2026-03-03T15:00:00Z", "reason": "away"}
    await house.capture(id="l4", email="p@p.example", lead__name="Priya Raman")
    await house.http.post("/api/v1/handoffs/l4/pause", json=body)
    await house.capture(
        id="l5", email="q@q.example", lead__source_campaign="", signals=["demo_request"]
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 820, 1280])
async def test_everything_can_be_read(chromium: str, scheme: str, width: int) -> None:
    async with open_house() as house:
        await busy(house)
        viewport = {"width": width, "height": 900}
        async with looking(chromium, house, color_scheme=scheme, viewport=viewport) as page:
            for path in ("/", "/leads/l1", "/leads/l4", "/leads/l3"):
                await page.goto(path)
                await expect(page.locator("#live")).to_have_attribute("data-state", "live")
                assert await page.evaluate(OVERFLOW) <= 0, path
                assert await page.evaluate(CONTRAST) == [], path


async def test_the_theme_that_was_chosen_is_remembered(chromium: str) -> None:
    async with open_house() as house, looking(chromium, house, color_scheme="light") as page:
        await page.goto("/")
        paper = "getComputedStyle(document.body).backgroundColor"
        light = await page.evaluate(paper)
        await page.keyboard.press("t")
        dark = await page.evaluate(paper)
        assert dark != light
        await page.reload()
        assert await page.evaluate(paper) == dark
        await page.get_by_role("button", name="Dark or light").click()
        assert await page.evaluate(paper) == light


async def test_everything_that_can_be_used_has_a_name(chromium: str) -> None:
    unnamed = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select")]
        .filter((node) => !(node.textContent.trim() || node.ariaLabel || node.labels?.length))
        .map((node) => node.outerHTML)"""
    async with open_house() as house, looking(chromium, house) as page:
        await busy(house)
        for path in ("/", "/leads/l1", "/sign-in"):
            await page.goto(path)
            assert await page.evaluate(unnamed) == []
            assert await page.locator("main").count() == 1
            assert await page.locator("html").get_attribute("lang") == "en"


async def test_without_scripts_the_board_still_shows_and_filters(chromium: str) -> None:
    async with (
        open_house() as house,
        looking(chromium, house, java_script_enabled=False) as page,
    ):
        await house.capture()
        await page.goto("/")
        await expect(page.locator("tr[data-key]")).to_contain_text("5 min")
        await page.select_option("select[name=owner]", "ben")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("heading", name="No open handoff matches")).to_be_visible()
