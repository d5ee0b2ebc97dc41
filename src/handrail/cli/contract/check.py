"""`handrail contract check`: all that is wrong with a contract."""

from collections import Counter
from datetime import date, datetime
from pathlib import Path

import msgspec
import typer

from handrail.cli.given import cannot_open, counted, given_instant, given_roster, text_of
from handrail.cli.say import CannotDo, print_json, say
from handrail.contract.checks import check_against_roster, check_coverage
from handrail.contract.checks.coverage import WEEKS_MAX
from handrail.contract.checks.interference import check_independence, never_used
from handrail.contract.findings import Finding
from handrail.contract.model import Contract
from handrail.contract.read import read_contract_file, render_finding
from handrail.contract.read.report import listed, nearest
from handrail.engine.alone import facts_seen
from handrail.engine.clock import SystemClock
from handrail.terms.zones import day_of

COVERED_WEEKS = 4  # as far as shifts and leave are usually known


def register(contract: typer.Typer) -> None:
    contract.command("check", help="Types and proofs: all that is wrong, each at its place.")(check)


def check(
    file: Path = typer.Argument(..., help="The contract file."),
    roster: Path | None = typer.Option(None, "--roster", help="The roster that must serve it."),
    from_: str | None = typer.Option(
        None, "--from", help="With --roster: the day or instant from which shifts count; else now."
    ),
    weeks: int = typer.Option(
        COVERED_WEEKS,
        "--weeks",
        help="With --roster: how far ahead they count.",
        min=1,
        max=WEEKS_MAX,
    ),
    independent: list[str] = typer.Option(
        [], "--independent", help="A field that must change nothing; may be given again."
    ),
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    if from_ is not None and roster is None:
        raise CannotDo("--from is where shifts begin to count: give --roster too")
    try:
        read = read_contract_file(file, evaluate=facts_seen)
    except (OSError, ValueError) as wrong:
        raise CannotDo(cannot_open(file, wrong)) from None
    partial, findings, proved = read.partial, read.findings, list[str]()
    try:
        if partial is not None:
            asked = check_independence(
                partial, _fields(partial, independent), "interference", facts_seen
            )
            findings = (*findings, *asked.findings)
            proved = [*_kept_out(partial, findings), *asked.proved]
        if roster is not None:
            staff = given_roster(roster).roster
            if partial is not None:
                from_at = _from_at(from_, partial.timezone)
                lacking = check_against_roster(partial, staff)
                gaps = check_coverage(partial, staff, facts_seen, from_at=from_at, weeks=weeks)
                findings = (*findings, *lacking, *gaps)
    finally:  # a readable contract always gets its findings, whatever the roster is like
        ok = not any(finding.severity == "error" for finding in findings)
        _tell(_in_order(findings), proved, file, ok=ok, as_json=as_json)
    raise typer.Exit(0 if ok else 1)


def _fields(contract: Contract, named: list[str]) -> list[str]:
    for name in named:
        if name not in contract.fields:
            known = sorted(contract.fields)
            hint = nearest(name, known) or f" Fields: {listed(known)}."
            raise CannotDo(f"--independent {name}: the contract declares no such field.{hint}")
    return named


def _kept_out(contract: Contract, findings: tuple[Finding, ...]) -> list[str]:
    """The fields of `never_use` of which nothing was found, and nothing left open."""
    told = {one.marked for one in findings if one.kind in ("never_use", "unknown")}
    return [field for field in never_used(contract) if field not in told]


def _from_at(given: str | None, timezone: str) -> datetime:
    """An instant, or the midnight with which a day begins in the contract's zone."""
    if given is None:
        return SystemClock().now()
    try:
        return day_of(date.fromisoformat(given), timezone)[0][0]
    except ValueError:
        return given_instant("--from", given) or SystemClock().now()


def _in_order(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (one.line, one.column, one.kind, one.message)))


def _tell(
    findings: tuple[Finding, ...], proved: list[str], file: Path, *, ok: bool, as_json: bool
) -> None:
    if as_json:
        print_json({"ok": ok, "findings": findings})
        return
    source = text_of(file)
    for finding in findings:
        say(render_finding(finding, source, str(file)))
        if finding.example is not None:
            say(f"  for example {_one_line(finding.example)}")
    for field in dict.fromkeys(proved):
        say(f"independent of {field}: proved")
    count = Counter(finding.severity for finding in findings)
    told = [counted(count[kind], kind) for kind in ("error", "warning", "note") if count[kind]]
    begin = "" if count["error"] else "no errors, " if count["warning"] else "in order, "
    say(f"{file}: {begin}{', '.join(told)}" if told else f"{file}: in order")


def _one_line(example: dict[str, object]) -> str:
    return msgspec.json.encode(example).decode()
