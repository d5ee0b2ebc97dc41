"""The public app of booking: it knows neither sessions nor keys, and whoever comes is a buyer."""

from collections.abc import Callable

import msgspec
from fastapi import FastAPI

from handrail.engine.booking.links import BookingLinks
from handrail.engine.engine import Engine
from handrail.web.booking.forms import Forms, FormTokens
from handrail.web.booking.intake import PublicForms, forms_router
from handrail.web.booking.pages import booking_router
from handrail.web.guard import Guard

AT = ("/book/", "/form/", "/widget/")


class Buyers(msgspec.Struct, frozen=True):
    """What buyers are let in with."""

    links: BookingLinks
    tokens: FormTokens
    forms: Forms = Forms({})


def booking_app(*, engine: Engine, buyers: Buyers, close: Callable[[], None]) -> Guard:
    """Under whatever name it is reached; pages elsewhere may send and show what forms let them."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    links = buyers.links
    app.include_router(booking_router(engine=engine, links=links))
    public = PublicForms(engine=engine, forms=buyers.forms, tokens=buyers.tokens, links=links)
    app.include_router(forms_router(public))
    return Guard(app, hosts=None, close=close, origins=buyers.forms.origins)
