"""`handrail contract migrate`: open handoffs go over to the version in force."""

from pathlib import Path

import typer

from handrail.cli.contract.database import DATA_DIR, DATABASE_URL, run_on, the_digest
from handrail.cli.given import counted
from handrail.cli.say import print_json, say
from handrail.engine.engine import Engine
from handrail.engine.migrate import Migration, migrate

ACTOR = "operator"


def register(contract: typer.Typer) -> None:
    contract.command("migrate", help="Take open handoffs over to the version in force.")(run)


def run(
    from_: str | None = typer.Option(
        None, "--from", help="Only handoffs of the version with this digest, or its first 8 signs."
    ),
    handoff: list[str] = typer.Option(
        [], "--handoff", help="Only this handoff, or this lead's; may be given again."
    ),
    reason: str | None = typer.Option(None, "--reason", help="Why; kept with each of them."),
    by: str = typer.Option(ACTOR, "--by", help="Who does it: the id of a rep or person."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would move, and move nothing."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    async def do(engine: Engine) -> Migration:
        digest = await the_digest(engine, from_) if from_ is not None else None
        return await migrate(
            engine,
            by=by,
            actor=ACTOR,
            handoffs=handoff,
            from_contract=digest,
            reason=reason,
            dry_run=dry_run,
        )

    done = run_on(database_url, data_dir, do)
    if as_json:
        print_json(done)
    _tell(done)
    raise typer.Exit(1 if done.refused else 0)


def _tell(done: Migration) -> None:
    for move in done.refused:
        say(f"{move.handoff}: stays under {move.from_contract[:12]}: {move.refused}")
    verb = "would go over" if done.dry_run else "went over"
    say(f"{counted(len(done.moved), 'handoff')} {verb}, {len(done.refused):,} stay")
    if done.more:
        say("There are more than one run looks at: run it again.")
