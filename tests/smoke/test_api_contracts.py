"""Versions over HTTP: proved when they come in, signed by two people, put in force, taken back."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from handrail.engine.items import Refused
from handrail.engine.proving import prove
from handrail.engine.signing import PersonalKey
from tests.house import ACME, MONDAY, House, open_house, problem

CONTRACTS = "/api/v1/contracts"
SOURCE = (ACME / "contract.yaml").read_text()
TABLES = {path.name: path.read_text() for path in ACME.glob("*.csv")}
MIA, SAM = "mia@acme.example", "sam@acme.example"
EMERGENCY = ("changes: {both_sign", "changes: {emergency: 4h, both_sign")


def version(number: int, *changes: tuple[str, str]) -> dict[str, Any]:
    """The body that offers the sample contract with another number and these replacements."""
    text = SOURCE.replace("version: 3\n", f"version: {number}\n")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return {"source": text, "tables": TABLES}


class Office:
    """Mia and Sam, who sign over HTTP, and whoever puts versions in force."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.http = house.http
        self.keys = {MIA: PersonalKey.make(), SAM: PersonalKey.make()}

    async def open(self) -> None:
        roster = (ACME / "roster.yaml").read_bytes()
        headers = {"Content-Type": "application/yaml"}
        await self.http.put("/api/v1/roster", content=roster, headers=headers)
        for address, key in self.keys.items():
            await self.house.engine.agreements.register_key(address, key.public, actor="test")

    async def draft(self, body: dict[str, Any]) -> str:
        answer = await self.http.post(CONTRACTS, json=body)
        assert answer.status_code == 201, answer.text
        digest: str = answer.json()["digest"]
        return digest

    async def shown(self, digest: str) -> dict[str, Any]:
        answer = await self.http.get(f"{CONTRACTS}/{digest}")
        shown: dict[str, Any] = answer.json()
        return shown

    async def sign(self, digest: str, role: str, address: str) -> httpx.Response:
        """Over the statement that the service shows, and nothing that we make up."""
        shown = await self.shown(digest)
        statement = next(row["statement"] for row in shown["missing"] if row["role"] == role)
        signature = self.keys[address].sign(statement.encode())
        return await self.http.post(
            f"{CONTRACTS}/{digest}/sign",
            json={"role": role, "address": address, "signature": signature},
        )

    async def activate(self, digest: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"{CONTRACTS}/{digest}/activate", json=body)

    async def agree(self, body: dict[str, Any]) -> str:
        digest = await self.draft(body)
        for role, address in (("marketing", MIA), ("sales", SAM)):
            signed = await self.sign(digest, role, address)
            assert signed.status_code == 200, signed.text
        activated = await self.activate(digest)
        assert activated.status_code == 200, activated.text
        return digest

    async def in_force(self) -> list[int]:
        listed = (await self.http.get(CONTRACTS)).json()["contracts"]
        return [row["version"] for row in listed if row["in_force"]]


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with open_house(sample=False) as house:
        office = Office(house)
        await office.open()
        yield office


async def test_a_draft_is_kept_with_its_findings_and_is_not_in_force(office: Office) -> None:
    endless = version(3, ("    - {breach: 3, do: incident, repeat: 15m}\n", ""))
    digest = await office.draft(endless)
    again = await office.http.post(CONTRACTS, json=endless)
    assert again.status_code == 200
    assert again.json()["state"] == "draft"
    assert await office.in_force() == []
    shown = await office.shown(digest)
    assert shown["source"] == endless["source"]
    assert [row["severity"] for row in shown["findings"]] == ["warning"]
    assert shown["findings"] == again.json()["findings"]
    assert [row["role"] for row in shown["missing"]] == ["marketing", "sales"]


async def test_a_contract_with_an_error_is_refused_with_its_place(office: Office) -> None:
    wrong = version(3, ("account.employees >= 1000, add", "account.staff >= 1000, add"))
    told = problem(await office.http.post(CONTRACTS, json=wrong))
    assert told["code"] == "bad_contract"
    assert told["errors"][0]["place"].startswith("line ")
    open_end = version(3, ("when: 'true',", "when: 'lead_type == \"demo\"',"))
    told = problem(await office.http.post(CONTRACTS, json=open_end))
    assert (told["status"], told["code"]) == (422, "bad_contract")


async def test_one_signature_is_refused_and_two_are_not(office: Office) -> None:
    digest = await office.draft(version(3))
    nobody = problem(await office.activate(digest))
    assert (nobody["status"], nobody["code"]) == (409, "unsigned")
    await office.sign(digest, "marketing", MIA)
    half = problem(await office.activate(digest))
    assert (half["status"], half["code"]) == (409, "half_signed")
    assert SAM in half["detail"]
    await office.sign(digest, "sales", SAM)
    answer = (await office.activate(digest)).json()
    assert (answer["state"], answer["in_force"]) == ("in_force", True)
    assert [row["counts"] for row in answer["signatures"]] == [True, True]
    assert (await office.shown(digest))["missing"] == []
    assert (await office.house.capture())["stage"] == "assigned"


async def test_a_signature_of_somebody_else_is_refused(office: Office) -> None:
    digest = await office.draft(version(3))
    office.keys[SAM] = PersonalKey.make()
    told = problem(await office.sign(digest, "sales", SAM))
    assert (told["status"], told["code"]) == (422, "bad_signature")
    for address, code in (("eve@acme.example", "not_owner"), (MIA, "not_owner")):
        body = {"role": "sales", "address": address, "signature": base64.b64encode(b"x").decode()}
        told = problem(await office.http.post(f"{CONTRACTS}/{digest}/sign", json=body))
        assert told["code"] == code


async def test_what_was_never_drafted_is_not_found(office: Office) -> None:
    for path in ("", "/sign", "/activate"):
        body = {"role": "sales", "address": SAM, "signature": "x"} if path == "/sign" else {}
        send = office.http.get if not path else office.http.post
        more = {"json": body} if path else {}
        told = problem(await send(f"{CONTRACTS}/{'0' * 64}{path}", **more))
        assert (told["status"], told["code"]) == (404, "not_found")


async def test_a_version_comes_into_force_at_its_instant(office: Office) -> None:
    await office.agree(version(3))
    digest = await office.draft(version(4, ("add: 100}", "add: 90}")))
    await office.sign(digest, "marketing", MIA)
    await office.sign(digest, "sales", SAM)
    at = (MONDAY + timedelta(hours=1)).isoformat()
    answer = (await office.activate(digest, at=at)).json()
    assert answer["state"] == "scheduled"
    await office.house.move(minutes=59)
    assert await office.in_force() == [3]
    await office.house.move(minutes=1)
    assert await office.in_force() == [4]


async def test_a_rollback_needs_a_reason_and_returns_to_the_version_before(
    office: Office,
) -> None:
    await office.agree(version(3))
    await office.agree(version(4, ("add: 100}", "add: 90}")))
    path = f"{CONTRACTS}/rollback"
    assert problem(await office.http.post(path, json={}))["status"] == 422
    answer = await office.http.post(path, json={"reason": "half of them went to triage"})
    assert (answer.status_code, answer.json()["version"]) == (200, 3)
    assert await office.in_force() == [3]
    told = problem(await office.http.post(path, json={"reason": "further"}))
    assert told["code"] == "no_earlier"


async def test_an_emergency_is_in_force_by_one_signature_and_lapses(office: Office) -> None:
    await office.agree(version(3, EMERGENCY))
    digest = await office.draft(version(4, EMERGENCY, ("add: 100}", "add: 90}")))
    await office.sign(digest, "sales", SAM)
    answer = (await office.activate(digest, emergency="the form is broken")).json()
    assert answer["emergency"]["by"] == SAM
    assert [row["role"] for row in (await office.shown(digest))["missing"]] == ["marketing"]
    await office.house.move(minutes=240)
    assert await office.in_force() == [3]


async def test_proofs_that_do_not_end_leave_nothing_running_and_nothing_kept() -> None:
    with pytest.raises(Refused) as refused:
        await prove(SOURCE, TABLES, within_s=0.001)
    assert refused.value.code == "unproved"
    assert "0.001 s" in refused.value.message


async def test_the_loop_goes_on_while_a_contract_is_proved(office: Office) -> None:
    turns = 0
    task = asyncio.ensure_future(office.http.post(CONTRACTS, json=version(3)))
    while not task.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert task.result().status_code == 201
    assert turns > 10, "the proofs held up everything else"
