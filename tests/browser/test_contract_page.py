"""The page that both teams sign, in a browser and on paper."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Page, async_playwright, expect

from handrail.contract.model import Contract
from handrail.contract.page import page_of
from handrail.contract.page.picture import PANEL_ROWS_MAX
from handrail.contract.read import read_contract_file
from handrail.web.console.agreement import whole_page
from tests.browser.conftest import FLAGS, looking
from tests.browser.test_looks import CONTRAST, OVERFLOW
from tests.house import ACME, open_house

EXAMPLES = ACME.parent
NAMES = ("acme", "handbook-a", "handbook-b")
SHEET_PX = 930  # of Letter, the shorter, at 96 to the inch, less its margins
TOO_TALL = f"""() => [...document.querySelectorAll("figure, tr, li, .sign-section")]
    .filter((node) => node.getBoundingClientRect().height > {SHEET_PX})
    .map((node) => node.outerHTML)"""
MAY_BE_CUT = """() => [...document.querySelectorAll("tr, .picture, .moments li, .signatures")]
    .filter((node) => getComputedStyle(node).breakInside !== "avoid").map((node) => node.tagName)"""
OUT_OF_ITS_BOX = """() => [...document.querySelectorAll("figure g")]
    .filter((group) => group.querySelector("rect")).flatMap((group) => {
      const box = group.querySelector("rect").getBBox();
      return [...group.querySelectorAll("text")].filter((text) => {
        const said = text.getBBox();
        return said.x + said.width > box.x + box.width || said.y + said.height > box.y + box.height;
      }).map((text) => text.textContent);
    })"""


def contract_of(name: str) -> Contract:
    contract = read_contract_file(EXAMPLES / name / "contract.yaml").contract
    assert contract is not None
    return contract


@asynccontextmanager
async def opened(
    chromium: str, contract: Contract, folder: Path, *, scheme: str = "light", width: int = 1100
) -> AsyncIterator[Page]:
    """The file as its receiver opens it; whatever the browser complains of fails the test."""
    file = folder / "page.html"
    file.write_text(whole_page(page_of(contract)), "utf-8")
    heard: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            page = await browser.new_page(
                color_scheme="dark" if scheme == "dark" else "light",
                viewport={"width": width, "height": 900},
            )
            page.on("console", lambda message: heard.append(message.text))
            page.on("request", lambda asked: heard.append(asked.url))
            await page.goto(file.as_uri())
            yield page
            assert heard == [file.as_uri()]
        finally:
            await browser.close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1100])
async def test_the_file_can_be_read_anywhere(
    chromium: str, tmp_path: Path, name: str, scheme: str, width: int
) -> None:
    contract = contract_of(name)
    async with opened(chromium, contract, tmp_path, scheme=scheme, width=width) as page:
        assert await page.evaluate(OVERFLOW) <= 0
        assert await page.evaluate(CONTRAST) == []
        assert await page.evaluate(OUT_OF_ITS_BOX) == []


@pytest.mark.parametrize("name", NAMES)
async def test_on_paper_nothing_is_cut(chromium: str, tmp_path: Path, name: str) -> None:
    async with opened(chromium, contract_of(name), tmp_path, scheme="dark", width=690) as page:
        printed = await page.pdf(prefer_css_page_size=True)
        assert printed.startswith(b"%PDF")
        await page.emulate_media(media="print")
        assert await page.evaluate(TOO_TALL) == []
        assert await page.evaluate(MAY_BE_CUT) == []
        assert await page.evaluate(OVERFLOW) <= 0
        paper = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == "rgb(255, 255, 255)"


@pytest.mark.parametrize("count", [30, 200])
async def test_a_picture_of_many_rules_can_be_read(
    chromium: str, tmp_path: Path, count: int
) -> None:
    contract = contract_of("acme")
    rule, last = contract.routing[3], contract.routing[-1]
    rules = [
        msgspec.structs.replace(
            rule, name=f"WIDE MARKET number {n}, by name", to=rule.to[: 1 + n % 2]
        )
        for n in range(count - 1)
    ]
    many = msgspec.structs.replace(contract, routing=(*rules, last))
    async with opened(chromium, many, tmp_path) as page:
        assert await page.evaluate(OUT_OF_ITS_BOX) == []
        assert await page.locator("figure").count() == 30 // PANEL_ROWS_MAX
        await page.emulate_media(media="print")
        assert await page.evaluate(TOO_TALL) == []
        assert f"{count}. {last.name}" in await page.inner_text("figure >> nth=-1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_the_console_shows_it_too(chromium: str, scheme: str, width: int) -> None:
    viewport = {"width": width, "height": 900}
    async with (
        open_house() as house,
        looking(chromium, house, color_scheme=scheme, viewport=viewport) as page,
    ):
        await page.goto("/")
        await page.get_by_role("link", name="Contracts").click()
        assert await page.evaluate(OVERFLOW) <= 0
        assert await page.evaluate(CONTRAST) == []
        await page.get_by_role("link", name="acme-inbound").click()
        await expect(page.get_by_role("heading", name="Signatures")).to_be_visible()
        assert await page.evaluate(OVERFLOW) <= 0
        assert await page.evaluate(CONTRAST) == []
        assert await page.evaluate(OUT_OF_ITS_BOX) == []


async def test_the_console_s_page_prints_without_the_console(chromium: str) -> None:
    async with open_house() as house, looking(chromium, house) as page:
        await page.goto("/")
        await page.keyboard.press("c")
        await page.wait_for_url("**/contracts")
        await page.get_by_role("link", name="acme-inbound").click()
        await page.emulate_media(media="print")
        await expect(page.locator("header.bar")).to_be_hidden()
        assert await page.evaluate(TOO_TALL) == []
