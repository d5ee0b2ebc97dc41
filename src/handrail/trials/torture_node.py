"""One node under torture: the HTTP door and the ticker on a shared database.

At the named crash point it says so and stands still: another process kills it there.
"""

import asyncio
import os
import sys

import uvicorn
import uvloop

from handrail.engine.clock import SystemClock
from handrail.engine.engine import Engine
from handrail.engine.ticker import Ticker
from handrail.engine.vault import Vault
from handrail.store.postgres import PostgresStore
from handrail.trials.bench.ground import MASTER
from handrail.web import create_app

REACHED = b"reached\n"


class StandStill:
    """Stops at the nth passing of one point and waits to be killed."""

    def __init__(self, point: str, nth: int) -> None:
        self._point = point
        self._left = nth

    def reached(self, point: str) -> None:
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            os.write(sys.stdout.fileno(), REACHED)
            os.read(sys.stdin.fileno(), 1)  # never answered: only SIGKILL ends it


async def run(dsn: str, port: int, point: str, nth: int) -> None:
    store = await PostgresStore.open(dsn)
    engine = Engine(
        store=store,
        clock=SystemClock(),
        vault=Vault(MASTER),
        crash=StandStill(point, nth),
    )
    ticker = asyncio.create_task(Ticker(engine).run())
    config = uvicorn.Config(
        create_app(engine=engine, keys=None),
        host="127.0.0.1",
        port=port,
        log_level="critical",
        access_log=False,
    )
    await uvicorn.Server(config).serve()
    ticker.cancel()


def main() -> None:
    dsn, port, point, nth = sys.argv[1:5]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(dsn, int(port), point, int(nth)))


if __name__ == "__main__":
    main()
