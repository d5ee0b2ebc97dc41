"""Durable handoffs over HTTP, against the same stack with a bare one-statement insert."""

import asyncio
import json
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from handrail.trials.bench.figures import Figure, figure, percentile
from handrail.trials.bench.ground import Ground, connect, engine_on, lead

IN_FLIGHT = (1, 16, 64)
SECONDS = 6.0
WARM_SECONDS = 1.5
START_MAX_S = 30.0
SEEDED = 2_000  # handoffs whose rows the yardstick writes again


async def http(ground: Ground) -> list[Figure]:
    """Single requests at 1, 16 and 64 in flight; every answer counted is durable."""
    dsn = await ground.database()
    async with engine_on(dsn) as engine:
        for start in range(0, SEEDED, 500):
            await engine.capture([lead(start + i, run="s") for i in range(500)], actor="bench")
    found = []
    async with server("bare", dsn) as port:
        ceilings = {n: await load(port, in_flight=n, run=f"b{n}") for n in IN_FLIGHT}
    async with server("handrail", dsn) as port:
        for count in IN_FLIGHT:
            rate, p50, p99 = await load(port, in_flight=count, run=f"x{count}")
            ceiling = ceilings[count]
            found += [
                figure(
                    f"durable_handoffs_http_{count}",
                    rate,
                    "handoffs/s",
                    yardstick=ceiling[0],
                    note="the same HTTP stack with a bare one-statement insert of the same rows",
                ),
                figure(f"http_{count}_p50", p50, "ms", yardstick=ceiling[1]),
                figure(f"http_{count}_p99", p99, "ms", yardstick=ceiling[2]),
            ]
    await _check(dsn)
    return found


async def _check(dsn: str) -> None:
    """What was counted is there: one open handoff for each answered lead."""
    connection = await connect(dsn)
    try:
        leads = await connection.fetchval("select count(*) from captures where id like 'x%'")
        handoffs = await connection.fetchval(
            "select count(*) from handoffs where lead like 'x%' and is_open"
        )
        assert leads == handoffs > 0, (leads, handoffs)
    finally:
        await connection.close()


@asynccontextmanager
async def server(
    kind: str, dsn: str, module: str = "handrail.trials.bench.server"
) -> AsyncIterator[int]:
    """A server process; ended by us, and only it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, kind, dsn, str(port)
    )
    try:
        await _answers(port)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def _answers(port: int) -> None:
    began = time.perf_counter()
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            assert time.perf_counter() - began < START_MAX_S, "the server did not start"
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return


async def load(
    port: int,
    *,
    in_flight: int,
    run: str,
    seconds: float = SECONDS,
    body: Callable[[int], bytes] | None = None,
) -> tuple[float, float, float]:
    """(answers a second, p50 ms, p99 ms) of `in_flight` clients that each wait for their answer."""
    make = body or (lambda index: lead_json(index, run=run))
    counter = iter(range(100_000_000))
    times: list[float] = []
    begin = time.perf_counter() + WARM_SECONDS
    end = begin + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (sent := time.perf_counter()) < end:
            status = await _post(reader, writer, make(next(counter)))
            assert status in (200, 201), status
            if sent >= begin:
                times.append(time.perf_counter() - sent)
        writer.close()

    await asyncio.gather(*(client() for _ in range(in_flight)))
    return (
        len(times) / seconds,
        percentile(times, 50) * 1_000,
        percentile(times, 99) * 1_000,
    )


async def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> int:
    writer.write(
        b"POST /api/v1/leads HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    at = lower.index(b"content-length:")
    length = int(lower[at + 15 : lower.index(b"\r\n", at)])
    await reader.readexactly(length)
    return int(head[9:12])


def lead_json(index: int, *, run: str) -> bytes:
    item = lead(index, run=run)
    return json.dumps(
        {
            "id": item.id,
            "email": item.email,
            **item.attributes,
            "signals": [name for name, _ in item.signals],
        }
    ).encode()
