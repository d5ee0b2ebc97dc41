"""Clocks: lateness with a million pending, and ten thousand due at one instant."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from handrail.engine.engine import Engine
from handrail.engine.ledger import read_entry
from handrail.engine.ports import Batch, LoadRow, SavedCase
from handrail.engine.ticker import Ticker
from handrail.kernel.clockwork import wake_at
from handrail.kernel.decision import Case
from handrail.terms import event as ev
from handrail.terms.handoff import Handoff
from handrail.trials.bench.figures import Figure, figure, percentile
from handrail.trials.bench.ground import Ground, connect, engine_on, lead

PENDING = 1_000_000
PER_SECOND = 200
SECONDS = 30
LEAD_TIME = timedelta(seconds=5)
AT_ONCE = 10_000
CHUNK = 1_000
GRACE_S = 30.0


async def clocks(ground: Ground) -> list[Figure]:
    """200 breaches a second, each decided, re-routed and recorded, with 1 M handoffs pending."""
    dsn = await ground.database()
    async with engine_on(dsn) as engine:
        template = await template_of(engine)
        await seed_pending(dsn, template, count=PENDING)
        engine.forget()
        first_at = engine.clock.now() + LEAD_TIME
        total = PER_SECOND * SECONDS
        gap = timedelta(seconds=1) / PER_SECOND
        await seed_due(engine, template, dues=[first_at + gap * i for i in range(total)], run="d")
        late = await _run(engine, total=total, until=first_at + gap * total)
        memory = _resident_mb()
    return [
        figure("clock_lateness_p50", percentile(late, 50), "ms"),
        figure(
            "clock_lateness_p99",
            percentile(late, 99),
            "ms",
            yardstick=250.0,
            note="200 decided breaches a second, 1 M pending, roster of 12; yardstick: target",
        ),
        figure("clock_lateness_max", max(late), "ms", yardstick=1_000.0),
        figure("clock_never_early", float(sum(value < 0 for value in late)), "breaches"),
        figure(
            "server_memory_at_1m",
            memory,
            "MB",
            yardstick=300.0,
            note="resident set of the engine's process; yardstick: target",
        ),
    ]


async def at_once(ground: Ground) -> list[Figure]:
    """10,000 due at one instant, against bare claims of the same rows."""
    dsn = await ground.database()
    async with engine_on(dsn) as engine:
        template = await template_of(engine)
        due = engine.clock.now() - timedelta(seconds=1)
        await seed_due(engine, template, dues=[due] * AT_ONCE, run="d")
        bare = await _bare_claims(dsn)
        began = time.perf_counter()
        while await engine.tick():
            pass
        rate = AT_ONCE / (time.perf_counter() - began)
        late = await _breaches(engine)
        assert len(late) == AT_ONCE, f"{len(late)} breaches of {AT_ONCE}"
    return [
        figure(
            "clocks_at_once",
            rate,
            "breaches/s",
            yardstick=bare,
            note="bare claims: update ... for update skip locked, 500 to a transaction",
        ),
    ]


async def template_of(engine: Engine) -> Case:
    """One assigned handoff, made by the engine itself."""
    [receipt] = await engine.capture([lead(0, run="t")], actor="bench")
    assert receipt.handoff is not None
    stored = await engine.store.case_of_handoff(receipt.handoff)
    assert stored is not None
    return stored.case


def copy_of(template: Case, *, lead_id: str, rep: str, due_at: datetime) -> Case:
    """The same case under another id, with another owner and another due instant."""
    handoff = template.handoff
    assert handoff is not None
    clocks = tuple(
        msgspec.structs.replace(
            clock,
            warn_at=None,
            due_at=due_at if clock.kind == "first_action" else due_at + timedelta(days=30),
        )
        for clock in handoff.clocks
    )
    return Case(
        lead=msgspec.structs.replace(template.lead, id=lead_id, email=None),
        handoff=msgspec.structs.replace(
            handoff,
            id=f"{lead_id}-1",
            lead=lead_id,
            clocks=clocks,
            account=None,
            owner=msgspec.structs.replace(handoff.owner, rep=rep),
        ),
    )


async def seed_due(engine: Engine, template: Case, *, dues: Sequence[datetime], run: str) -> None:
    """Write handoffs that fall due at these instants, with loads that agree."""
    async with engine.store.write() as unit:
        standing = await unit.standing(after=0, turns_from=engine.clock.now())
        loads = dict(standing.loads)
        key = engine.vault.new_key()
        for start in range(0, len(dues), CHUNK):
            batch = Batch(head=unit.head)
            for index in range(start, min(start + CHUNK, len(dues))):
                rep = f"r{index % 12:04d}"
                case = copy_of(template, lead_id=f"{run}{index:07d}", rep=rep, due_at=dues[index])
                batch.cases[case.lead.id] = SavedCase(
                    case=case,
                    key=key,
                    is_new=True,
                    wake_at=wake_at(case.handoff, now=dues[index]),
                )
                row = loads.get(rep, LoadRow())
                loads[rep] = LoadRow(
                    open=row.open + 1, unworked=row.unworked + 1, timed=row.timed + _timed(case)
                )
            batch.loads = loads
            await unit.stage(batch)
    engine.forget()


def _timed(case: Case) -> int:
    handoff = case.handoff
    return int(handoff is not None and not handoff.same_day)


async def seed_pending(dsn: str, template: Case, *, count: int) -> None:
    """Open handoffs of ten reps that wake in a year, written by the database itself."""
    later = template.lead.captured_at + timedelta(days=365)
    case = copy_of(template, lead_id="@ID@", rep="@REP@", due_at=later)
    assert isinstance(case.handoff, Handoff)
    at = min(clock.due_at for clock in case.handoff.clocks)
    connection = await connect(dsn)
    try:
        begun_at = case.lead.captured_at
        await connection.execute(PENDING_LEADS, msgspec.json.encode(case.lead).decode(), count)
        body = msgspec.json.encode(case.handoff).decode()
        await connection.execute(PENDING_HANDOFFS, body, begun_at, at, count)
        await connection.execute(PENDING_LOADS)
        await connection.execute("analyze")
    finally:
        await connection.close()


PENDING_LEADS = """
insert into leads (id, state, key)
select 'p' || i, convert_to(replace($1::text, '@ID@', 'p' || i), 'UTF8'), ''::bytea
from generate_series(1, $2::int) i"""

PENDING_HANDOFFS = """
insert into handoffs (id, lead, is_open, stage, owner_team, owner_rep, came_at, opened_at,
  wake_at, due_at, is_timed, body)
select 'p' || i || '-1', 'p' || i, true, 'assigned', 'inbound', rep, $2, $2, $3, $3,
  true,
  convert_to(replace(replace($1::text, '@ID@', 'p' || i), '@REP@', rep), 'UTF8')
from generate_series(1, $4::int) i, lateral (select 'r000' || i % 10) as of_rep (rep)"""

PENDING_LOADS = """
insert into loads (id, open, unworked, timed, seq)
select owner_rep, count(*), count(*), count(*), 1 from handoffs
where is_open and owner_rep is not null group by owner_rep
on conflict (id) do update
set open = excluded.open, unworked = excluded.unworked, timed = excluded.timed"""


async def _run(engine: Engine, *, total: int, until: datetime) -> list[float]:
    ticker = Ticker(engine)
    task = asyncio.create_task(ticker.run())
    try:
        give_up = until + timedelta(seconds=GRACE_S)
        while engine.clock.now() < give_up:
            await asyncio.sleep(0.5)
            if engine.clock.now() > until and len(await _breaches(engine)) >= total:
                break
    finally:
        ticker.stop()
        await task
    late = await _breaches(engine)
    assert len(late) >= total, f"{len(late)} breaches of {total}"
    return late


async def _breaches(engine: Engine) -> list[float]:
    """Milliseconds from due to decided, of every first-action breach in the ledger."""
    late = []
    async for chunk in engine.store.entries(after=0, chunk=5_000):
        for stored in chunk:
            entry = read_entry(stored)
            for event in entry.events:
                if isinstance(event, ev.SlaBreached) and event.step == 1:
                    late.append((entry.at - event.due_at).total_seconds() * 1_000)
    return late


async def _bare_claims(dsn: str) -> float:
    """Claims a second: rows marked as taken, 500 to a transaction, nothing decided."""
    connection = await connect(dsn)
    try:
        await connection.execute("create table bare_due (like handoffs including all)")
        await connection.execute("insert into bare_due select * from handoffs where lead like 'd%'")
        count = await connection.fetchval("select count(*) from bare_due")
        claim = await connection.prepare(
            "update bare_due set wake_at = $1::timestamptz + interval '1 hour' where id in ("
            "select id from bare_due where wake_at <= $1::timestamptz order by wake_at, lead "
            "limit 500 for update skip locked) returning id"
        )
        now = await connection.fetchval("select now()")
        began = time.perf_counter()
        while await claim.fetch(now):
            pass
        return float(count) / (time.perf_counter() - began)
    finally:
        await connection.close()


def _resident_mb() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    for line in status.read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1_024
    return 0.0
