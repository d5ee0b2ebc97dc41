"""The public app of booking: it knows neither sessions nor keys, and whoever comes is a buyer."""

from fastapi import FastAPI

from handrail.engine.booking.links import BookingLinks
from handrail.engine.engine import Engine
from handrail.web.booking.pages import booking_router

AT = "/book/"


def booking_app(*, engine: Engine, links: BookingLinks) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(booking_router(bookings=engine.bookings, links=links, clock=engine.clock))
    return app
