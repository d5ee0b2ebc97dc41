"""Signing in by the form itself, as a browser sends it: with its origin and its cookies."""

from tests.browser.conftest import looking
from tests.browser.test_looks import OVERFLOW
from tests.smoke.test_api_keys import locked


async def test_a_person_with_a_key_reaches_the_board(chromium: str) -> None:
    async with (
        locked("handoffs:read") as (house, _, token),
        looking(chromium, house) as page,
    ):
        await page.goto("/")
        assert page.url.startswith(f"{house.url}/sign-in")
        await page.fill("input[name=key]", token)
        await page.click("button[type=submit]")
        await page.wait_for_url(f"{house.url}/")
        assert "Open handoffs" in await page.inner_text("body")


async def test_the_bar_of_who_is_signed_in_fits_a_telephone(chromium: str) -> None:
    async with (
        locked("handoffs:read") as (house, _, token),
        looking(chromium, house, viewport={"width": 360, "height": 800}) as page,
    ):
        await page.goto("/contracts")
        await page.fill("input[name=key]", token)
        await page.click("button[type=submit]")
        await page.wait_for_url(f"{house.url}/contracts")
        for path in ("/", "/contracts"):
            await page.goto(path)
            assert await page.evaluate(OVERFLOW) <= 0, path
