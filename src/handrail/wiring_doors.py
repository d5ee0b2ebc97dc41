"""What answers over HTTP on one node, put together: each way in with what guards it."""

from fastapi import FastAPI

from handrail.connectors.slack.doors import PATH as SLACK_PATH
from handrail.connectors.slack.node import SlackBeside
from handrail.engine.engine import Engine
from handrail.engine.keys import Keys
from handrail.engine.links import Links
from handrail.engine.syncing.pushes import PATH as PUSHES_AT
from handrail.web import AsgiApp, Receive, Scope, Send, WebSettings
from handrail.web.act import act_router
from handrail.web.app import build
from handrail.web.booking.app import AT as BOOKING_AT
from handrail.web.booking.app import Buyers, booking_app
from handrail.web.calendar_pushes import CalendarPushes
from handrail.web.guard import Guard


class Doors:
    """The ASGI app of a node: API and console, and the pages behind the links in messages."""

    def __init__(
        self,
        *,
        engine: Engine,
        keys: Keys | None,
        web: WebSettings,
        links: Links | None,
        slack: SlackBeside | None,
        buyers: Buyers | None,
    ) -> None:
        self._app = build(engine=engine, keys=keys, settings=web)
        self.close = self._app.close
        """Ends open streams, so that a server can stop."""
        self._acts: Guard | None = None
        if links is not None:
            pages = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
            pages.include_router(act_router(engine, links))
            self._acts = self._apart_for_all(pages)
        self._booking: Guard | None = None
        if buyers is not None:
            self._booking = booking_app(engine=engine, buyers=buyers, close=self.close)
        self._slack = self._apart_for_all(slack.doors) if slack is not None else None
        pushes = web.calendars.pushes if web.calendars is not None else None
        self._pushes = self._apart_for_all(CalendarPushes(pushes)) if pushes is not None else None

    def _apart_for_all(self, app: AsgiApp) -> Guard:
        """For who comes under whatever name, from outside."""
        return Guard(app, hosts=None, close=self.close)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._apart(scope) or self._app)(scope, receive, send)

    def _apart(self, scope: Scope) -> Guard | None:
        """The door of a request that neither API nor console answers."""
        if scope["type"] != "http":
            return None
        if scope["path"] == SLACK_PATH:
            return self._slack
        if scope["path"].startswith(f"{PUSHES_AT}/"):
            return self._pushes
        if scope["path"].startswith(BOOKING_AT):
            return self._booking
        return self._acts if scope["path"].startswith("/act/") else None
