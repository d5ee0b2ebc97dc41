"""The page of people: away until, and what is open passed on, at a desk and on a telephone."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import looking
from tests.browser.test_booking import faults
from tests.browser.test_looks import CONTRAST, OVERFLOW
from tests.house import open_house

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desktop", "phone"])
async def test_a_rep_is_away_until_and_what_is_open_goes_to_the_cover(
    chromium: str, viewport: dict[str, int]
) -> None:
    async with open_house() as house, looking(chromium, house, viewport=viewport) as page:
        await house.capture()
        await page.goto("/people")
        ada = page.locator("#ada")
        await ada.get_by_label("Until when").fill("15:00")
        await ada.get_by_role("button", name="Away").click()
        await expect(ada).to_contain_text("until 15:00 there")
        await ada.get_by_role("button", name="Pass on").click()
        await expect(ada).to_contain_text("1 open")  # nobody was named: the browser asks first
        await page.get_by_label("You are").select_option("mo")
        await page.get_by_label("Because").fill("ill until Friday")
        await ada.get_by_role("button", name="Pass on").click()
        await expect(page.get_by_role("status")).to_contain_text("1 handoff was passed on")
        await expect(page.locator("#ben")).to_contain_text("1 open")
        await ada.get_by_role("button", name="Back").click()
        await expect(page.get_by_role("status")).to_contain_text("Leads come to them again")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desktop", "phone"])
async def test_everything_of_it_can_be_read(
    chromium: str, scheme: str, viewport: dict[str, int]
) -> None:
    async with (
        open_house() as house,
        looking(chromium, house, viewport=viewport, color_scheme=scheme) as page,
    ):
        await house.capture()
        await page.goto("/people")
        assert await page.evaluate(OVERFLOW) <= 0
        assert await page.evaluate(CONTRAST) == []
        assert await faults(page) == []
