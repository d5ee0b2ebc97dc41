"""What the contract requires is asked for at each door, with the names of what is missing."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
from fastapi import FastAPI

from handrail.engine.links import Link, Links
from handrail.engine.ports import StoredContract
from handrail.engine.versions import compile_contract
from handrail.web.act import act_router
from tests.house import ACME, House, open_house, problem

TEXT = (ACME / "contract.yaml").read_text()
REQUIRING = TEXT.replace("version: 3", "version: 4").replace(
    "  accept_within: 4h\n", "  accept_within: 4h\n  require: [account.industry, budget]\n"
)
TABLES = {name: (ACME / name).read_text() for name in ("competitors.csv", "named.csv", "zips.csv")}


@asynccontextmanager
async def requiring_house() -> AsyncIterator[House]:
    assert REQUIRING.count("require: [account.industry") == 1
    stored = StoredContract(
        digest="", name="acme-inbound", version=4, source=REQUIRING, tables=TABLES
    )
    digest = compile_contract(stored).digest
    async with open_house() as house:
        await house.engine.adopt_contract(
            StoredContract(
                digest=digest, name="acme-inbound", version=4, source=REQUIRING, tables=TABLES
            ),
            actor="test",
        )
        await house.capture()
        yield house


async def test_accepting_is_refused_with_the_names_and_then_taken_with_the_values() -> None:
    async with requiring_house() as house:
        answer = await house.http.post("/api/v1/handoffs/l1/accept", json={"rep": "ada"})
        told = problem(answer)
        assert (told["status"], told["code"]) == (422, "missing_fields")
        assert told["missing_fields"] == ["account.industry", "budget"]
        assert [error["place"] for error in told["errors"]] == [
            "given.account.industry",
            "given.budget",
        ]
        given = {"account.industry": "software", "budget": "20k a year"}
        taken = await house.http.post(
            "/api/v1/handoffs/l1/accept", json={"rep": "ada", "given": given}
        )
        assert taken.json()["stage"] == "accepted"


async def test_completing_alone_moves_a_conversation_that_had_waited() -> None:
    async with requiring_house() as house:
        talked = await house.http.post("/api/v1/handoffs/l1/conversation", json={"rep": "ada"})
        assert talked.json()["stage"] == "assigned"
        given = {"account.industry": "software", "budget": "20k a year"}
        done = await house.http.post(
            "/api/v1/handoffs/l1/complete", json={"by": "mo", "given": given}
        )
        assert done.json()["stage"] == "accepted"


async def test_the_link_in_a_mail_asks_for_what_is_missing() -> None:
    async with requiring_house() as house:
        links = Links(secret=bytes(32), base_url="http://x.example")
        app = FastAPI()
        app.include_router(act_router(house.engine, links))
        expires_at = house.clock.now() + timedelta(days=1)
        token = links.token(
            Link(handoff="l1-1", rep="ada", act="accept", turn="1", expires_at=expires_at)
        )
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x.example") as http:
            page = (await http.get(f"/act/{token}")).text
            asked = re.findall(r'name="(given\.[^"]+)"', page)
            assert asked == ["given.account.industry", "given.budget"]
            refused = await http.post(f"/act/{token}", data={})
            assert refused.status_code == 409
            assert "account.industry, budget" in refused.text
            given = {"given.account.industry": "software", "given.budget": "20k"}
            done = await http.post(f"/act/{token}", data=given)
            assert done.status_code == 200, done.text


async def test_qualifying_asks_for_both_stages_at_once() -> None:
    async with requiring_house() as house:
        answer = await house.http.post("/api/v1/handoffs/l1/qualify", json={"rep": "ada"})
        assert problem(answer)["missing_fields"] == [
            "account.industry",
            "budget",
            "problem",
            "authority",
            "next_step_at",
        ]
