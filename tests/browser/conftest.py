"""A Chromium in front of a served console; whatever it complains of fails the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.house import House

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]


class Watched:
    """A page, and what went wrong on it."""

    def __init__(self, page: Page, house: House) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        page.on("request", lambda request: self._asked(request.url, house.url))

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def _asked(self, url: str, own: str) -> None:
        if not url.startswith(f"{own}/"):
            self.complaints.append(f"asked another origin: {url}")


@asynccontextmanager
async def looking(chromium: str, house: House, **context: Any) -> AsyncIterator[Page]:
    """A page of a new browser whose console stays silent and which asks nobody else."""
    async with async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            opened = await browser.new_context(base_url=house.url, **context)
            watched = Watched(await opened.new_page(), house)
            yield watched.page
            assert watched.complaints == []
        finally:
            await browser.close()


@pytest.fixture
def viewport() -> dict[str, int]:
    return {"width": 1280, "height": 800}
