"""The app of one node, put together."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Route

from handrail.engine import alerts
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.keys import Keys
from handrail.engine.ports import StoreUnavailable
from handrail.web import guard, problems
from handrail.web.api import (
    calendars,
    choices,
    contracts,
    deliveries,
    figures,
    handoffs,
    incidents,
    leads,
    meetings,
    people,
    shadows,
)
from handrail.web.api.answers import as_json
from handrail.web.api.describe import document
from handrail.web.console import booking_page, pages
from handrail.web.console import calendars as calendar_pages
from handrail.web.console import deliveries as delivery_pages
from handrail.web.console import incidents as incident_pages
from handrail.web.console import people as people_pages
from handrail.web.console import steering as steering_pages
from handrail.web.doors import Doors
from handrail.web.problems import Fault, Problem
from handrail.web.settings import WebSettings

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]
CODES = {404: "not_found", 405: "method_not_allowed", 400: "unreadable"}


def build(*, engine: Engine, keys: Keys | None, settings: WebSettings) -> guard.Guard:
    doors = Doors(engine=engine, keys=keys, settings=settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        doors.changes.close()

    app = FastAPI(
        title="Handrail", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.state.doors = doors
    # The hot path goes past FastAPI's own look at parameters; its documentation stands there.
    app.router.routes.append(Route("/api/v1/leads", leads.capture_lead, methods=["POST"]))
    for part in (
        leads,
        handoffs,
        meetings,
        deliveries,
        choices,
        incidents,
        people,
        calendars,
        contracts,
        shadows,
        figures,
    ):
        app.include_router(part.router)

    @app.get("/api/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return as_json(document(app))

    @app.get("/api/alert.schema.json", include_in_schema=False)
    async def alert_schema() -> Response:
        return as_json(alerts.schema())

    pages.put_on(app)
    incident_pages.put_on(app)
    delivery_pages.put_on(app)
    people_pages.put_on(app)
    calendar_pages.put_on(app)
    steering_pages.put_on(app)
    booking_page.put_on(app)
    _answer_faults(app)
    hosts = frozenset(name.lower() for name in settings.hosts) or None
    if keys is None:
        hosts = (hosts or frozenset()) | guard.LOOPBACK
    return guard.Guard(app, hosts=hosts, close=doors.changes.close)


def _answer_faults(app: FastAPI) -> None:
    handlers: dict[type[Exception], Handler] = {
        Problem: _problem,
        Refused: _refused,
        StoreUnavailable: _unavailable,
        RequestValidationError: _misread,
        HTTPException: _http,
        Exception: _unforeseen,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _problem(request: Request, problem: Problem) -> Response:
    """As a page for people who look at one, as JSON for everybody else."""
    is_page = not request.url.path.startswith("/api/")
    if is_page and "text/html" in request.headers.get("accept", ""):
        return pages.message_page(request.app.state.doors, problem)
    return problem.response()


async def _refused(request: Request, refused: Refused) -> Response:
    return await _problem(request, problems.of_refusal(refused))


async def _unavailable(request: Request, fault: StoreUnavailable) -> Response:
    return await _problem(request, problems.unavailable(fault))


async def _misread(request: Request, wrong: RequestValidationError) -> Response:
    """What a path, query or header says that it may not."""
    errors = [
        Fault(".".join(str(part) for part in error["loc"]), str(error["msg"]))
        for error in wrong.errors()
    ]
    return await _problem(request, problems.invalid(errors))


async def _http(request: Request, fault: HTTPException) -> Response:
    code = CODES.get(fault.status_code, "refused")
    detail = f"{request.method} {request.url.path} is not offered here"
    if fault.status_code == 404:
        detail = "there is nothing at this address"
    headers = dict(fault.headers or {})
    return await _problem(request, Problem(fault.status_code, code, detail, headers=headers))


async def _unforeseen(request: Request, fault: Exception) -> Response:
    """Our own error: logged by the server, never shown."""
    return Problem(500, "internal", "something went wrong on our side; it is logged").response()
