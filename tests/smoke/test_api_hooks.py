"""A signed webhook becomes a lead; an unsigned, old or changed one becomes nothing."""

import base64
import json
from datetime import UTC, datetime, timedelta

import httpx
import standardwebhooks

from handrail.web import HookSource, WebSettings
from tests.house import House, open_house, problem

OLD, NEW = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
MAPPING = {"email": "contact.mail", "lead.country": "contact.country", "signals": "did"}
FORMS = HookSource(secrets=(OLD, NEW), mapping=MAPPING)
BODY = {
    "type": "form",
    "data": {"contact": {"mail": "L@x.example", "country": "US"}, "did": ["demo_request"]},
}


async def send(
    house: House,
    *,
    secret: str = NEW,
    at: datetime | None = None,
    changed: bytes = b"",
    body: object = BODY,
    source: str = "forms",
) -> httpx.Response:
    raw = json.dumps(body).encode()
    when = at or datetime.now(UTC)
    signature = standardwebhooks.Webhook(secret).sign("m-1", when, raw.decode())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": "m-1",
        "webhook-timestamp": str(int(when.timestamp())),
        "webhook-signature": signature,
    }
    return await house.http.post(f"/api/v1/hooks/{source}", content=raw + changed, headers=headers)


async def test_a_signed_hook_becomes_a_lead_once() -> None:
    async with open_house(settings=WebSettings(hooks={"forms": FORMS})) as house:
        first = await send(house)
        assert first.status_code == 201, first.text
        assert first.json()["lead"] == "m-1"
        shown = (await house.http.get("/api/v1/handoffs/m-1")).json()
        assert shown["email"] == "l@x.example"
        assert (await send(house)).status_code == 200
        assert (await send(house, secret=OLD)).status_code == 200, "both secrets live"


async def test_a_hook_that_is_not_rightly_signed_leaves_nothing() -> None:
    async with open_house(settings=WebSettings(hooks={"forms": FORMS})) as house:
        before = await house.engine.store.head()
        now = datetime.now(UTC)
        refused = [
            await send(house, secret=base64.b64encode(b"3" * 32).decode()),
            await send(house, changed=b" "),
            await send(house, at=now - timedelta(seconds=400)),
            await send(house, at=now + timedelta(seconds=400)),
            await house.http.post("/api/v1/hooks/forms", json=BODY),
            await house.http.post(
                "/api/v1/hooks/forms",
                json=BODY,
                headers={"webhook-id": "x", "webhook-timestamp": "soon", "webhook-signature": "v1"},
            ),
        ]
        assert [answer.status_code for answer in refused] == [401] * len(refused)
        assert await house.engine.store.head() == before


async def test_a_source_that_is_not_set_up_is_not_there() -> None:
    async with open_house() as house:
        assert problem(await send(house))["status"] == 404


async def test_a_signed_hook_that_is_no_lead_is_refused_with_its_place() -> None:
    async with open_house(settings=WebSettings(hooks={"forms": FORMS})) as house:
        answer = await send(house, body={"data": {"contact": {"mail": "nonsense"}}})
        assert problem(answer)["errors"][0]["place"] == "data.email"
