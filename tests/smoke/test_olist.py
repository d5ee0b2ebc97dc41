"""The 8,000 real leads of Olist's marketing funnel, against the file itself, to the row."""

import csv
import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from examples.olist.make_roster import roster_text
from handrail.contract.read import read_contract_file
from handrail.contract.roster import read_roster_text
from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.items import CaptureItem, Receipt
from handrail.engine.lead_file import LeadFile
from handrail.engine.mapping import Mapping, read_mapping
from handrail.engine.ports import HandoffFilter, StoredContract, StoredRoster
from handrail.engine.vault import Vault
from handrail.store.memory import MemoryStore
from handrail.terms.handoff import Handoff
from tests.smoke.typed import Typed, typed

OLIST = Path(__file__).resolve().parents[2] / "examples" / "olist"
AT = "2018-06-01T14:00:00Z"  # a Friday, 11:00 in São Paulo
SDRS = 32
# What the contract says of each way to come, in the words of the file.
MQL = {
    "paid search": "paid search",
    "organic search": "looked for us",
    "direct traffic": "looked for us",
    "referral": "looked for us",
    "unknown": "unknown way",
    "": "unknown way",
}
BATCH = 500


@pytest.fixture(scope="module")
def leads(shared_data: Path) -> Path:
    return shared_data / "olist_marketing_qualified_leads_dataset.csv"


@pytest.fixture(scope="module")
def roster(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("olist") / "roster.yaml"
    path.write_text(roster_text(shared_data / "olist_closed_deals_dataset.csv"), encoding="utf-8")
    return path


def decide(capfd: pytest.CaptureFixture[str], leads: Path, roster: Path) -> Typed:
    given = ("--contract", OLIST / "contract.yaml", "--roster", roster, "--leads", leads)
    done = typed(capfd, "decide", *given, "--mapping", OLIST / "mapping.yaml", "--at", AT)
    assert done.returncode == 0, done.stderr[:2_000]
    return done


def origins(leads: Path) -> dict[str, str]:
    with leads.open(encoding="utf-8", newline="") as file:
        return {row["mql_id"]: row["origin"] for row in csv.DictReader(file)}


def test_every_row_is_decided_and_reconciles_with_the_file(
    capfd: pytest.CaptureFixture[str], leads: Path, roster: Path, tmp_path: Path
) -> None:
    done = decide(capfd, leads, roster)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    by_lead = origins(leads)
    assert [line["lead"] for line in lines] == list(by_lead)
    assert len(lines) == len(by_lead) == 8_000
    for line in lines:
        _check(line, by_lead[line["lead"]])
    assert decide(capfd, leads, roster).stdout == done.stdout
    assert sorted(decide(capfd, _shuffled(leads, tmp_path), roster).stdout.splitlines()) == sorted(
        done.stdout.splitlines()
    )


def _check(line: dict[str, Any], origin: str) -> None:
    threshold = MQL.get(origin)
    assert line["threshold"] == threshold
    assert line["lead_type"] == ("ad" if origin == "paid search" else "form")
    if threshold is None:
        assert line["stage"] == "nurture"
        assert (line["owner"], line["rule"], line["candidates"]) == (None, None, [])
        return
    assert (line["stage"], line["rule"]) == ("assigned", "everyone")
    assert len(line["candidates"]) == SDRS
    assert sorted(one["rank"] for one in line["candidates"]) == list(range(1, SDRS + 1))
    picked = [one["rep"] for one in line["candidates"] if one["reason"] == "picked"]
    assert picked == [line["owner"]]


def _shuffled(leads: Path, folder: Path) -> Path:
    """The same rows in another order, the same one every time."""
    header, *rows = leads.read_text(encoding="utf-8").splitlines()
    path = folder / leads.name
    path.write_text("\n".join([header, *sorted(rows, key=lambda row: row[::-1])]), encoding="utf-8")
    return path


async def test_every_row_goes_through_the_engine_once(leads: Path, roster: Path) -> None:
    store, clock = MemoryStore(), VirtualClock(datetime.fromisoformat(AT))
    engine = Engine(store=store, clock=clock, vault=Vault(bytes(32)))
    await _adopt(engine, roster)
    mapping = read_mapping(OLIST / "mapping.yaml")
    assert isinstance(mapping, Mapping)
    with LeadFile(leads, mapping=mapping) as file:
        items = [row.read for row in file.rows() if isinstance(row.read, CaptureItem)]
    taken = await _capture(engine, items)
    assert not any(receipt.duplicate for receipt in taken)
    again = await _capture(engine, items[:BATCH])
    assert all(receipt.duplicate for receipt in again)

    wanted = Counter(MQL.get(origin) for origin in origins(leads).values())
    assert Counter(receipt.threshold for receipt in taken) == wanted
    assert sum(wanted.values()) == 8_000
    health = await store.health(now=clock.now())
    assert health.open_handoffs == 8_000 - wanted[None]
    owners = Counter(receipt.owner for receipt in taken if receipt.owner is not None)
    assert sum(owners.values()) == health.open_handoffs
    assert await _breach_the_first(engine, store, clock) == wanted["paid search"]
    assert await store.faults() == []
    after = await store.health(now=clock.now())
    assert after.open_handoffs == health.open_handoffs, "a breach ends nothing"


async def _adopt(engine: Engine, roster: Path) -> None:
    read = read_contract_file(OLIST / "contract.yaml").contract
    assert read is not None
    await engine.adopt_contract(
        StoredContract(
            digest=read.digest, name=read.name, version=1, source=read.source, tables={}
        ),
        actor="person:rita",
    )
    staff = read_roster_text(roster.read_text(encoding="utf-8"), name="roster.yaml")
    assert not isinstance(staff, tuple), staff
    assert len(staff.roster.teams["sdr"].members) == SDRS
    await engine.adopt_roster(
        StoredRoster(digest=staff.roster.digest, source=roster.read_text(encoding="utf-8")),
        actor="person:rita",
    )


async def _capture(engine: Engine, items: list[CaptureItem]) -> list[Receipt]:
    taken: list[Receipt] = []
    for start in range(0, len(items), BATCH):
        taken += await engine.capture(items[start : start + BATCH], actor="import")
    return taken


async def _breach_the_first(engine: Engine, store: MemoryStore, clock: VirtualClock) -> int:
    """Move to the first deadline and let the clocks run; returns how many were due then."""
    clocks = {one.id: one.clock("first_action") for one in await _open_handoffs(store)}
    due = {handoff: running.due_at for handoff, running in clocks.items() if running is not None}
    assert len(due) == len(clocks), "a clock runs for everyone"
    first = min(due.values())
    clock.move_to(first)
    while await engine.tick():
        pass
    breached = {
        one.id
        for one in await _open_handoffs(store)
        if any(breach.clock == "first_action" for breach in one.breaches)
    }
    assert breached == {handoff for handoff, at in due.items() if at == first}
    return len(breached)


async def _open_handoffs(store: MemoryStore) -> list[Handoff]:
    cases = await store.cases_of(HandoffFilter(limit=10_000))
    return [case.case.handoff for case in cases if case.case.handoff is not None]
