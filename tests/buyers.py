"""A house whose contract lets buyers book, with the public pages in front of it.

async with open_desk() as desk:
    offered = await desk.lead()                  # the answer's `booking`
    page = await desk.buyer.get(offered["url"])
"""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from handrail.contract.read import read_contract_text
from handrail.engine.booking.links import BookingLinks
from handrail.engine.notices import Notices
from handrail.engine.ports import Store, StoredRoster
from handrail.web import Receive, Scope, Send, WebSettings, create_app
from handrail.web.booking.app import AT, Buyers, booking_app
from handrail.web.booking.forms import Form, Forms, FormTokens
from tests.house import ACME, House, open_house, running
from tests.signing import stored_of

SECRET = bytes(range(64))
BOOKING = "booking: {length: 30m, step: 30m, notice: 1h, within: 14d, offer: 3}\n"


class BookingHouse(House):
    """`buyer`: a client that follows the pages as a browser would."""

    buyer: httpx.AsyncClient
    links: BookingLinks

    async def lead(self, **fields: Any) -> dict[str, Any]:
        """What the answer to a lead offers."""
        receipt = await self.capture(**fields)
        offered: dict[str, Any] = receipt["booking"]
        return offered

    def path_of(self, handoff: Any) -> str:
        """The booking page's address here."""
        return urlsplit(self.links.url(handoff)).path


@asynccontextmanager
async def open_desk(
    *,
    store: Store | None = None,
    booking: str = BOOKING,
    notices: Notices | None = None,
    forms: Mapping[str, Form] | None = None,
    disposable: frozenset[str] = frozenset(),
) -> AsyncIterator[BookingHouse]:
    links = BookingLinks(secret=SECRET, base_url="http://book.example")
    settings = WebSettings(booking=links)
    async with open_house(store=store, sample=False, notices=notices) as plain:
        await adopt_booking(plain, booking)
        app = create_app(engine=plain.engine, keys=None, settings=settings)
        buyers = Buyers(
            links=links, tokens=FormTokens(SECRET), forms=Forms(forms or {}, disposable)
        )
        pages = booking_app(engine=plain.engine, buyers=buyers, close=lambda: None)

        async def either(scope: Scope, receive: Receive, send: Send) -> None:
            is_page = scope["type"] == "http" and scope["path"].startswith(AT)
            await (pages if is_page else app)(scope, receive, send)

        either.close = app.close  # type: ignore[attr-defined]  # ends the streams
        async with (
            running(either) as url,
            httpx.AsyncClient(base_url=url, timeout=10) as http,
            httpx.AsyncClient(base_url=url, timeout=10, follow_redirects=True) as buyer,
        ):
            house = BookingHouse(engine=plain.engine, url=url, http=http)
            house.buyer, house.links = buyer, links
            yield house


async def adopt_booking(house: House, booking: str = BOOKING) -> None:
    """The sample company's contract with this section."""
    text = (ACME / "contract.yaml").read_text() + booking
    tables = {path.name: path.read_text() for path in ACME.glob("*.csv")}
    read = read_contract_text(text, tables=tables, proofs="none")
    assert read.contract is not None, read.findings
    roster = (ACME / "roster.yaml").read_text()
    digest = hashlib.sha256(roster.encode()).hexdigest()
    await house.engine.adopt_roster(StoredRoster(digest=digest, source=roster), actor="test")
    await house.engine.adopt_contract(stored_of(read.contract), actor="test")
