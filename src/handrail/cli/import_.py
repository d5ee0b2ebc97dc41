"""`handrail import leads` and `import roster`: from a file into the database, each row once."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress

from handrail import wiring
from handrail.cli.given import counted, given_mapping, given_roster, tell_findings
from handrail.cli.rejects import RejectsFile
from handrail.cli.say import CannotDo, print_json, say
from handrail.contract.roster import RosterFile
from handrail.engine.alone import idle_teams
from handrail.engine.engine import Engine
from handrail.engine.grouping import is_of_one
from handrail.engine.intake import Unreadable, read_source
from handrail.engine.items import CaptureItem, Refused
from handrail.engine.lead_file import LeadFile, LeadFileFault, Row
from handrail.engine.ports import StoredRoster
from handrail.wiring_key import CannotOpen

BATCH = 500  # leads in one transaction
ACTOR = "import"

T = TypeVar("T")
DATABASE = typer.Option(None, "--database-url", help="PostgreSQL; else one of our own.")
DATA_DIR = typer.Option(None, "--data-dir", help="Where our own database keeps its data.")
AS_JSON = typer.Option(False, "--json", help="One JSON document on stdout.")


class Counts(msgspec.Struct):
    """What became of the rows: `rows` is the sum of the other three."""

    rows: int = 0
    taken: int = 0
    known: int = 0  # a source event that was taken before: does nothing
    rejected: int = 0
    rejects_file: str | None = None


def register(app: typer.Typer) -> None:
    into = typer.Typer(help="Take leads or a roster in from a file.", no_args_is_help=True)
    into.command("leads", help="Leads, NDJSON or CSV; each source event once.")(leads)
    into.command("roster", help="A roster, in force at once.")(roster)
    app.add_typer(into, name="import")


def leads(
    file: Path = typer.Argument(..., help="The leads, NDJSON or CSV."),
    mapping: Path | None = typer.Option(None, "--mapping", help="How columns become fields."),
    rejects: Path | None = typer.Option(
        None, "--rejects", help="Where bad rows go; else beside FILE. NDJSON, or CSV by its name."
    ),
    source: str | None = typer.Option(
        None,
        "--source",
        help="Where rows come from that do not say: chooses the contract.",
    ),
    database_url: str | None = DATABASE,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    refused = RejectsFile(rejects or file.with_name(f"{file.name}.rejects.ndjson"))
    try:
        with LeadFile(file, mapping=given_mapping(mapping)) as given, refused:
            counts = _run(_import_leads(_named(given, source), refused, database_url, data_dir))
    except LeadFileFault as wrong:
        raise CannotDo(str(wrong)) from None
    counts.rejects_file = str(refused.path) if counts.rejected else None
    if as_json:
        print_json(counts)
    say(
        f"{file}: {counted(counts.rows, 'row')}: {counts.taken:,} taken, "
        f"{counts.known:,} known before, {counts.rejected:,} rejected"
    )
    if counts.rejected:
        raise CannotDo(f"{counted(counts.rejected, 'row')} rejected; the reasons: {refused.path}")


class _Named(msgspec.Struct, frozen=True):
    """A file of leads, and the source of those that name none."""

    file: LeadFile
    source: str | None

    def rows(self) -> Iterator[Row]:
        for row in self.file.rows():
            read = row.read
            if isinstance(read, CaptureItem) and read.source is None:
                read = msgspec.structs.replace(read, source=self.source)
            yield msgspec.structs.replace(row, read=read)


def _named(file: LeadFile, source: str | None) -> _Named:
    try:
        return _Named(file=file, source=read_source(source) if source is not None else None)
    except Unreadable as wrong:
        raise CannotDo(f"--source: {wrong}") from None


async def _import_leads(
    given: _Named, rejects: RejectsFile, database_url: str | None, data_dir: Path | None
) -> Counts:
    counts = Counts()
    async with _engine(database_url, data_dir) as engine:
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("import", total=given.file.size())
            for rows in _batches(given):
                await _take(engine, rows, counts, rejects)
                progress.update(bar, completed=given.file.position())
    return counts


def _batches(file: _Named) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in file.rows():
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _take(engine: Engine, rows: list[Row], counts: Counts, rejects: RejectsFile) -> None:
    counts.rows += len(rows)
    good = [row for row in rows if isinstance(row.read, CaptureItem)]
    for row in rows:
        if not isinstance(row.read, CaptureItem):
            rejects.add(row.line, [str(fault) for fault in row.read], row.text)
            counts.rejected += 1
    await _capture(engine, good, counts, rejects)


async def _capture(engine: Engine, rows: list[Row], counts: Counts, rejects: RejectsFile) -> None:
    """All in one transaction; where one is refused for its source, each alone."""
    items = [row.read for row in rows if isinstance(row.read, CaptureItem)]
    if not items:
        return
    try:
        receipts = await engine.capture(items, actor=ACTOR)
    except Refused as no:
        if not is_of_one(no):
            raise
        if len(rows) > 1:
            for row in rows:
                await _capture(engine, [row], counts, rejects)
            return
        rejects.add(rows[0].line, [no.message], rows[0].text)
        counts.rejected += 1
        return
    known = sum(receipt.duplicate for receipt in receipts)
    counts.known += known
    counts.taken += len(items) - known


def roster(
    file: Path = typer.Argument(..., help="The roster, YAML or CSV."),
    database_url: str | None = DATABASE,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    read = given_roster(file)
    is_new = _run(_import_roster(file, read, database_url, data_dir))
    teams, reps = len(read.roster.teams), len(read.roster.reps)
    if as_json:
        print_json({"roster": read.roster.name, "teams": teams, "reps": reps, "is_new": is_new})
    now = "is in force now" if is_new else "was in force already"
    say(f"{file}: {counted(teams, 'team')}, {counted(reps, 'rep')}; {now}")


async def _import_roster(
    file: Path, read: RosterFile, database_url: str | None, data_dir: Path | None
) -> bool:
    try:
        source = file.read_text(encoding="utf-8")
    except OSError as wrong:
        raise CannotDo(f"{file} cannot be read ({wrong.strerror})") from None
    stored = StoredRoster(
        digest=read.roster.digest,
        source=source,
        format="csv" if file.suffix.lower() == ".csv" else "yaml",
    )
    async with _engine(database_url, data_dir) as engine:
        _, before = await engine.in_force()
        now = engine.clock.now()
        for contract in await engine.contracts_in_force():
            idle = idle_teams(contract=contract, roster=read, now=now)
            if not idle:
                continue
            tell_findings(idle, file)
            raise CannotDo(f"{file} cannot serve the contract in force; see above")
        await engine.adopt_roster(stored, actor=ACTOR)
        return before.digest != stored.digest


# --- the engine


@asynccontextmanager
async def _engine(database_url: str | None, data_dir: Path | None) -> AsyncIterator[Engine]:
    try:
        async with wiring.open_engine(database_url=database_url, data_dir=data_dir) as engine:
            yield engine
    except CannotOpen as wrong:
        raise CannotDo(str(wrong)) from wrong
    except Refused as no:
        raise CannotDo(no.message) from no


def _run(doing: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=wiring.new_event_loop) as runner:
        return runner.run(doing)
