"""`handrail definitions audit`: where teams mean different things by MQL, SAL and SQL."""

from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress

from handrail.cli.given import cannot_open, counted, given_instant, given_mapping, tell_findings
from handrail.cli.said_of_definitions import say_audit
from handrail.cli.say import CannotDo, print_json, say
from handrail.contract.definitions import Definitions, definitions_schema, read_definitions_file
from handrail.engine.alone import latest_capture, lead_of
from handrail.engine.clock import SystemClock
from handrail.engine.items import CaptureItem
from handrail.engine.label_file import is_label_file, read_labels
from handrail.engine.lead_file import LeadFile, LeadFileFault
from handrail.lab.definitions import Answers, Labelled, Written, audit

LEADS_MAX = 1_000_000  # held in memory at once; take a sample of more
BAD_LINES_TOLD_MAX = 20  # more are counted


def register(app: typer.Typer) -> None:
    definitions = typer.Typer(
        help="Whether teams mean the same by MQL, SAL and SQL.", no_args_is_help=True
    )
    definitions.command("audit", help="On which real leads they disagree, and why.")(run)
    definitions.command("schema", help="The JSON Schema of definitions, for editors.")(schema)
    app.add_typer(definitions, name="definitions")


def run(
    marketing: Path = typer.Option(
        ..., "--marketing", help="Marketing's definitions, contract, or labels (CSV, NDJSON)."
    ),
    sales: Path = typer.Option(..., "--sales", help="The same of sales."),
    more: list[Path] = typer.Option(  # Typer's way of an option given often
        [], "--more", help="The same of another team; may be given often."
    ),
    leads: Path = typer.Option(..., "--leads", help="Real leads, NDJSON or CSV."),
    mapping: Path | None = typer.Option(None, "--mapping", help="How columns become fields."),
    at: str | None = typer.Option(
        None, "--at", help="The instant at which leads are looked at; else the latest captured_at."
    ),
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    given_at = given_instant("--at", at)
    named = {"marketing": marketing, "sales": sales}
    teams = [_answers(path, team=team) for team, path in named.items()]
    for path in more:
        teams.append(_answers(path, team=None))
    _refuse_twins(teams)
    items = _items(leads, mapping)
    now = given_at or latest_capture(items) or SystemClock().now()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("audit", total=len(items) * len(teams))
        found = audit(
            teams,
            [lead_of(item, now=now) for item in items],
            now=now,
            tell=lambda done: progress.advance(bar, done),
        )
    if not any(pair.stages for pair in found.pairs):
        raise CannotDo("no two teams speak of the same stage; define mql in each file")
    if as_json:
        print_json(found)
    else:
        say_audit(found)
    raise typer.Exit(0 if found.agree else 1)


def schema() -> None:
    print_json(definitions_schema())


def _answers(path: Path, *, team: str | None) -> Answers:
    if is_label_file(path):
        return _labelled(path, team or path.stem)
    try:
        read = read_definitions_file(path)
    except (OSError, ValueError) as wrong:
        raise CannotDo(cannot_open(path, wrong)) from None
    if not isinstance(read, Definitions):
        tell_findings(read, path)
        raise CannotDo(f"{path} has {counted(len(read), 'error')}")
    return Written(team or read.name, read)


def _labelled(path: Path, team: str) -> Labelled:
    try:
        labels = read_labels(path)
    except LeadFileFault as wrong:
        raise CannotDo(str(wrong)) from None
    if isinstance(labels, tuple):
        for fault in labels:
            say(f"{path}: {fault}")
        raise CannotDo(f"{path} has {counted(len(labels), 'bad row')}")
    return Labelled(team, labels)


def _refuse_twins(teams: list[Answers]) -> None:
    names = [answers.team for answers in teams]
    twin = next((name for name in names if names.count(name) > 1), None)
    if twin is not None:
        raise CannotDo(f"two teams are called {twin}; change `definitions:` in one of the files")


def _items(path: Path, mapping: Path | None) -> list[CaptureItem]:
    """Every lead of the file, each id once; a line that cannot be read ends the command."""
    items: dict[str, CaptureItem] = {}
    bad = 0
    try:
        with LeadFile(path, mapping=given_mapping(mapping)) as file:
            for row in file.rows():
                if isinstance(row.read, CaptureItem):
                    items.setdefault(row.read.id, row.read)
                    continue
                bad += 1
                if bad <= BAD_LINES_TOLD_MAX:
                    for fault in row.read:
                        say(f"{path}: {fault}")
    except LeadFileFault as wrong:
        raise CannotDo(str(wrong)) from None
    if bad:
        raise CannotDo(f"{path}: {counted(bad, 'line')} could not be read; mend or remove them")
    if not 0 < len(items) <= LEADS_MAX:
        raise CannotDo(f"{path} has {counted(len(items), 'lead')}; give from 1 to {LEADS_MAX:,}")
    return list(items.values())
