"""`handrail contract shadow`: a candidate decides beside the contract in force."""

from pathlib import Path

import typer

from handrail.cli.contract.database import DATA_DIR, DATABASE_URL, run_on
from handrail.cli.given import counted, given_contract
from handrail.cli.say import print_json, say
from handrail.engine.engine import Engine
from handrail.engine.ports import StoredContract
from handrail.engine.shadowing import (
    ShadowReport,
    begin_shadow,
    end_shadow,
    shadow_report,
    shadowing_of,
)
from handrail.lab.verdict import Verdict

ACTOR = "operator"
SHOWN_MAX = 10  # differences that are told of each


def register(contract: typer.Typer) -> None:
    contract.command("shadow", help="Let a candidate decide beside what is in force, and act not.")(
        run
    )


def run(
    file: Path | None = typer.Argument(
        None, help="The candidate; without one, what came of every shadow is told."
    ),
    off: bool = typer.Option(False, "--off", help="Switch off FILE's shadow, or all of them."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    stored = _stored(file) if file is not None else None

    async def do(engine: Engine) -> list[ShadowReport]:
        if off:
            for digest in await end_shadow(engine, stored.digest if stored is not None else None):
                say(f"{digest[:12]} is switched off")
        elif stored is not None:
            await begin_shadow(engine, stored, actor=ACTOR)
            say(f"{stored.name} version {stored.version} decides beside what is in force")
        rows = await shadowing_of(engine).store.shadows()
        wanted = [row.digest for row in rows if stored is None or row.digest == stored.digest]
        return [await shadow_report(engine, digest) for digest in wanted]

    reports = run_on(database_url, data_dir, do)
    if as_json:
        print_json({"shadows": reports})
    for report in reports:
        _tell(report)
    if not reports:
        say("No shadow ever ran here.")


def _stored(file: Path) -> StoredContract:
    contract = given_contract(file)
    return StoredContract(
        digest=contract.digest,
        name=contract.name,
        version=contract.version,
        source=contract.source,
        tables=dict(contract.table_sources),
    )


def _tell(report: ShadowReport) -> None:
    row = report.shadow
    state = f"ended: {row.ended_why}" if row.ended_at is not None else "runs"
    say(f"{row.name} version {row.version} ({row.digest[:12]}) {state}")
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in row.counts.items() if count)
    mean = row.spent_us // row.decisions if row.decisions else 0
    say(
        f"  {counted(row.decisions, 'decision')}, {row.differing:,} differ"
        + (f" ({kinds})" if kinds else "")
        + f"; {mean:,} us each"
    )
    for one in report.differences[:SHOWN_MAX]:
        say(f"  {one.lead}: {', '.join(one.kinds)}: {_words(one.real)} -> {_words(one.shadow)}")
    for caveat in report.caveats:
        say(f"  note: {caveat}")


def _words(verdict: Verdict) -> str:
    parts = (verdict.outcome, verdict.type, verdict.tier, verdict.rule, verdict.owner)
    return " / ".join(part for part in parts if part is not None)
