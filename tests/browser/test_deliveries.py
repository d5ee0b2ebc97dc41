"""The page of what could not be delivered: decided by name, with a reason, by mouse and by keys."""

import pytest
from playwright.async_api import expect

from handrail.engine.channels import Channels
from handrail.engine.deliver import Deliverer, Undeliverable
from tests.browser.conftest import looking
from tests.browser.test_looks import CONTRAST, OVERFLOW
from tests.house import House, open_house
from tests.unit.engine.test_deliver import Recorder

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
BOTH = Channels(["slack", "email"])


async def parked(house: House, count: int = 3) -> None:
    """No channel takes what Ada is to be told of these leads."""
    no = [Undeliverable(reason="<b>no such box</b> " + "x" * 120)] * 9
    senders = {"slack": Recorder(*no, needs_person=True), "email": Recorder(*no, needs_person=True)}
    for number in range(count):
        await house.capture(id=f"l{number + 1}", email=f"lead{number}@x.example")
    outbox = Deliverer(engine=house.engine, senders=senders)
    for _ in range(2):
        await outbox.deliver(house.clock.now())


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desktop", "phone"])
async def test_each_is_decided_by_name_and_with_a_reason(
    chromium: str, viewport: dict[str, int]
) -> None:
    async with (
        open_house(notices=BOTH) as house,
        looking(chromium, house, viewport=viewport) as page,
    ):
        await parked(house)
        await page.goto("/deliveries")
        rows = page.locator(".parked tbody tr")
        await expect(rows).to_have_count(3)
        await rows.nth(0).get_by_role("button", name="Give up").click()
        await expect(rows).to_have_count(3)  # nobody was named: the browser asks first
        await page.get_by_label("You are").select_option("mo")
        await page.get_by_label("Because").fill("a test lead")
        await rows.nth(0).get_by_role("button", name="Give up").click()
        await expect(page.get_by_role("status")).to_contain_text("given up")
        await expect(rows).to_have_count(2)
        await expect(page.get_by_label("You are")).to_have_value("mo")
        await page.get_by_label("Because").fill("she is in Slack now")
        await rows.nth(0).get_by_role("button", name="Send by Slack").click()
        await expect(rows).to_have_count(1)
        await page.get_by_label("Because").fill("the server is back")
        await page.get_by_role("button", name="Try all by e-mail again").click()
        await expect(page.get_by_role("status")).to_contain_text("1 waits to be sent again")
        await expect(page.get_by_text("Everything was delivered, or is on its way")).to_be_visible()


async def test_the_board_counts_what_was_not_delivered_and_leads_there(chromium: str) -> None:
    async with open_house(notices=BOTH) as house, looking(chromium, house) as page:
        await page.goto("/")
        await expect(page.locator("#live")).to_have_attribute("data-state", "live")
        await expect(page.get_by_role("link", name="3 not delivered")).to_have_count(0)
        await parked(house)
        await page.reload()
        await page.get_by_role("link", name="3 not delivered").click()
        await page.wait_for_url("**/deliveries")
        await page.keyboard.press("b")
        await page.wait_for_url(f"{house.url}/")
        await page.keyboard.press("n")
        await page.wait_for_url("**/deliveries")


async def test_the_lead_says_what_to_do_and_leads_there(chromium: str) -> None:
    async with open_house(notices=BOTH) as house, looking(chromium, house) as page:
        await parked(house, count=1)
        await page.goto("/leads/l1")
        told = page.locator(".told")
        await expect(told).to_contain_text("Not taken by Slack, sent another way")
        await expect(told).to_contain_text("Could not be sent by e-mail: <b>no such box</b>")
        await told.get_by_role("link", name="Decide what to do").click()
        await page.wait_for_url("**/deliveries#*")


async def test_the_keyboard_alone_decides_and_enter_decides_nothing_by_chance(
    chromium: str,
) -> None:
    async with open_house(notices=BOTH) as house, looking(chromium, house) as page:
        await parked(house, count=2)
        await page.goto("/deliveries")
        rows = page.locator(".parked tbody tr")
        await page.get_by_label("You are").select_option("mo")
        await page.get_by_label("Because").fill("mended")
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{house.url}/deliveries")
        await expect(rows).to_have_count(2)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Try all by e-mail again")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await expect(rows.nth(0).get_by_role("button", name="Try again")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(rows).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desktop", "phone"])
async def test_everything_of_it_can_be_read(
    chromium: str, scheme: str, viewport: dict[str, int]
) -> None:
    async with (
        open_house(notices=BOTH) as house,
        looking(chromium, house, viewport=viewport, color_scheme=scheme) as page,
    ):
        for count in (0, 2):
            await parked(house, count=count)
            for path in ("/deliveries", "/leads/l1") if count else ("/deliveries",):
                await page.goto(path)
                assert await page.evaluate(OVERFLOW) <= 0, path
                assert await page.evaluate(CONTRAST) == [], path
