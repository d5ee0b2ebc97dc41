"""The console's page of calendars: connected by signing in or by a password, and taken away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from handrail.engine.engine import Engine
from handrail.web import WebSettings, create_app
from tests.google import GoogleNode, consented, google_node
from tests.house import running
from tests.story import Story


@asynccontextmanager
async def console() -> AsyncIterator[tuple[GoogleNode, httpx.AsyncClient]]:
    story = Story()
    await story.begin()
    async with (
        google_node(story.engine) as node,
        running(app_of(story.engine, node)) as url,
        httpx.AsyncClient(base_url=url, timeout=10) as browser,
    ):
        yield node, browser


def app_of(engine: Engine, node: GoogleNode | None) -> Any:
    settings = WebSettings(calendars=node.connecting if node is not None else None)
    return create_app(engine=engine, keys=None, settings=settings)


def address_in(text: str) -> str:
    start = text.index('href="http://127') + len('href="')
    return text[start : text.index('"', start)].replace("&amp;", "&")


async def test_a_calendar_is_connected_by_signing_in_and_disconnected() -> None:
    async with console() as (node, browser):
        assert "No calendar is connected" in (await browser.get("/calendars")).text
        asked = await browser.post("/calendars/of/ada/sign-in/google", data={"writes": "yes"})
        assert asked.status_code == 200
        cookie = asked.headers["set-cookie"]
        for said in ("HttpOnly", "SameSite=lax", "Path=/calendars", "Max-Age=600"):
            assert said in cookie
        back = await consented(address_in(asked.text))
        done = await browser.get("/calendars/back", params=back)
        assert (done.status_code, "Connected" in done.text) == (200, True)
        [calendar] = await node.connecting.calendars(rep="ada")
        assert (calendar.kind, calendar.writes, calendar.by) == ("google", True, "local")
        shown = (await browser.get("/calendars")).text
        assert "Google Calendar" in shown and "meetings are written here" in shown
        again = await browser.get("/calendars/back", params=back)
        assert again.status_code == 422  # the cookie is gone, and the code was used
        gone = await browser.post(f"/calendars/of/ada/disconnect/{calendar.id}")
        assert gone.headers["location"] == "/calendars?done=gone"
        assert await node.connecting.calendars() == []
        assert node.fake.revoked


async def test_a_sign_in_that_was_begun_elsewhere_connects_nothing() -> None:
    async with console() as (node, browser):
        asked = await browser.post("/calendars/of/ada/sign-in/google", data={})
        back = await consented(address_in(asked.text))
        async with httpx.AsyncClient(base_url=browser.base_url) as other:
            refused = await other.get("/calendars/back", params=back)
        assert refused.status_code == 422
        assert "begin anew" in refused.text
        said_no = await browser.get("/calendars/back", params={"error": "<b>access_denied"})
        assert said_no.status_code == 422
        assert "<b>" not in said_no.text
        assert await node.connecting.calendars() == []


async def test_what_cannot_be_connected_is_said_with_what_helps() -> None:
    async with console() as (_, browser):
        for path, form, status, said in (
            ("of/zoe/sign-in/google", {}, 404, "No rep"),
            ("of/ada/sign-in/caldav", {}, 422, "Nobody can sign in"),
            ("of/ada/sign-in/<b>", {}, 422, "There are no calendars of kind"),
            (
                "of/ada/connect",
                {"kind": "ics", "address": "x"},
                422,
                "Calendars of kind ics are off",
            ),
            ("of/ada/disconnect/none", {}, 404, "No calendar"),
        ):
            answer = await browser.post(f"/calendars/{path}", data=form)
            assert answer.status_code == status, path
            assert said in answer.text, path
            assert "<b>" not in answer.text.partition('role="alert"')[2][:200]


async def test_another_sites_page_connects_nothing() -> None:
    async with console() as (_, browser):
        headers = {"Origin": "https://evil.example"}
        answer = await browser.post("/calendars/of/ada/sign-in/google", data={}, headers=headers)
        assert answer.status_code == 403


async def test_a_node_without_calendars_says_so() -> None:
    story = Story()
    await story.begin()
    async with running(app_of(story.engine, None)) as url, httpx.AsyncClient(base_url=url) as http:
        assert "This node reads no calendars" in (await http.get("/calendars")).text
