"""`handrail ledger verify` and `handrail ledger export`."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec
import typer

from handrail.cli.say import CannotDo, print_json, say
from handrail.cli.serve import speaking
from handrail.engine.engine import Engine
from handrail.engine.ports import SealedEntry
from handrail.engine.verify import VerifyReport, verify
from handrail.wiring import open_engine

DATABASE_URL = typer.Option(None, help="The service's database; without it, its own.")
DATA_DIR = typer.Option(None, help="Where the service's own database and key lie.")
AS_JSON = typer.Option(False, "--json", help="One JSON document on stdout.")
CHUNK = 2_000  # entries written at once
TELL_EVERY = 100_000  # entries


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The history of everything decided.", no_args_is_help=True)
    group.command("verify", help="Unbroken chain, unchanged values, and all invariants.")(check)
    group.command("export", help="Every entry, for other eyes: tools/verify_ledger.py reads it.")(
        export
    )
    app.add_typer(group, name="ledger")


def check(
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    with speaking():
        report = asyncio.run(_verify(database_url, data_dir))
    if as_json:
        print_json(report)
    else:
        _tell(report)
    raise typer.Exit(0 if report.ok else 1)


async def _verify(database_url: str | None, data_dir: Path | None) -> VerifyReport:
    told = TELL_EVERY

    def progress(count: int) -> None:
        nonlocal told
        if count >= told:
            say(f"{count:,} entries")
            told += TELL_EVERY

    async with open_engine(database_url=database_url, data_dir=data_dir, existing=True) as engine:
        return await verify(engine.store, engine.vault, signed=True, progress=progress)


def _tell(report: VerifyReport) -> None:
    for fault in report.faults:
        print(f"entry {fault.seq}, {fault.place}: {fault.message}")
    for invariant in report.invariants:
        print(f"invariant: {invariant}")
    erased = f", {report.erased:,} of erased persons" if report.erased else ""
    print(f"{report.entries:,} entries, {report.sealed:,} with personal values opened{erased}")
    print(f"{report.signatures:,} signatures over contracts hold")
    print(f"head {report.head}")
    print("the ledger is whole" if report.ok else "the ledger is NOT whole")


def export(
    format: str = typer.Option("ndjson", help="ndjson: one entry a line."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = typer.Option(False, "--json", help="The same: it is NDJSON already."),
) -> None:
    if format != "ndjson":
        raise CannotDo(f"--format is ndjson, not {format!r}")
    with speaking():
        count = asyncio.run(_export(database_url, data_dir))
    say(f"{count:,} entries exported")


async def _export(database_url: str | None, data_dir: Path | None) -> int:
    async with open_engine(database_url=database_url, data_dir=data_dir, existing=True) as engine:
        return await write_entries(engine)


async def write_entries(engine: Engine) -> int:
    """Each entry with its body as the very text that was hashed; sealed values stay behind."""
    count = 0
    async for entries in engine.store.entries(after=0, chunk=CHUNK):
        lines = b"\n".join(msgspec.json.encode(_line(entry)) for entry in entries)
        sys.stdout.buffer.write(lines + b"\n")
        count += len(entries)
    sys.stdout.buffer.flush()
    return count


def _line(entry: SealedEntry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at,
        "kind": entry.kind,
        "lead": entry.lead,
        "handoff": entry.handoff,
        "digest": entry.digest.hex(),
        "body": entry.body.decode(),
    }
