"""`handrail contract rollback`: the version before is in force again."""

from pathlib import Path

import typer

from handrail.cli.contract.database import DATA_DIR, DATABASE_URL, run_on, the_digest
from handrail.cli.contract.told import ACTOR, AS_JSON, tell
from handrail.contract.agreement import Agreement
from handrail.engine.engine import Engine


def register(contract: typer.Typer) -> None:
    contract.command("rollback", help="Return to the version that was in force before.")(rollback)


def rollback(
    to: str | None = typer.Option(None, help="A version's digest, or its first 8 signs."),
    name: str | None = typer.Option(None, help="Which contract, where several are in force."),
    reason: str = typer.Option(..., help="Why; kept in the ledger."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    async def do(engine: Engine) -> Agreement:
        digest = await the_digest(engine, to) if to is not None else None
        return await engine.agreements.roll_back(name, to=digest, reason=reason, actor=ACTOR)

    tell(run_on(database_url, data_dir, do), as_json=as_json)
