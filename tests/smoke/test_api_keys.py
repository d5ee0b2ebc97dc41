"""Every endpoint asks for a live key with its scope; the console asks for a session."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from handrail.engine.clock import VirtualClock
from handrail.engine.keys import Keys
from handrail.store.keys import MemoryKeys
from tests.house import MONDAY, House, lena, open_house

UNASKED = {"/healthz", "/readyz", "/api/v1/hooks/{source}"}


@asynccontextmanager
async def locked(*scopes: str) -> AsyncIterator[tuple[House, Keys, str]]:
    clock = VirtualClock(MONDAY)
    keys = Keys(store=MemoryKeys(), clock=clock, chance=os.urandom)
    token = await keys.create("tester", scopes)
    async with open_house(clock=clock, keys=keys, token=token) as house:
        yield house, keys, token


async def operations(http: httpx.AsyncClient) -> list[tuple[str, str, str | None]]:
    paths = (await http.get("/api/openapi.json")).json()["paths"]
    return [
        (verb, path, described.get("x-scope"))
        for path, verbs in paths.items()
        for verb, described in verbs.items()
    ]


async def test_every_operation_needs_a_key_and_its_scope() -> None:
    async with locked("metrics:read") as (house, _, _):
        for verb, path, scope in await operations(house.http):
            if path in UNASKED:
                continue
            assert scope is not None, path
            url = path.replace("{id}", "x").replace("{source}", "x")
            nobody = await house.http.request(verb, url, headers={"Authorization": ""})
            assert nobody.status_code == 401, (verb, path)
            assert nobody.headers["www-authenticate"] == "Bearer"
            if scope != "metrics:read":
                assert (await house.http.request(verb, url)).status_code == 403, (verb, path)


async def test_a_key_with_the_scope_may_and_is_named_as_the_actor() -> None:
    async with locked("leads:write", "handoffs:read") as (house, _, _):
        assert (await house.http.post("/api/v1/leads", json=lena())).status_code == 201
        events = (await house.http.get("/api/v1/handoffs/l1/events")).json()["events"]
        assert {event["actor"] for event in events} == {"key:tester"}


async def test_a_wrong_or_withdrawn_key_is_none() -> None:
    async with locked("leads:write") as (house, keys, token):
        for wrong in ("hr_x", "nonsense", token + "x", "x" * 5_000):
            headers = {"Authorization": f"Bearer {wrong}"}
            answer = await house.http.post("/api/v1/leads", json=lena(), headers=headers)
            assert answer.status_code == 401
        await keys.revoke("tester")
        assert (await house.http.post("/api/v1/leads", json=lena())).status_code == 401


async def test_a_person_signs_in_with_a_key_and_out_again() -> None:
    async with (
        locked("handoffs:read") as (house, keys, token),
        httpx.AsyncClient(base_url=house.url) as browser,
    ):
        asked = await browser.get("/")
        assert asked.headers["location"] == "/sign-in?next=/"
        assert (await browser.get("/changes")).status_code == 401
        wrong = await browser.post("/sign-in", data={"key": "hr_wrong"})
        assert wrong.status_code == 401
        form = {"key": token, "next": "//evil.example"}
        entered = await browser.post("/sign-in", data=form)
        assert entered.headers["location"] == "/"
        cookie = entered.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert token not in cookie
        assert (await browser.get("/")).status_code == 200
        await keys.revoke("tester")
        assert (await browser.get("/")).status_code == 303


async def test_a_rep_s_key_chooses_channels_for_that_rep_alone() -> None:
    async with locked("handoffs:write") as (house, keys, _):
        ada = await keys.create("ada's", ["handoffs:write"], person="ada")

        async def choose(person: str, **headers: str) -> int:
            path, wish = f"/api/v1/people/{person}/channels", {"channels": ["email"]}
            return (await house.http.put(path, json=wish, headers=headers)).status_code

        bearer = f"Bearer {ada}"
        assert await choose("ada", authorization=bearer) == 200
        assert await choose("ben", authorization=bearer) == 403
        assert await choose("ada") == 403, "a key of nobody in particular"
        assert (await house.engine.store.choice("ben")) is None
