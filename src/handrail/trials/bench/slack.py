"""How soon Slack is answered while the one write transaction is busy with leads."""

import asyncio
import json
import time
from urllib.parse import urlencode

import httpx

from handrail.connectors.slack.doors import PATH
from handrail.connectors.slack.signing import sign
from handrail.trials.bench.figures import Figure, figure, percentile
from handrail.trials.bench.ground import Ground, connect, engine_on, lead
from handrail.trials.bench.http import load, server
from handrail.trials.bench.slack_server import SECRET

PRESSING = 16  # people who each wait for their answer before they press again
CAPTURING = 64
SECONDS = 6.0
SEEDED = 500
SETTLE_MAX_S = 60.0


async def slack(ground: Ground) -> list[Figure]:
    """Presses that are kept and answered, without other load and beside captures in flight."""
    dsn = await ground.database()
    async with engine_on(dsn) as engine:
        await engine.capture([lead(i, run="s") for i in range(SEEDED)], actor="bench")
    async with server("slack", dsn, module="handrail.trials.bench.slack_server") as port:
        idle = await _press(port, run="i")
        captures, busy = await asyncio.gather(
            load(port, in_flight=CAPTURING, run="c", seconds=SECONDS), _press(port, run="b")
        )
        await _all_done(dsn, len(idle) + len(busy))
    note = f"beside {captures[0]:.0f} durable captures a second; Slack waits 3 s"
    return [
        figure(
            f"slack_ack_{name}",
            value(busy) * 1_000,
            "ms",
            yardstick=value(idle) * 1_000,
            note=note,
        )
        for name, value in (("p50", _p50), ("p99", _p99), ("max", max))
    ]


def _p50(times: list[float]) -> float:
    return percentile(times, 50)


def _p99(times: list[float]) -> float:
    return percentile(times, 99)


async def _press(port: int, *, run: str) -> list[float]:
    """Seconds from a press to its 200, of all."""
    times: list[float] = []
    counter = iter(range(10_000_000))
    end = time.perf_counter() + SECONDS

    async def person() -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            while time.perf_counter() < end:
                raw = _pressed(f"{run}{next(counter)}")
                began = time.perf_counter()
                answer = await client.post(PATH, content=raw, headers=_headers(raw))
                assert answer.status_code == 200, answer.status_code
                times.append(time.perf_counter() - began)

    await asyncio.gather(*(person() for _ in range(PRESSING)))
    return times


def _pressed(trigger: str) -> bytes:
    """The manager logs a call about one of the handoffs."""
    number = sum(trigger.encode()) % SEEDED
    action = {
        "type": "button",
        "action_id": "called",
        "block_id": "b",
        "value": json.dumps({"handoff": f"s{number}-1", "key": "k"}),
    }
    payload = {
        "type": "block_actions",
        "user": {"id": "UBOSS"},
        "trigger_id": trigger,
        "actions": [action],
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


def _headers(raw: bytes) -> dict[str, str]:
    stamp = str(int(time.time()))
    return {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": sign(raw, stamp, SECRET).decode(),
    }


async def _all_done(dsn: str, count: int) -> None:
    """What was answered is worked on to the last one."""
    connection = await connect(dsn)
    began = time.perf_counter()
    try:
        assert await connection.fetchval("select count(*) from received") == count
        while await connection.fetchval("select count(*) from received where body is not null"):
            assert time.perf_counter() - began < SETTLE_MAX_S, "presses are left undone"
            await asyncio.sleep(0.1)
    finally:
        await connection.close()
