"""Shares and caps are exact: over thousands of leads, at every prefix, whatever the concurrency."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handrail.contract.model import Contract
from handrail.contract.read import read_contract_text
from handrail.contract.roster import RosterFile, read_roster_text
from handrail.engine.alone import Alone, standing_of
from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.items import CaptureItem
from handrail.engine.ports import StoredContract, StoredRoster, Turn
from handrail.engine.vault import Vault
from handrail.store.memory import MemoryStore

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEADS = 4_000
CONTRACT = """
contract: shares
version: 1
timezone: UTC
owners: {revops: dana@acme.example, marketing: mia@acme.example, sales: sam@acme.example}
fields: {lead.source_campaign: {type: string}}
scores: {fit: {}, intent: {signals: {form: {add: 10}}}}
tiers: {A: 50, B: 0}
lead_types: [{name: content, when: 'true', first_action: same_day, strategy: STRATEGY}]
mql: {means: anyone, any: [{name: all, when: 'true'}]}
sal: {means: pursued, accept_within: 4h, reject_codes: {no: {then: disqualify}}}
sql: {means: real, require: [problem]}
routing: [{name: all, when: 'true', to: [team:inbound]}]
sla: {clock: wall, escalation: [{breach: 1, do: incident, repeat: 15m}]}
triage: {to: team:inbound, within: 4h}
"""


def contract(strategy: str = "fair") -> Contract:
    read = read_contract_text(CONTRACT.replace("STRATEGY", strategy))
    assert read.contract is not None, read.findings
    return read.contract


def roster_text(**reps: dict[str, Any]) -> str:
    return json.dumps(
        {
            "roster": "shares",
            "teams": [{"name": "inbound", "manager": "mo", "members": list(reps)}],
            "reps": [
                {"id": rep, "name": rep, "email": f"{rep}@a.example", "timezone": "UTC", **given}
                for rep, given in reps.items()
            ],
            "people": [{"id": "mo", "name": "Mo", "email": "mo@acme.example"}],
        }
    )


def roster(text: str) -> RosterFile:
    read = read_roster_text(text, name="roster.yaml")
    assert isinstance(read, RosterFile), read
    return read


async def engine_with(text: str, *, strategy: str = "fair") -> Engine:
    engine = Engine(store=MemoryStore(), clock=VirtualClock(NOON), vault=Vault(bytes(32)))
    agreed = contract(strategy)
    await engine.adopt_contract(
        StoredContract(
            digest=agreed.digest, name="shares", version=1, source=agreed.source, tables={}
        ),
        actor="person:dana",
    )
    await engine.adopt_roster(
        StoredRoster(digest=roster(text).roster.digest, source=text), actor="person:dana"
    )
    return engine


def leads(count: int) -> list[CaptureItem]:
    return [CaptureItem(id=f"l{number:04}", captured_at=NOON) for number in range(count)]


def assert_3_to_1_at_every_prefix(owners: list[str | None]) -> None:
    had = Counter[str | None]()
    for place, owner in enumerate(owners, start=1):
        had[owner] += 1
        assert abs(4 * had["ada"] - 3 * place) <= 4, f"ada has {had['ada']} of {place}"
    assert had == {"ada": 3 * len(owners) // 4, "ben": len(owners) // 4}


def test_the_kernel_shares_3_to_1_at_every_prefix() -> None:
    staff = roster(roster_text(ada={"weight": 300}, ben={"weight": 100}))
    standing = standing_of(staff)
    agreed = contract()
    owners: list[str | None] = []
    for number, lead in enumerate(leads(LEADS)):
        at = NOON + timedelta(seconds=number)
        alone = Alone(contract=agreed, roster=staff, now=at, standing=standing)
        owner = alone.decide(lead).owner
        assert owner is not None
        standing.add_turn(Turn(seq=number, at=at, team="inbound", rep=owner))
        owners.append(owner)
    assert_3_to_1_at_every_prefix(owners)


@pytest.mark.parametrize("batch", [1, 333])
async def test_the_engine_shares_3_to_1_at_every_prefix(batch: int) -> None:
    engine = await engine_with(roster_text(ada={"weight": 300}, ben={"weight": 100}))
    items = leads(LEADS if batch > 1 else 400)
    owners: list[str | None] = []
    for start in range(0, len(items), batch):
        receipts = await engine.capture(items[start : start + batch], actor="test")
        owners += [receipt.owner for receipt in receipts]
    assert_3_to_1_at_every_prefix(owners)


async def test_monthly_caps_are_met_exactly() -> None:
    engine = await engine_with(
        roster_text(
            ada={"caps": {"month": 14}}, ben={"caps": {"month": 40}}, cy={"caps": {"month": 45}}
        )
    )
    receipts = await engine.capture(leads(120), actor="test")
    owners = Counter(receipt.owner for receipt in receipts)
    assert owners == {"ada": 14, "ben": 40, "cy": 45, "team:inbound": 21}


@pytest.mark.parametrize("strategy", ["fair", "fastest"])
async def test_parallel_leads_never_pass_the_cap_of_open_ones(strategy: str) -> None:
    engine = await engine_with(
        roster_text(ada={"caps": {"open": 5}}, ben={"caps": {"open": 5}}), strategy=strategy
    )
    groups = await asyncio.gather(*(engine.capture([lead], actor="test") for lead in leads(20)))
    owners = Counter(receipt.owner for group in groups for receipt in group)
    assert owners == {"ada": 5, "ben": 5, "team:inbound": 10}
