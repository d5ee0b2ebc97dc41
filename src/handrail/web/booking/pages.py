"""The booking page: times to choose from, what is booked, and the ways to change it.

`GET` shows and changes nothing, since mail scanners open every link; what changes is a `POST`.
"""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from handrail.engine.booking.booking import ACTOR, Offer
from handrail.engine.booking.events import event_for_buyer
from handrail.engine.booking.ical import text_of
from handrail.engine.booking.links import TOKEN_CHARACTERS_MAX, BookingLinks, NoSuchPage
from handrail.engine.engine import Engine
from handrail.engine.items import CaptureItem, Refused
from handrail.terms.handoff import Meeting
from handrail.web.booking.drawing import ASSETS_AT, days_of, draw, tell_when, zone_of, zones
from handrail.web.booking.sent import TooMuch, read_form
from handrail.web.console.drawing import assets
from handrail.web.limits import Allowance, Callers

SLOTS_MAX = 600  # on one page
WISH = "lead.requested_time"
ASKED = "time_requested"
WISH_CHARACTERS_MAX = 200
LOOKS = Allowance(at_once=60, each_s=1)
CHANGES = Allowance(at_once=10, each_s=6)
FOREVER = "public, max-age=31536000, immutable"
SAID = {
    "booked": "It is booked. You will get it by mail too.",
    "moved": "It is moved. You will get the new time by mail too.",
    "cancelled": "It is cancelled. You may choose another time at any moment.",
    "confirmed": "Thank you. We look forward to it.",
    "asked": "We have your wish and will write to you.",
    "taken": "That time has just been taken. These are free now.",
}

Token = Annotated[str, Path(max_length=TOKEN_CHARACTERS_MAX)]


class _Closed(Exception):
    """A page in place of the one that was asked for."""

    def __init__(self, status: int, heading: str, text: str) -> None:
        super().__init__(heading)
        self.status = status
        self.heading = heading
        self.text = text


class BookingPages:
    """Of one node. `links`: whoever has a token that they made may look and choose."""

    def __init__(self, *, engine: Engine, links: BookingLinks) -> None:
        self._engine = engine
        self._bookings = engine.bookings
        self._links = links
        self._clock = engine.clock
        self._looks = Callers(LOOKS)
        self._changes = Callers(CHANGES)

    # --- what is asked

    async def show(self, request: Request, token: str) -> Response:
        offer = await self._open(request, token, self._looks)
        choosing = request.query_params.get("choose") == "1"
        said = SAID.get(request.query_params.get("said", ""))
        if offer.meeting is not None and not choosing:
            return _booked(request, offer, said=said)
        return _choose(request, offer, said=said)

    async def choose(self, request: Request, token: str) -> Response:
        """Book, or move what is booked."""
        offer = await self._open(request, token, self._changes)
        form = await _form(request)
        at = _instant(form.get("at", ""))
        if at is None:
            raise _Closed(400, "That was no time", "Go back and choose one of those shown.")
        zone = _chosen_zone(form)
        try:
            await self._bookings.book(offer.handoff.id, at, zone=zone or None)
        except Refused as refused:
            if refused.code != "slot_taken":
                raise _Closed(409, "That cannot be booked now", refused.message) from refused
            fresh = await self._open(request, token, self._looks)
            return _choose(request, fresh, said=SAID["taken"], status=409, zone=zone)
        said = "moved" if offer.meeting is not None else "booked"
        return _back(token, said=said, zone=form.get("zone", ""))

    async def confirm(self, request: Request, token: str) -> Response:
        offer = await self._open(request, token, self._changes)
        form = await _form(request)
        try:
            await self._bookings.confirm(offer.handoff.id)
        except Refused as refused:
            raise _Closed(409, "That cannot be changed now", refused.message) from refused
        return _back(token, said="confirmed", zone=form.get("zone", ""))

    async def ask_cancel(self, request: Request, token: str) -> Response:
        offer = await self._open(request, token, self._looks)
        if offer.meeting is None:
            return _back(token, said="", zone=request.query_params.get("zone", ""))
        zone = _zone(request, offer)
        return _page(
            "cancel.html",
            heading="Cancel this time?",
            here=_here(token),
            zone=zone,
            when=tell_when(offer.meeting.from_at, offer.meeting.until_at, zone=zone),
            rep=_name_of(offer, offer.meeting),
        )

    async def cancel(self, request: Request, token: str) -> Response:
        offer = await self._open(request, token, self._changes)
        form = await _form(request)
        try:
            await self._bookings.cancel(offer.handoff.id)
        except Refused as refused:
            raise _Closed(409, "That cannot be cancelled now", refused.message) from refused
        return _back(token, said="cancelled", zone=form.get("zone", ""))

    async def ask(self, request: Request, token: str) -> Response:
        """For whom no time suits: a wish in the buyer's own words, of which the owner is told."""
        offer = await self._open(request, token, self._changes)
        form = await _form(request)
        wish = "".join(char for char in form.get("when", "") if char.isprintable()).strip()
        wish = wish[:WISH_CHARACTERS_MAX]
        if not wish:
            raise _Closed(400, "That was empty", "Go back and say when it would suit you.")
        lead = offer.case.lead
        said = f"{offer.handoff.id} {wish}".encode()
        item = CaptureItem(
            id=f"book:{hashlib.sha256(said).hexdigest()[:32]}",
            email=lead.email,
            attributes={WISH: wish},
            signals=((ASKED, None),),
            source=lead.source,
        )
        if lead.email is None:  # nothing says that it is the same person
            await self._engine.signal(lead.id, ASKED, at=None, actor=ACTOR)
        else:
            await self._engine.capture([item], actor=ACTOR)
        return _back(token, said="asked", zone=form.get("zone", ""))

    async def calendar(self, request: Request, token: str) -> Response:
        """The meeting as a file that phones and mail clients take in."""
        offer = await self._open(request, token, self._looks)
        if offer.meeting is None:
            raise _Closed(404, "Nothing is booked", "Choose a time first.")
        booking = offer.contract.booking
        assert booking is not None
        event = event_for_buyer(
            offer.case,
            roster=offer.roster,
            meeting=offer.meeting,
            title=booking.title,
            sequence=offer.meeting.changes,
            page=f"{self._links.base_url}{_here(token)}",
        )
        return Response(
            text_of(event, method="PUBLISH", now=self._clock.now()),
            media_type="text/calendar; charset=utf-8",
            headers={"content-disposition": 'attachment; filename="meeting.ics"'},
        )

    # --- who may

    async def _open(self, request: Request, token: str, allowed: Callers) -> Offer:
        """What the page is about. Raises `_Closed` with what is said instead."""
        now = self._clock.now()
        client = request.client.host if request.client is not None else ""
        if not allowed.take(client, now=now):
            raise _Closed(429, "Too many at once", "Wait a minute and try again.")
        try:
            opened = self._links.read(token, now=now)
        except NoSuchPage:
            raise _Closed(
                404, "This link does not open", "It was cut on its way, or its time is over."
            ) from None
        offer = await self._bookings.offer(opened.handoff, limit=SLOTS_MAX)
        if offer is None or not offer.handoff.is_open or not opened.is_of(offer.handoff):
            raise _Closed(
                410, "This page is closed", "Nothing can be booked or changed here any more."
            )
        return offer


def booking_router(*, engine: Engine, links: BookingLinks) -> APIRouter:
    """`/book/{token}` and what belongs to it."""
    pages = BookingPages(engine=engine, links=links)
    router = APIRouter(include_in_schema=False)

    async def answer(asked: Any) -> Response:
        try:
            response: Response = await asked
        except _Closed as closed:
            return _page(
                "message.html",
                status=closed.status,
                heading=closed.heading,
                text=closed.text,
                back=None,
                back_says="",
            )
        return response

    @router.get(ASSETS_AT + "{name}")
    async def asset(name: str) -> Response:
        found = assets().get(name)
        if found is None:
            return Response(status_code=404)
        return Response(found.content, media_type=found.kind, headers={"cache-control": FOREVER})

    @router.get("/book/{token}")
    async def show(request: Request, token: Token) -> Response:
        return await answer(pages.show(request, token))

    @router.post("/book/{token}")
    async def choose(request: Request, token: Token) -> Response:
        return await answer(pages.choose(request, token))

    @router.post("/book/{token}/confirm")
    async def confirm(request: Request, token: Token) -> Response:
        return await answer(pages.confirm(request, token))

    @router.get("/book/{token}/cancel")
    async def ask_cancel(request: Request, token: Token) -> Response:
        return await answer(pages.ask_cancel(request, token))

    @router.post("/book/{token}/cancel")
    async def cancel(request: Request, token: Token) -> Response:
        return await answer(pages.cancel(request, token))

    @router.post("/book/{token}/ask")
    async def ask(request: Request, token: Token) -> Response:
        return await answer(pages.ask(request, token))

    @router.get("/book/{token}/meeting.ics")
    async def calendar(request: Request, token: Token) -> Response:
        return await answer(pages.calendar(request, token))

    return router


# --- what is shown


def _choose(
    request: Request, offer: Offer, *, said: str | None, status: int = 200, zone: str = ""
) -> Response:
    shown = _zone(request, offer, zone)
    owner = offer.handoff.owner.rep
    booking = offer.contract.booking
    assert booking is not None
    meeting = offer.meeting
    return _page(
        "choose.html",
        status=status,
        heading="Choose another time" if meeting is not None else "Choose a time",
        here=_here(request.path_params["token"]),
        said=said,
        stands=tell_when(meeting.from_at, meeting.until_at, zone=shown) if meeting else None,
        minutes=int(booking.length.total_seconds() // 60),
        rep=offer.roster.reps[owner].name if owner in offer.roster.reps else None,
        zone=shown,
        zone_is_chosen=bool(zone or request.query_params.get("zone") or offer.handoff.zone),
        zones=zones() if shown in zones() else (shown, *zones()),
        days=days_of(offer.slots, zone=shown),
    )


def _booked(request: Request, offer: Offer, *, said: str | None) -> Response:
    meeting = offer.meeting
    assert meeting is not None
    zone = _zone(request, offer)
    return _page(
        "booked.html",
        heading="Your time is booked",
        here=_here(request.path_params["token"]),
        said=said,
        meeting=meeting,
        when=tell_when(meeting.from_at, meeting.until_at, zone=zone),
        zone=zone,
        rep=_name_of(offer, meeting),
        is_over=meeting.from_at <= offer.at,
    )


def _page(template: str, *, status: int = 200, **values: Any) -> Response:
    return HTMLResponse(
        draw(template, **values), status_code=status, headers={"cache-control": "no-store"}
    )


def _zone(request: Request, offer: Offer, said: str = "") -> str:
    """The one that the buyer chose, else the one that is known of them, else the rep's."""
    roster, owner = offer.roster, offer.handoff.owner.rep
    return zone_of(
        said,
        request.query_params.get("zone"),
        offer.handoff.zone,
        offer.case.lead.attributes.get("lead.timezone"),
        roster.reps[owner].timezone if owner in roster.reps else None,
        offer.contract.timezone,
    )


def _name_of(offer: Offer, meeting: Meeting) -> str:
    rep = offer.roster.reps.get(meeting.rep)
    return rep.name if rep is not None else "our team"


def _here(token: str) -> str:
    return f"/book/{quote(token)}"


def _back(token: str, *, said: str, zone: str) -> Response:
    """To the page itself, so that loading it again books nothing again."""
    address = f"{_here(token)}?said={said}"
    if zone_of(zone) == zone:
        address += f"&zone={quote(zone, safe='')}"
    return RedirectResponse(address, status_code=303)


# --- what was sent


async def _form(request: Request) -> dict[str, str]:
    """Raises `_Closed` where there is too much."""
    try:
        return await read_form(request)
    except TooMuch:
        raise _Closed(413, "That was too long", "Nothing was changed.") from None


def _chosen_zone(form: dict[str, str]) -> str:
    """Empty where the page only showed the one that it guessed: that says nothing of the buyer."""
    zone = form.get("zone", "")
    return zone if form.get("chosen") and zone_of(zone) == zone else ""


def _instant(text: str) -> datetime | None:
    """As `Time.at` wrote it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None
