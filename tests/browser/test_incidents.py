"""The pages of incidents: what pages now, how it came to that; closed and silenced by name."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import looking
from tests.browser.test_looks import CONTRAST, OVERFLOW
from tests.house import House, open_house

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


async def paging(house: House) -> None:
    """Nobody answers: a quarter of an hour later the incident is open."""
    await house.capture()
    await house.move(minutes=16)


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desktop", "phone"])
async def test_an_incident_is_silenced_and_then_closed(
    chromium: str, viewport: dict[str, int]
) -> None:
    async with open_house() as house, looking(chromium, house, viewport=viewport) as page:
        await paging(house)
        await page.goto("/incidents")
        await expect(page.locator(".incidents tbody tr")).to_have_count(1)
        await page.get_by_role("link", name="lenaco.example").click()
        await page.wait_for_url("**/incidents/l1-1")
        silence = page.locator("form[action$='/silence']")
        await silence.get_by_label("You are").select_option("mo")
        await silence.get_by_label("No page for").select_option("2")
        await silence.get_by_label("Because").fill("I <b>call</b> her")
        await silence.get_by_role("button").click()
        await expect(page.locator(".chips")).to_contain_text("silenced by mo until")
        await expect(page.locator(".timeline")).to_contain_text("“I <b>call</b> her”")
        close = page.locator("form[action$='/close']")
        await close.get_by_label("You are").select_option("mo")
        await close.get_by_label("It came to this because").select_option("staffing")
        await close.get_by_role("button").click()
        await expect(page.locator(".chips")).to_contain_text("no incident is open")
        await expect(page.get_by_role("heading", name="Closed")).to_be_visible()
        await page.goto("/incidents")
        await expect(page.get_by_text("No incident is open")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desktop", "phone"])
async def test_everything_of_it_can_be_read(
    chromium: str, scheme: str, viewport: dict[str, int]
) -> None:
    async with (
        open_house() as house,
        looking(chromium, house, viewport=viewport, color_scheme=scheme) as page,
    ):
        await page.goto("/incidents")
        await paging(house)
        for path in ("/incidents", "/incidents/l1-1"):
            await page.goto(path)
            assert await page.evaluate(OVERFLOW) <= 0, path
            assert await page.evaluate(CONTRAST) == [], path
