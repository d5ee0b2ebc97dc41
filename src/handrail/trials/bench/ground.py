"""Where benchmarks run: a PostgreSQL of their own on the real disk, and an engine on it."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec

from handrail.contract.read import read_contract_text
from handrail.contract.roster import read_roster_text
from handrail.engine.clock import SystemClock
from handrail.engine.engine import Engine
from handrail.engine.items import CaptureItem
from handrail.engine.notices import Notices
from handrail.engine.ports import Clock, StoredContract, StoredRoster
from handrail.engine.vault import Vault
from handrail.store.embedded import EmbeddedPostgres
from handrail.store.postgres import PostgresStore

MASTER = bytes(range(32))  # the vault of benchmarks guards nothing

CONTRACT = """\
contract: bench
version: 1
timezone: America/New_York
owners: {revops: r@acme.example, marketing: m@acme.example, sales: s@acme.example}
fields:
  lead.country: {type: string, values: [US, CA, DE]}
  lead.source_campaign: {type: string}
  account.employees: {type: integer, min: 0}
  account.industry: {type: string, values: [software, finance, other]}
scores:
  fit:
    cap: 100
    rules:
      - {when: account.employees >= 1000, add: 40}
      - {when: 'account.industry in ["software", "finance"]', add: 30}
  intent:
    cap: 300
    signals:
      demo_request: {add: 100}
      pricing_view: {add: 25, at_most: 1 per week}
tiers: {A: 70, B: 40, C: 0}
lead_types:
  - {name: demo, when: 'seen("demo_request")', first_action: 5m, strategy: fastest}
  - {name: content, when: 'true', first_action: same_day, strategy: fair}
mql:
  means: shows intent
  any: [{name: intent, when: intent >= 25}]
  require: [fit, intent_signals, source_campaign, tier, threshold]
sal:
  means: pursued now
  accept_within: 4h
  reject_codes: {no_fit: {then: disqualify}, elsewhere: {then: reroute}}
sql: {means: a dated next step, require: [next_step_at]}
routing:
  - {name: large, when: account.employees >= 1000, to: [team:inbound]}
  - {name: others, when: 'true', to: [team:inbound]}
sla:
  clock: business
  warn_at: 60%
  escalation:
    - {breach: 1, do: reroute}
    - {breach: 2, do: alert_manager}
    - {breach: 3, do: incident, repeat: 15m}
triage: {to: team:inbound, within: 4h}
"""


def roster_text(reps: int) -> str:
    """One team, always on shift; `caps.timed` is high so that clocks, not people, are the limit."""
    lines = ["roster: bench", "teams:", "  - name: inbound", "    manager: boss", "    members:"]
    lines += [f"      - r{index:04d}" for index in range(reps)]
    lines += ["reps:"]
    for index in range(reps):
        zone = ("America/New_York", "Europe/Berlin", "Asia/Tokyo")[index % 3]
        lines.append(
            f"  - {{id: r{index:04d}, name: Rep {index}, email: r{index}@acme.example, "
            f"timezone: {zone}, caps: {{timed: 1000000}}}}"
        )
    lines += [
        "people:",
        "  - {id: boss, name: Boss, email: boss@acme.example, ids: {slack: UBOSS}}",
    ]
    return "\n".join(lines) + "\n"


class Ground(msgspec.Struct):
    """One PostgreSQL for the whole run; each figure takes a fresh database of it."""

    server: EmbeddedPostgres
    dsn: str
    folder: Path
    made: int = 0

    async def database(self) -> str:
        """The address of an empty database."""
        self.made += 1
        name = f"bench_{self.made}"
        connection = await connect(self.dsn)
        try:
            await connection.execute(f'create database "{name}"')
        finally:
            await connection.close()
        return address_of(self.dsn, name)


def address_of(dsn: str, database: str) -> str:
    """The same server's other database."""
    head, _, tail = dsn.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{database}" + (f"?{tail}" if tail else "")


async def connect(dsn: str, *, statement_max_s: float = 900.0) -> asyncpg.Connection:
    """A connection beside the store's; the driver ships without a type for this call."""
    connection: asyncpg.Connection = await asyncpg.connect(dsn, command_timeout=statement_max_s)
    return connection


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    with tempfile.TemporaryDirectory(prefix="handrail-bench-") as name:
        folder = Path(name)
        async with EmbeddedPostgres(folder / "data") as server:
            yield Ground(server=server, dsn=server.dsn, folder=folder)


@asynccontextmanager
async def engine_on(
    dsn: str,
    *,
    reps: int = 12,
    clock: Clock | None = None,
    notices: Notices | None = None,
    more: str = "",
) -> AsyncIterator[Engine]:
    """An engine on a database, with the benchmarks' contract and roster in force. `more`: sections
    that the contract has besides."""
    store = await PostgresStore.open(dsn)
    try:
        engine = Engine(
            store=store, clock=clock or SystemClock(), vault=Vault(MASTER), notices=notices
        )
        await adopt(engine, reps=reps, more=more)
        yield engine
    finally:
        await store.close()


async def adopt(engine: Engine, *, reps: int, more: str = "") -> None:
    text, contract = roster_text(reps), CONTRACT + more
    people = read_roster_text(text, name="roster.yaml")
    assert not isinstance(people, tuple), people
    read = read_contract_text(contract, tables={})
    assert read.contract is not None, read.findings
    await engine.adopt_roster(StoredRoster(digest=people.roster.digest, source=text), actor="bench")
    await engine.adopt_contract(
        StoredContract(
            digest=read.contract.digest,
            name="bench",
            version=1,
            source=contract,
            tables={},
        ),
        actor="bench",
    )


def lead(index: int, *, run: str = "l") -> CaptureItem:
    """A lead that becomes a handoff; every one a person of a company of their own."""
    return CaptureItem(
        id=f"{run}{index}",
        email=f"{run}{index}@company-{run}{index}.example",
        attributes={
            "lead.country": ("US", "CA", "DE")[index % 3],
            "account.employees": 10 + 37 * (index % 400),
            "account.industry": ("software", "finance", "other")[index % 3],
            "lead.source_campaign": f"campaign-{index % 20}",
        },
        signals=(("demo_request" if index % 3 == 0 else "pricing_view", None),),
    )
