"""Signing in by the form itself, as a browser sends it: with its origin and its cookies."""

from tests.browser.conftest import looking
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
