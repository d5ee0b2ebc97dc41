"""Handrail beside a service built by hand on FastAPI, SQLAlchemy and Celery, in one run."""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from handrail.trials.bench.figures import Figure, figure
from handrail.trials.bench.ground import Ground
from handrail.trials.bench.http import load, server

IN_FLIGHT = 16


async def peer(ground: Ground) -> list[Figure]:
    """Durable handoffs over HTTP at 16 in flight: ours, and the peer's as the yardstick."""
    if shutil.which("redis-server") is None:
        return [
            figure(
                "against_fastapi_celery",
                0.0,
                "handoffs/s",
                note="not measured: the peer's broker needs redis-server (Debian: apt install it)",
            )
        ]
    async with redis(ground.folder) as broker:
        os.environ["PEER_BROKER"] = broker
        dsn = sqlalchemy_address(await ground.database())
        async with server("peer", dsn, module="handrail.trials.bench.peer_service") as port:
            theirs = await load(port, in_flight=IN_FLIGHT, run="y")
    dsn = await ground.database()
    async with server("handrail", dsn) as port:
        ours = await load(port, in_flight=IN_FLIGHT, run="x")
    return [
        figure(
            "against_fastapi_celery",
            ours[0],
            "handoffs/s",
            yardstick=theirs[0],
            note="a hand-built FastAPI + SQLAlchemy + Celery service, 16 in flight",
        )
    ]


def sqlalchemy_address(dsn: str) -> str:
    """asyncpg's address as SQLAlchemy with psycopg wants it."""
    _, _, rest = dsn.partition("://")
    return f"postgresql+psycopg://{rest}"


@asynccontextmanager
async def redis(folder: Path) -> AsyncIterator[str]:
    """A broker of its own on loopback, with its log of changes on, as one would run it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    home = tempfile.mkdtemp(prefix="redis-", dir=folder)
    process = await asyncio.create_subprocess_exec(
        "redis-server",
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        home,
        "--appendonly",
        "yes",
        "--appendfsync",
        "everysec",
        "--save",
        "",
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        await process.wait()
