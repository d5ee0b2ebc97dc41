"""The page of calendars in a real browser: signed in at a provider and back, at every size."""

import httpx
import pytest
from playwright.async_api import expect

from tests.browser.conftest import looking
from tests.browser.test_booking import faults
from tests.browser.test_looks import CONTRAST, OVERFLOW
from tests.google import google_node
from tests.house import House, open_house, running
from tests.smoke.test_console_calendars import app_of

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desktop", "phone"])
async def test_everything_of_it_can_be_read_and_leads_to_the_provider(
    chromium: str, scheme: str, viewport: dict[str, int]
) -> None:
    async with open_house() as sample, google_node(sample.engine) as node:
        await node.connect("ben")
        async with (
            running(app_of(sample.engine, node)) as url,
            httpx.AsyncClient(base_url=url) as http,
            looking(
                chromium,
                House(engine=sample.engine, url=url, http=http),
                viewport=viewport,
                color_scheme=scheme,
            ) as page,
        ):
            await page.goto("/calendars")
            await page.get_by_text("Connect a calendar of Ada Adler").click()
            assert await page.evaluate(OVERFLOW) <= 0
            assert await page.evaluate(CONTRAST) == []
            assert await faults(page) == []
            await page.get_by_role("button", name="Sign in at Google").first.click()
            await expect(page.get_by_role("heading", name="Sign in at Google")).to_be_visible()
            assert await faults(page) == []
            link = page.get_by_role("link", name="Go to Google")
            assert str(await link.get_attribute("href")).startswith(f"{node.fake.url}/auth?")
