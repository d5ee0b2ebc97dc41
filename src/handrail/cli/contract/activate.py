"""`handrail contract activate`: a signed version comes into force, now or later."""

from pathlib import Path

import typer

from handrail.cli.contract.database import DATA_DIR, DATABASE_URL, run_on
from handrail.cli.contract.told import ACTOR, AS_JSON, FILE, tell
from handrail.cli.given import given_contract, given_instant
from handrail.cli.say import CannotDo
from handrail.contract.agreement import Agreement
from handrail.engine.engine import Engine
from handrail.kernel.agreement import Wish


def register(contract: typer.Typer) -> None:
    contract.command("activate", help="Put a signed version in force, now or later.")(activate)


def activate(
    file: Path = FILE,
    at: str | None = typer.Option(None, help="The instant, with its zone; without it now."),
    emergency: bool = typer.Option(
        False, "--emergency", help="By one signature, for as long as the contract in force allows."
    ),
    reason: str | None = typer.Option(None, help="Why, with --emergency; kept in the ledger."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    contract = given_contract(file, proofs="none")
    if emergency and not reason:
        raise CannotDo("--emergency has a --reason")
    wish = Wish(at=given_instant("--at", at), emergency=reason if emergency else None)

    async def do(engine: Engine) -> Agreement:
        return await engine.agreements.activate_content(contract, wish, actor=ACTOR)

    tell(run_on(database_url, data_dir, do, existing=False), as_json=as_json)
