"""What cannot be read gets one clear answer with its place, and changes nothing."""

import json

import httpx
import pytest

from tests.house import House, lena, open_house, problem

NESTED = b'{"id": "x", "a": ' + b'{"b":' * 25 + b"1" + b"}" * 26
UNREADABLE = {
    "cut off": b'{"id": "x"',
    "a key twice": b'{"id": "x", "lead.country": "US", "lead.country": "DE"}',
    "a key twice further in": b'{"id": "x", "lead": {"a": 1, "a": 2}}',
    "NaN": b'{"id": "x", "account.employees": NaN}',
    "no UTF-8": b'{"id": "\xff"}',
    "NUL": b'{"id": "a\\u0000b"}',
    "half a character": b'{"id": "a\\ud800"}',
    "too deep": NESTED,
    "far too deep": b"[" * 100_000,
    "nothing": b"",
    "two documents": b'{"id": "x"} {"id": "y"}',
}
WRONG = {
    "no object": b"[1]",
    "no id": b'{"email": "lena@acme.example"}',
    "an id that is a number": b'{"id": 7}',
    "no address": b'{"id": "x", "email": "lena"}',
    "no instant": b'{"id": "x", "captured_at": "yesterday"}',
    "an instant without zone": b'{"id": "x", "captured_at": "2026-03-02T15:00:00"}',
    "signals that are no list": b'{"id": "x", "signals": 7}',
    "201 fields": json.dumps({"id": "x"} | {f"lead.f{n}": n for n in range(201)}).encode(),
}


async def post(house: House, raw: bytes, kind: str = "application/json") -> httpx.Response:
    return await house.http.post("/api/v1/leads", content=raw, headers={"Content-Type": kind})


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE)
async def test_an_unreadable_body_is_refused(raw: bytes) -> None:
    async with open_house() as house:
        before = await house.engine.store.head()
        answer = await post(house, raw)
        assert answer.status_code == 400
        assert problem(answer)["code"] == "unreadable"
        assert await house.engine.store.head() == before


@pytest.mark.parametrize("raw", WRONG.values(), ids=WRONG)
async def test_a_wrong_lead_is_refused_with_its_place(raw: bytes) -> None:
    async with open_house() as house:
        before = await house.engine.store.head()
        answer = await post(house, raw)
        assert answer.status_code == 422
        assert problem(answer)["errors"][0]["place"].startswith("body")
        assert await house.engine.store.head() == before


async def test_a_body_is_refused_for_its_size_before_it_is_read() -> None:
    async with open_house() as house:
        padded = json.dumps(lena(lead__note="x" * 300_000)).encode()
        assert problem(await post(house, padded))["status"] == 413

        async def drip() -> object:
            for _ in range(40):
                yield b" " * 10_000

        headers = {"Content-Type": "application/json"}
        answer = await house.http.post("/api/v1/leads", content=drip(), headers=headers)
        assert answer.status_code == 413


async def test_another_kind_of_body_is_refused() -> None:
    async with open_house() as house:
        assert problem(await post(house, b"id=x", "text/plain"))["status"] == 415


async def test_a_typing_error_in_a_command_is_named() -> None:
    async with open_house() as house:
        await house.capture()
        body = {"rep": "ada", "act": "call", "form": "2026-03-02T15:00:00Z"}
        answer = await house.http.post("/api/v1/handoffs/l1/actions", json=body)
        assert answer.status_code == 422
        assert "form" in problem(answer)["detail"]


async def test_numbers_of_any_size_are_kept_or_refused_but_never_break() -> None:
    async with open_house() as house:
        for number in ("1e308", "123456789012345678901234567890", "-0", "1e-400"):
            raw = (
                b'{"id": "n'
                + number.encode()
                + b'", "account.employees": '
                + number.encode()
                + b"}"
            )
            assert (await post(house, raw)).status_code in (201, 422), number
