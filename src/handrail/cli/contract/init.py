"""`handrail contract init`: a first contract, roster and rehearsals that pass their own checks."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import typer

from handrail.cli.contract.asking import Asked, ask
from handrail.cli.contract.placing import place
from handrail.cli.given import cannot_open, counted, given_mapping
from handrail.cli.say import CannotDo, print_json, say
from handrail.contract.roster.schema import roster_schema
from handrail.contract.schema import contract_schema
from handrail.engine.alone import facts_seen
from handrail.engine.items import CaptureItem
from handrail.engine.lead_file import LeadFile, LeadFileFault
from handrail.lab.first_draft import (
    TEMPLATES,
    Agreement,
    CannotLearn,
    CannotReadRules,
    Draft,
    FromHistory,
    HistoryRow,
    Routes,
    Unsound,
    draft_from_history,
    draft_from_rules,
    draft_of,
    history_row,
    sound_pages,
)
from handrail.trials.rehearse import rehearsals_in, rehearse

ROWS_MAX = 200_000  # of history, held in memory at once
UNEXPLAINED = "unexplained.ndjson"
MAPPING = "mapping.yaml"


def register(contract: typer.Typer) -> None:
    contract.command("init", help="Write a first contract, roster and rehearsals.")(init)


def init(
    folder: Path = typer.Argument(Path("contract"), help="Where the files go."),
    template: str = typer.Option(
        "inbound", "--template", help=f"What to begin from: {', '.join(TEMPLATES)}."
    ),
    from_history: Path | None = typer.Option(
        None, "--from-history", help="Leads of the past with `owner` or `team`, NDJSON or CSV."
    ),
    mapping: Path | None = typer.Option(None, "--mapping", help="How their columns become fields."),
    from_rules: Path | None = typer.Option(
        None, "--from-rules", help="Exported assignment rules: Salesforce's XML, or CSV."
    ),
    company: str | None = typer.Option(None, "--company", help="The company's name."),
    timezone: str | None = typer.Option(None, "--timezone", help="Its zone: America/New_York."),
    revops: str | None = typer.Option(None, "--revops", help="Address of who owns the contract."),
    marketing: str | None = typer.Option(
        None, "--marketing", help="Address of who signs for marketing."
    ),
    sales: str | None = typer.Option(None, "--sales", help="Address of who signs for sales."),
    reps: str | None = typer.Option(None, "--reps", help="Addresses of the reps, with commas."),
    asks: str | None = typer.Option(
        None, "--asks", help="What buyers ask for: demo, contact, pricing, trial, webinar, content."
    ),
    minutes: int | None = typer.Option(
        None, "--minutes", help="Minutes to the first human act on the most urgent."
    ),
    countries: str | None = typer.Option(
        None, "--countries", help="Where it is sold, ISO codes with commas; `all` without it."
    ),
    yes: bool = typer.Option(False, "--yes", help="Ask nothing; take the defaults."),
    force: bool = typer.Option(False, "--force", help="Replace files that are there."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    if template not in TEMPLATES:
        raise CannotDo(f"there is no template {template!r}; write one of {', '.join(TEMPLATES)}")
    if from_history is not None and from_rules is not None:
        raise CannotDo("draft from history or from rules, not from both at once")
    learned = None if from_history is None else _learned(from_history, mapping)
    routes = learned.routes if learned is not None else _exported(from_rules)
    asked = Asked(
        company=company,
        timezone=timezone,
        revops=revops,
        marketing=marketing,
        sales=sales,
        reps=reps,
        asks=asks,
        minutes=minutes,
        countries=countries,
    )
    chosen = TEMPLATES[template]
    quiet = yes or as_json or not sys.stdin.isatty()
    answers = ask(asked, template=chosen, quiet=quiet)
    draft, pages = _sound(draft_of(answers, chosen, routes))
    files = {**pages, **_schemas(), **_beside(learned)}
    _rehearse(files)
    place(folder, files, force=force)
    _tell(folder, draft, files, learned, as_json=as_json)


def _learned(path: Path, mapping: Path | None) -> FromHistory:
    try:
        return draft_from_history(_rows(path, mapping))
    except CannotLearn as wrong:
        raise CannotDo(f"{path}: {wrong}") from None


def _rows(path: Path, mapping: Path | None) -> list[HistoryRow]:
    rows: list[HistoryRow] = []
    try:
        with LeadFile(path, mapping=given_mapping(mapping)) as file:
            for row in file.rows():
                if not isinstance(row.read, CaptureItem):
                    raise CannotDo(f"{path}: {'; '.join(map(str, row.read))}")
                rows.append(history_row(row.read.id, row.read.attributes, row.read.captured_at))
                if len(rows) > ROWS_MAX:
                    raise CannotDo(f"{path} has more than {ROWS_MAX:,} rows; take the latest")
    except LeadFileFault as wrong:
        raise CannotDo(str(wrong)) from None
    return rows


def _exported(path: Path | None) -> Routes | None:
    if path is None:
        return None
    try:
        return draft_from_rules(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise CannotDo(f"{path} is not UTF-8; save it as UTF-8") from None
    except (OSError, ValueError) as wrong:
        raise CannotDo(cannot_open(path, wrong)) from None
    except CannotReadRules as wrong:
        raise CannotDo(f"{path}: {wrong}") from None


def _sound(draft: Draft) -> tuple[Draft, dict[str, str]]:
    try:
        sound, pages = sound_pages(draft, facts_seen)
    except Unsound as wrong:
        raise CannotDo(f"the draft fails its own check, so nothing was written: {wrong}") from None
    return sound, dict(pages)


def _schemas() -> dict[str, str]:
    schemas = {"contract": contract_schema(), "roster": roster_schema()}
    return {
        f".schema/{name}.json": msgspec.json.format(msgspec.json.encode(schema)).decode() + "\n"
        for name, schema in schemas.items()
    }


def _beside(learned: FromHistory | None) -> dict[str, str]:
    """What history leaves: rows that the rules do not explain, and names that changed."""
    if learned is None:
        return {}
    unexplained = learned.agreement.unexplained
    files = {
        UNEXPLAINED: b"".join(msgspec.json.encode(one) + b"\n" for one in unexplained).decode()
    }
    if learned.columns:
        lines = [
            f"  {msgspec.json.encode(column).decode()}: {name}\n"
            for column, name in learned.columns.items()
        ]
        files[MAPPING] = "# How columns of the history are called in the contract.\ncolumns:\n"
        files[MAPPING] += "".join(lines)
    return files


def _rehearse(files: dict[str, str]) -> None:
    """Every rehearsal runs before anything is written where it was asked for."""
    with TemporaryDirectory(prefix="handrail-init-") as folder:
        place(Path(folder), files, force=True)
        failed = asyncio.run(_failed(rehearsals_in(Path(folder))))
    if failed:
        raise CannotDo(f"the draft fails its own rehearsals, so nothing was written: {failed}")


async def _failed(paths: list[Path]) -> str:
    outcomes = [await rehearse(path) for path in paths]
    return ", ".join(
        f"{one.name} ({one.missing or one.unwanted})" for one in outcomes if not one.ok
    )


def _tell(
    folder: Path, draft: Draft, files: dict[str, str], learned: FromHistory | None, *, as_json: bool
) -> None:
    agreement = None if learned is None else learned.agreement
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "files": sorted(files),
                "rules": len(draft.routes.rules),
                "unsaid": draft.routes.unsaid,
                "agreement": None if agreement is None else _figures(agreement),
            }
        )
    say(f"{folder}: {counted(len(files), 'file')} written; check and rehearsals pass")
    if agreement is not None:
        say(
            f"  {counted(len(draft.routes.rules), 'rule')} learned from "
            f"{counted(agreement.learned_from, 'lead')}; of {agreement.held_out:,} held out "
            f"{agreement.held_out_right:,} agree ({agreement.rate:.1%}), "
            f"{agreement.always_right:,} if all had gone to the most frequent team"
        )
        rest = counted(len(agreement.unexplained), "row")
        say(f"  {rest} that they do not explain: {UNEXPLAINED}")
    for line in draft.routes.unsaid:
        say(f"  could not be said: {line}")
    say(f"next: handrail contract check {folder}/contract.yaml --roster {folder}/roster.yaml")


def _figures(found: Agreement) -> dict[str, object]:
    """All but the rows, which have a file of their own."""
    figures: dict[str, object] = msgspec.to_builtins(found)
    figures["unexplained"] = len(found.unexplained)
    return {**figures, "rate": round(found.rate, 4)}
