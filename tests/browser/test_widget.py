"""One script tag on somebody else's page, under the policies that such pages have."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from playwright.async_api import Page, async_playwright, expect

from handrail.web import Receive, Scope, Send
from tests.browser.conftest import FLAGS
from tests.browser.test_booking import faults
from tests.buyers import BookingHouse, open_desk
from tests.house import running
from tests.smoke.test_public_forms import DEMO

PAGE = """<!doctype html><html lang="en"><head><title>Acme</title><meta charset="utf-8"></head>
<body><h1>Acme</h1>
<form id="signup" action="/own"><label>E-mail <input name="email" type="email" required></label>
<label>Company <input name="company"></label><button>Go</button></form>
<script src="{script}" {attributes}></script></body></html>"""
OPEN = "script-src {home}"
NAMED = "default-src 'none'; script-src {home}; connect-src {home}; frame-src {home}"
NO_FRAMES = "default-src 'none'; script-src {home}; connect-src {home}"
SCRIPT_ONLY = "default-src 'none'; script-src {home}"


class Site:
    """Somebody else's page, at an origin of its own."""

    url = ""
    policy = ""
    page = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        is_page = scope["path"] == "/"
        headers = [(b"content-type", b"text/html; charset=utf-8")]
        headers.append((b"content-security-policy", self.policy.encode()))
        status = 200 if is_page else 204 if scope["path"] == "/favicon.ico" else 404
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": self.page.encode() if is_page else b""})


@asynccontextmanager
async def site(policy: str, attributes: str) -> AsyncIterator[tuple[Site, BookingHouse]]:
    other = Site()
    async with running(other) as url:
        form = msgspec.structs.replace(DEMO, origins=(url,))
        async with open_desk(forms={"demo": form}) as desk:
            other.url, other.policy = url, policy.format(home=desk.url)
            other.page = PAGE.format(script=f"{desk.url}/widget/demo.js", attributes=attributes)
            yield other, desk


@asynccontextmanager
async def phone(chromium: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            opened = await browser.new_context(viewport={"width": 390, "height": 844})
            yield await opened.new_page()
        finally:
            await browser.close()


async def fill(page: Page, other: Site, desk: BookingHouse) -> None:
    await page.goto(other.url)
    await desk.move(minutes=0.1)
    await page.fill("input[name=email]", "lena@lenaco.example")
    await page.fill("input[name=company]", "Lenaco")
    await page.get_by_role("button", name="Go").click()


async def booked(desk: BookingHouse) -> bool:
    rows = (await desk.http.get("/api/v1/handoffs")).json()["handoffs"]
    found = await desk.engine.store.case_of_handoff(rows[0]["id"])
    assert found is not None and found.case.handoff is not None
    return found.case.handoff.meeting is not None


@pytest.mark.parametrize("policy", [OPEN, NAMED])
async def test_a_form_of_another_page_ends_in_choosing_a_time_on_it(
    chromium: str, policy: str
) -> None:
    async with site(policy, 'data-for="#signup"') as (other, desk), phone(chromium) as page:
        await fill(page, other, desk)
        inside = page.frame_locator("iframe")
        await inside.locator(".times button").first.click()
        await expect(inside.get_by_role("heading", level=1)).to_have_text("Your time is booked")
        assert page.url.rstrip("/") == other.url
        assert await booked(desk)


@pytest.mark.parametrize("policy", [NO_FRAMES, SCRIPT_ONLY])
async def test_where_the_policy_forbids_frames_or_asking_the_buyer_is_led_to_our_page(
    chromium: str, policy: str
) -> None:
    async with site(policy, 'data-for="#signup"') as (other, desk), phone(chromium) as page:
        await fill(page, other, desk)
        await page.wait_for_url(f"{desk.url}/book/**")
        await page.locator(".times button").first.click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your time is booked")
        assert await booked(desk)


async def test_the_page_is_left_as_it_was(chromium: str) -> None:
    """One global, no style, no listener that eats what is not ours."""
    looks = """() => JSON.stringify([...document.querySelectorAll("h1, form, label, input, button")]
        .map((node) => { const s = getComputedStyle(node);
          return [s.font, s.color, s.display, s.margin, node.outerHTML]; }))"""
    mine = "() => Object.keys(window).sort().join()"
    async with site(NAMED, 'data-for="#signup"') as (other, _), phone(chromium) as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda fault: said.append(str(fault)))
        await page.goto(other.url)
        after, globals_after = await page.evaluate(looks), await page.evaluate(mine)
        other.page = other.page.replace("<script", "<!-- script").replace("</script>", "-->")
        await page.goto(other.url)
        before, globals_before = await page.evaluate(looks), await page.evaluate(mine)
        assert after == before and said == []
        names = set(globals_after.split(",")) - set(globals_before.split(","))
        assert names == {"Handrail"}


async def test_our_own_form_stands_where_the_script_stands(chromium: str) -> None:
    async with site(NAMED, "") as (other, desk), phone(chromium) as page:
        await page.goto(other.url)
        inside = page.frame_locator("iframe")
        await desk.move(minutes=0.1)
        await inside.get_by_label("Work e-mail").fill("lena@lenaco.example")
        await inside.get_by_label("Company").fill("Lenaco")
        await inside.get_by_role("button", name="Send").click()
        await expect(inside.get_by_role("heading", level=1)).to_have_text("Choose a time")


async def test_a_form_that_lacks_something_says_so_beside_it(chromium: str) -> None:
    async with site(NAMED, 'data-for="#signup"') as (other, desk), phone(chromium) as page:
        await page.goto(other.url)
        await desk.move(minutes=0.1)
        await page.fill("input[name=email]", "lena@lenaco.example")
        await page.get_by_role("button", name="Go").click()
        await expect(page.get_by_role("alert")).to_contain_text("Company")


async def test_without_javascript_the_hosted_form_books_too(chromium: str) -> None:
    async with open_desk(forms={"demo": DEMO}) as desk, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            opened = await browser.new_context(java_script_enabled=False)
            page = await opened.new_page()
            await page.goto(f"{desk.url}/form/demo")
            await desk.move(minutes=0.1)
            await page.get_by_label("Work e-mail").fill("lena@lenaco.example")
            await page.get_by_label("Company").fill("Lenaco")
            await page.get_by_role("button", name="Send").click()
            await page.locator(".times button").first.click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("Your time is booked")
            assert await booked(desk)
        finally:
            await browser.close()


async def test_the_hosted_form_keeps_nobody_out(chromium: str) -> None:
    async with open_desk(forms={"demo": DEMO}) as desk, phone(chromium) as page:
        await page.goto(f"{desk.url}/form/demo")
        assert await faults(page) == []
