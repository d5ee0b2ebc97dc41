"""The servers under load, each a process of its own: Handrail's, and the same stack bare."""

import asyncio
import sys

import asyncpg
import msgspec
import uvicorn
from fastapi import FastAPI, Request, Response

from handrail.trials.bench.ground import connect, engine_on
from handrail.trials.bench.yardsticks import BareRows
from handrail.web import create_app

POOL = 16


async def run_handrail(dsn: str, port: int) -> None:
    async with engine_on(dsn) as engine:
        app = create_app(engine=engine, keys=None)
        await serve(app, port)


async def run_bare(dsn: str, port: int) -> None:
    """The same HTTP stack; each request is one statement that inserts the same rows."""
    connection = await connect(dsn)
    bare = await BareRows.taken_from(connection, limit=2_000)
    await bare.make_tables(connection)
    await connection.close()
    statement = bare.single()
    pool = await asyncpg.create_pool(dsn, min_size=POOL, max_size=POOL)
    app = FastAPI(openapi_url=None)
    count = 0

    @app.post("/api/v1/leads")
    async def insert(request: Request) -> Response:
        nonlocal count
        msgspec.json.decode(await request.body())
        count += 1
        values = bare.single_values(count, salt="h")
        async with pool.acquire() as worker:
            await worker.fetch(statement, *values)
        return Response(b'{"id":"x"}', status_code=201, media_type="application/json")

    await serve(app, port)


async def serve(app: object, port: int) -> None:
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # an ASGI app; uvicorn's type is wider than ours
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http="httptools",
        lifespan="on",
    )
    await uvicorn.Server(config).serve()


def main() -> None:
    kind, dsn, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    run = run_handrail if kind == "handrail" else run_bare
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(dsn, port))


if __name__ == "__main__":
    main()
