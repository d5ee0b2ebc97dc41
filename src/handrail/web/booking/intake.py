"""The public way in: a form is shown, sent, and its buyer chooses a time on the next page.

Programs are let down quietly: who falls into the trap is thanked like anybody, and reaches nobody.
"""

import json
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from handrail.engine.alerts import reach_of
from handrail.engine.booking.links import BookingLinks
from handrail.engine.engine import Engine
from handrail.engine.grouping import Asked, CaptureQueue, Overloaded
from handrail.engine.intake import read_capture
from handrail.engine.items import CaptureItem, Receipt, Refused
from handrail.kernel.reach import is_closed
from handrail.web.booking.drawing import draw
from handrail.web.booking.forms import (
    TOKEN,
    TRAP,
    Form,
    Forms,
    FormTokens,
    NotShown,
    lacks,
    lead_of,
    value_of,
)
from handrail.web.booking.sent import TooMuch, read_form
from handrail.web.console.drawing import asset_text
from handrail.web.limits import Allowance, Buckets, Callers

SENDS = Allowance(at_once=5, each_s=30)
LOOKS = Allowance(at_once=60, each_s=1)
TO_ONE_ADDRESS = Allowance(at_once=3, each_s=3_600)  # nobody is flooded through our forms
AGAIN = "Please press the button once more."
LATE = "The page was open for too long, or was sent before. Please send it once more."
BUSY = "Too many forms were sent from here. Please wait a minute and send it again."

Name = Annotated[str, Path(max_length=100)]
log = structlog.get_logger()


class PublicForms:
    """Of one node. Beside `links` it knows no secret; whoever fills a form in is a buyer."""

    def __init__(
        self, *, engine: Engine, forms: Forms, tokens: FormTokens, links: BookingLinks
    ) -> None:
        self._engine = engine
        self._forms = forms
        self._tokens = tokens
        self._links = links
        self._queue = CaptureQueue(engine)
        self._looks = Callers(LOOKS)
        self._sends = Callers(SENDS)
        self._addressed = Buckets(TO_ONE_ADDRESS)

    def token_of(self, name: str) -> str:
        return self._tokens.make(name, now=self._engine.clock.now())

    def form(self, name: str) -> Form | None:
        return self._forms.by_name.get(name)

    def may_look(self, request: Request) -> bool:
        return self._looks.take(_address(request), now=self._engine.clock.now())

    async def show(self, request: Request, name: str) -> Response:
        form = self.form(name)
        if form is None:
            return _message(404, "There is no such form", "Look at the address once more.")
        if not self.may_look(request):
            return _message(429, "Too many at once", "Wait a minute and try again.")
        return self._page(name, form)

    def widget(self, request: Request, name: str) -> Response:
        """The script for pages elsewhere. It has a token of its own, so that it needs to ask for
        nothing where the page's policy lets it ask nobody."""
        form = self.form(name)
        if form is None or not self.may_look(request):
            return Response(status_code=404 if form is None else 429)
        given = {
            "form": name,
            "title": form.title,
            "action": f"/form/{quote(name)}",
            "token": self.token_of(name),
            "tokenName": TOKEN,
        }
        text = asset_text("widget.js").replace("GIVEN", json.dumps(given), 1)
        return Response(
            text,
            media_type="text/javascript; charset=utf-8",
            headers={"cache-control": "no-store"},
        )

    async def send(self, request: Request, name: str) -> Response:
        form = self.form(name)
        if form is None:
            return _message(404, "There is no such form", "Look at the address once more.")
        try:
            sent = await read_form(request)
        except TooMuch:
            return _message(413, "That was too long", "Nothing was sent.")
        wants_json = "application/json" in request.headers.get("accept", "")
        answer = await self._take(request, name, form, sent, wants_json=wants_json)
        origin = request.headers.get("origin", "")
        if origin in form.origins:
            answer.headers["access-control-allow-origin"] = origin
            answer.headers["vary"] = "Origin"
        return answer

    async def _take(
        self,
        request: Request,
        name: str,
        form: Form,
        sent: Mapping[str, str],
        *,
        wants_json: bool,
    ) -> Response:
        now = self._engine.clock.now()
        if not self._sends.take(_address(request), now=now):
            return self._again(429, name, form, sent, BUSY, wants_json=wants_json)
        if sent.get(TRAP):
            log.info("form_trapped", form=name)
            return _ended(form, None, wants_json=wants_json)
        try:
            id_ = self._tokens.read(sent.get(TOKEN, ""), form=name, now=now)
        except NotShown as not_shown:
            if not_shown.too_fast:  # the same token: a second later it is good
                kept = sent.get(TOKEN)
                return self._again(400, name, form, sent, AGAIN, wants_json=wants_json, token=kept)
            return self._again(400, name, form, sent, LATE, wants_json=wants_json)
        missing = lacks(form, sent)
        if missing:
            said = f"Still needed: {', '.join(missing)}."
            return self._again(422, name, form, sent, said, wants_json=wants_json)
        lead = lead_of(form, sent, id=id_, disposable=self._forms.disposable)
        item = read_capture(lead, place="form")
        if not isinstance(item, CaptureItem):
            said = f"Please look at this once more: {'; '.join(bad.message for bad in item)}."
            return self._again(422, name, form, sent, said, wants_json=wants_json)
        if item.email is not None and not self._addressed.take(item.email, now=now):
            return self._again(429, name, form, sent, BUSY, wants_json=wants_json)
        try:
            receipt = await self._queue.capture(Asked(item=item, actor=f"form:{name}"))
        except (Overloaded, Refused) as fault:
            log.warning("form_not_taken", form=name, reason=str(fault))
            said = "We cannot take it at the moment. Please send it once more in a minute."
            return self._again(503, name, form, sent, said, wants_json=wants_json)
        return _ended(form, await self._page_of(receipt), wants_json=wants_json)

    async def _page_of(self, receipt: Receipt) -> str | None:
        """Where the buyer chooses a time; None where nobody can be booked."""
        if receipt.handoff is None or receipt.duplicate:
            return None
        offer = await self._engine.bookings.offer(receipt.handoff, just_seen=True)
        if offer is None or not offer.reps:
            return None
        if is_closed(reach_of(offer.case.lead, offer.contract)):
            return None
        return self._links.path(offer.handoff)

    def _again(
        self,
        status: int,
        name: str,
        form: Form,
        sent: Mapping[str, str],
        said: str,
        *,
        wants_json: bool,
        token: str | None = None,
    ) -> Response:
        token = token or self.token_of(name)
        if wants_json:
            return JSONResponse({"said": said, "token": token}, status_code=status)
        return self._page(name, form, status=status, said=said, sent=sent, token=token)

    def _page(
        self,
        name: str,
        form: Form,
        *,
        status: int = 200,
        said: str | None = None,
        sent: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Response:
        given = {field.name: value_of(field, sent or {}) for field in form.fields}
        text = draw(
            "form.html",
            heading=form.title,
            form=form,
            here=f"/form/{quote(name)}",
            token=token or self.token_of(name),
            said=said,
            given=given,
            trap=TRAP,
            token_name=TOKEN,
        )
        return HTMLResponse(text, status_code=status, headers={"cache-control": "no-store"})


def forms_router(public: PublicForms) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/widget/{name}.js")
    async def widget(request: Request, name: Name) -> Response:
        return public.widget(request, name)

    @router.get("/form/{name}")
    async def show(request: Request, name: Name) -> Response:
        return await public.show(request, name)

    @router.post("/form/{name}")
    async def send(request: Request, name: Name) -> Response:
        return await public.send(request, name)

    return router


def _ended(form: Form, page: str | None, *, wants_json: bool) -> Response:
    if wants_json:
        return JSONResponse({"thanks": form.thanks, "page": page})
    if page is not None:
        return RedirectResponse(page, status_code=303)
    return _message(200, form.title, form.thanks)


def _message(status: int, heading: str, text: str) -> Response:
    page = draw("message.html", heading=heading, text=text, back=None, back_says="")
    return HTMLResponse(page, status_code=status, headers={"cache-control": "no-store"})


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""
