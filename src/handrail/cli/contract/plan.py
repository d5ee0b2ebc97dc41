"""`handrail contract plan`: what another version would have changed on real leads."""

from datetime import timedelta
from pathlib import Path

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress

from handrail.cli.contract.database import DATA_DIR, DATABASE_URL, run_on
from handrail.cli.contract.said_of_plans import say_plan
from handrail.cli.given import (
    counted,
    given_contract,
    given_instant,
    given_mapping,
    given_roster,
    tell_findings,
)
from handrail.cli.say import CannotDo, print_json, say
from handrail.contract.checks.roster import check_against_roster
from handrail.contract.model import Contract
from handrail.contract.roster import RosterFile
from handrail.engine.alone import latest_capture
from handrail.engine.clock import SystemClock
from handrail.engine.engine import Engine
from handrail.engine.items import CaptureItem
from handrail.engine.lead_file import LeadFile, LeadFileFault
from handrail.engine.past import Past, leads_since
from handrail.engine.planning import dated, plan_leads
from handrail.lab.plan import Assumptions, Plan
from handrail.terms.durations import parse_duration

LEADS_MAX = 200_000  # held in memory at once, decided four times over
BAD_LINES_TOLD_MAX = 20  # more are counted


class _Given(msgspec.Struct, frozen=True):
    """What the files say, and the database where they say nothing."""

    items: list[CaptureItem]
    old: Contract
    roster: RosterFile
    rejected: int = 0
    erased: int = 0


def register(contract: typer.Typer) -> None:
    contract.command("plan", help="What a version would have changed on real leads.")(run)


def run(
    file: Path = typer.Argument(..., help="The contract file that is to come."),
    leads: Path | None = typer.Option(None, "--leads", help="Real leads, NDJSON or CSV."),
    last: str | None = typer.Option(
        None, "--last", help="Instead: the ledger's leads of this long, such as 90d."
    ),
    against: Path | None = typer.Option(
        None, "--against", help="The version to compare with; else the one in force."
    ),
    roster: Path | None = typer.Option(
        None, "--roster", help="The roster, YAML or CSV; else the one in force."
    ),
    at: str | None = typer.Option(
        None, "--at", help="When leads came that do not say so; else the latest captured_at."
    ),
    mapping: Path | None = typer.Option(None, "--mapping", help="How columns become fields."),
    examples: int = typer.Option(3, "--examples", min=0, max=1_000, help="Leads named per move."),
    seed: int = typer.Option(1, "--seed", help="Of the simulator and of the intervals."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    if (leads is None) == (last is None):
        raise CannotDo("say which leads: --leads FILE, or --last 90d for those of the ledger")
    new = given_contract(file)
    given = _gathered(
        leads=leads,
        last=_period(last),
        against=against,
        roster=roster,
        at=at,
        mapping=mapping,
        database=(database_url, data_dir),
    )
    _check_fit(new, given.roster, file)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("plan", total=2 * len(given.items))
        found = plan_leads(
            given.items,
            old=given.old,
            new=new,
            roster=given.roster,
            assumptions=Assumptions(seed=seed),
            examples_max=examples,
            tell=lambda done: progress.advance(bar, done),
        )
    found = msgspec.structs.replace(found, rejected=given.rejected, erased=given.erased)
    _tell(found, as_json=as_json)
    if given.rejected:
        raise CannotDo(f"{leads}: {counted(given.rejected, 'line')} could not be read")


def _tell(found: Plan, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        say_plan(found)


def _check_fit(contract: Contract, roster: RosterFile, path: Path) -> None:
    lacking = check_against_roster(contract, roster.roster)
    errors = [finding for finding in lacking if finding.severity == "error"]
    tell_findings(errors, path)
    if errors:
        raise CannotDo(f"the roster cannot serve {path}; see above")


def _period(text: str | None) -> timedelta | None:
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as wrong:
        raise CannotDo(f"--last: {wrong}") from None


# --- what is given, by files and by the database


def _gathered(
    *,
    leads: Path | None,
    last: timedelta | None,
    against: Path | None,
    roster: Path | None,
    at: str | None,
    mapping: Path | None,
    database: tuple[str | None, Path | None],
) -> _Given:
    old = given_contract(against) if against is not None else None
    people = given_roster(roster) if roster is not None else None
    items, bad = _of_file(leads, mapping, at) if leads is not None else ([], 0)
    past = Past(items=(), erased=0)
    if old is None or people is None or last is not None:

        async def read(engine: Engine) -> tuple[Contract | None, RosterFile, Past]:
            contract, staff = await engine.in_force()
            if last is None:
                return contract, RosterFile(staff), Past(items=(), erased=0)
            since = engine.clock.now() - last
            found = await leads_since(engine.store, engine.vault, since=since, leads_max=LEADS_MAX)
            return contract, RosterFile(staff), found

        in_force, staff, past = run_on(*database, read)
        old, people = old or in_force, people or staff
        items = items or list(past.items)
    if old is None:
        raise CannotDo("no contract is in force to compare with; name one by --against")
    if not 0 < len(items) <= LEADS_MAX:
        raise CannotDo(f"{counted(len(items), 'lead')} to plan on; give from 1 to {LEADS_MAX:,}")
    return _Given(items=items, old=old, roster=people, rejected=bad, erased=past.erased)


def _of_file(path: Path, mapping: Path | None, at: str | None) -> tuple[list[CaptureItem], int]:
    """Every lead of the file, each id once, with the instant when it came; and the bad lines."""
    given_at = given_instant("--at", at)
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
    now = given_at or latest_capture(items.values()) or SystemClock().now()
    return dated(list(items.values()), at=now), bad
