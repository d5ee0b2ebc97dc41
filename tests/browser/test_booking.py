"""A buyer books: from a telephone, with and without JavaScript, and everything can be read."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from handrail.terms.handoff import Handoff
from tests.browser.conftest import looking
from tests.browser.test_looks import CONTRAST, OVERFLOW
from tests.buyers import BookingHouse, open_desk

PHONE = {"width": 390, "height": 844}
AXE = Path(__file__).resolve().parents[2] / ".venv/editor/node_modules/axe-core/axe.min.js"
GRAVE = ("serious", "critical")


async def faults(page: Page) -> list[str]:
    """What axe finds that keeps people out."""
    if not AXE.exists():
        pytest.skip("axe-core was not installed: npm's registry did not answer `make setup`")
    await page.evaluate(AXE.read_text())
    found: dict[str, Any] = await page.evaluate("axe.run()")
    return [
        f"{one['id']}: {one['nodes'][0]['html']}"
        for one in found["violations"]
        if one["impact"] in GRAVE
    ]


async def handoff_of(desk: BookingHouse) -> Handoff:
    found = await desk.engine.store.case_of_handoff("l1")
    assert found is not None and found.case.handoff is not None
    return found.case.handoff


async def here(desk: BookingHouse) -> str:
    await desk.lead()
    return desk.path_of(await handoff_of(desk))


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_time_is_booked_moved_and_called_off_from_a_telephone(
    chromium: str, scripts: bool
) -> None:
    async with open_desk() as desk:
        path = await here(desk)
        async with looking(chromium, desk, viewport=PHONE, java_script_enabled=scripts) as page:
            await page.goto(path)
            await page.locator(".times button").first.click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("Your time is booked")
            first = (await handoff_of(desk)).meeting
            assert first is not None and first.rep == "ada"
            await page.get_by_role("link", name="Choose another time").click()
            await page.locator(".times button").nth(2).click()
            await expect(page.get_by_role("status")).to_contain_text("It is moved")
            moved = (await handoff_of(desk)).meeting
            assert moved is not None and moved.from_at > first.from_at
            await page.get_by_role("link", name="Cancel").click()
            await page.get_by_role("button", name="Yes, cancel it").click()
            await expect(page.get_by_role("status")).to_contain_text("It is cancelled")
            assert (await handoff_of(desk)).meeting is None


async def test_the_page_begins_in_the_buyer_s_own_zone(chromium: str) -> None:
    async with open_desk() as desk:
        path = await here(desk)
        async with looking(chromium, desk, viewport=PHONE, timezone_id="Europe/Berlin") as page:
            await page.goto(path)
            await page.wait_for_url(re.compile(r"zone=Europe%2FBerlin"))
            await expect(page.locator(".times button").first).to_have_text("17:00")
            await page.select_option("select[name=zone]", "Asia/Kathmandu")
            await page.wait_for_url(re.compile(r"zone=Asia%2FKathmandu"))
            await expect(page.locator(".times button").first).to_have_text("21:45")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nobody_is_kept_out_of_any_of_the_pages(chromium: str, scheme: str) -> None:
    async with open_desk() as desk:
        path = await here(desk)
        async with looking(chromium, desk, color_scheme=scheme, viewport=PHONE) as page:

            async def judge(at: str) -> None:
                await page.goto(at)
                await page.wait_for_load_state("networkidle")
                assert await page.evaluate(OVERFLOW) <= 0, at
                assert await page.evaluate(CONTRAST) == [], at
                assert await faults(page) == [], at

            await judge(path)
            await page.goto(path)
            await page.locator(".times button").first.click()
            await expect(page.get_by_role("status")).to_contain_text("It is booked")
            await judge(path)
            await judge("/leads/l1")
            await judge(f"{path}/cancel")
            await judge(f"{path}?choose=1")
