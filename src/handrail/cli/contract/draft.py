"""`handrail contract draft`: a version is proved and kept, for its owners to sign."""

from pathlib import Path

import typer

from handrail.cli.contract.database import DATA_DIR, DATABASE_URL, run_on
from handrail.cli.contract.told import AS_JSON, FILE, keep_draft, proved, tell
from handrail.contract.agreement import Agreement
from handrail.engine.engine import Engine


def register(contract: typer.Typer) -> None:
    contract.command("draft", help="Prove a version and keep it, for its owners to sign.")(draft)


def draft(
    file: Path = FILE,
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    contract, findings = proved(file)

    async def do(engine: Engine) -> Agreement:
        return await keep_draft(engine, contract, findings)

    tell(run_on(database_url, data_dir, do, existing=False), as_json=as_json)
