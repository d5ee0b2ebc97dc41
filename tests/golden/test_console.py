"""What the console shows of an alert: the lead's row on the board, and the top of its page.

`HANDRAIL_WRITE_GOLDEN=1 pytest tests/golden/test_console.py` writes them anew.
"""

import re
from html.parser import HTMLParser

import pytest

from handrail.engine.channels import Channels
from handrail.engine.deliver import Deliverer, Undeliverable
from tests.golden.test_mail_and_webhook import held
from tests.house import House, open_house
from tests.unit.engine.test_deliver import Recorder

BLOCKS = frozenset({"li", "p", "h1", "h2", "h3", "tr", "dt", "br", "div", "section", "small"})
SECTIONS = ("clocks", "attempts", "breaches", "told", "brief", "signals")
RUDE = "Lena <script>alert(1)</script>"


class Lines(HTMLParser):
    """The words of a page as somebody reads them, a line each."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.text += "\n" if tag in BLOCKS else " "

    def handle_endtag(self, tag: str) -> None:
        self.text += "\n" if tag in BLOCKS else " "

    def handle_data(self, data: str) -> None:
        self.text += re.sub(r"\s+", " ", data)


def lines_of(html: str) -> str:
    parser = Lines()
    parser.feed(html)
    told = (re.sub(r" +", " ", line).strip() for line in parser.text.splitlines())
    return "\n".join(line for line in told if line)


def part(html: str, start: str, end: str) -> str:
    found = html.partition(start)
    return start + found[2].partition(end)[0] if found[1] else ""


async def shown(house: House) -> str:
    """The board's row, and the page's head and cards, without the decision and the timeline."""
    rows = (await house.http.get("/board")).text
    page = (await house.http.get("/leads/l1")).text
    assert "<script>alert" not in page
    assert "<script>alert" not in rows
    row = part(rows, '<tr data-key="l1-1"', "</tr>")
    hero = part(page, '<section class="hero"', "</section>")
    cards = [
        lines_of(part(page, f'<section class="card" aria-labelledby="{name}">', "</section>"))
        for name in SECTIONS
    ]
    told = [f"On the board:\n{lines_of(row)}", lines_of(hero), *filter(None, cards)]
    return "\n\n".join(told) + "\n"


@pytest.mark.parametrize(
    ("name", "minutes"), [("assigned", 0), ("warned", 3.5), ("breached", 6), ("incident", 16)]
)
async def test_the_console_says_where_a_lead_stands(name: str, minutes: float) -> None:
    async with open_house() as house:
        await house.capture(lead__name=RUDE, lead__phone="+1 555 0100")
        await house.move(minutes=minutes)
        held("console", f"{name}.txt", await shown(house))


@pytest.mark.parametrize(
    ("name", "ways"), [("call-only", ["call"]), ("mail-only", ["mail"]), ("no-way", ["none"])]
)
async def test_the_console_says_which_ways_are_closed(name: str, ways: list[str]) -> None:
    async with open_house() as house:
        await house.capture(lead__may_contact=ways, lead__phone="+1 555 0100")
        text = await shown(house)
        assert "the buyer's wish" in text
        held("console", f"{name}.txt", text)


async def test_the_console_says_what_became_of_each_message() -> None:
    async with open_house(notices=Channels(["webhook", "slack", "email"])) as house:
        senders = {
            "webhook": Recorder(),
            "slack": Recorder(Undeliverable(reason="not in Slack"), needs_person=True),
            "email": Recorder(Undeliverable(reason="no such box"), needs_person=True),
        }
        outbox = Deliverer(engine=house.engine, senders=senders)
        await house.capture()
        for _ in range(2):
            await outbox.deliver(house.clock.now())
        await house.move(minutes=6)
        await outbox.deliver(house.clock.now())
        held("console", "told.txt", await shown(house))
