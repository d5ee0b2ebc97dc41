"""What the commands share that work on a service's database: its options, an engine, a digest."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import typer

from handrail.cli.say import CannotDo
from handrail.cli.serve import speaking
from handrail.engine.engine import Engine
from handrail.wiring import open_engine

DATABASE_URL = typer.Option(None, "--database-url", help="The service's database; else its own.")
DATA_DIR = typer.Option(None, "--data-dir", help="Where the service's own database and key lie.")
DIGEST_SIGNS_MIN = 8  # of a digest that is given by its beginning

T = TypeVar("T")


def run_on(
    database_url: str | None,
    data_dir: Path | None,
    do: Callable[[Engine], Awaitable[T]],
    *,
    existing: bool = True,
) -> T:
    """Do it with an engine on the service's database, also beside running nodes.

    `existing`: without a database there is nothing to do; else one is made.
    """

    async def opened() -> T:
        async with open_engine(
            database_url=database_url, data_dir=data_dir, existing=existing
        ) as engine:
            return await do(engine)

    with speaking():
        return asyncio.run(opened())


async def the_digest(engine: Engine, given: str) -> str:
    """The one version whose digest begins so. Raises CannotDo."""
    known = [row.digest for row in await engine.store.contracts()]
    found = [digest for digest in known if digest.startswith(given)]
    if len(given) < DIGEST_SIGNS_MIN or len(found) != 1:
        raise CannotDo(
            f"{given!r} names {len(found)} of the {len(known)} versions kept; give at least "
            f"{DIGEST_SIGNS_MIN} signs of a digest, as `GET /api/v1/contracts` lists them"
        )
    return found[0]
