"""`handrail contract check`: all that is wrong with a contract."""

from datetime import datetime
from pathlib import Path

import msgspec
import typer

from handrail.cli.given import cannot_open, counted, given_instant, given_roster, text_of
from handrail.cli.say import CannotDo, print_json, say
from handrail.contract.checks import check_against_roster, check_coverage
from handrail.contract.checks.coverage import WEEKS_MAX
from handrail.contract.findings import Finding
from handrail.contract.read import read_contract_file, render_finding
from handrail.engine.alone import facts_seen
from handrail.engine.clock import SystemClock

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
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    from_at = _from_at(from_)
    try:
        read = read_contract_file(file, evaluate=facts_seen)
    except (OSError, ValueError) as wrong:
        raise CannotDo(cannot_open(file, wrong)) from None
    findings = read.findings
    try:
        if roster is not None:
            staff = given_roster(roster).roster
            if read.partial is not None:
                lacking = check_against_roster(read.partial, staff)
                gaps = check_coverage(read.partial, staff, from_at=from_at, weeks=weeks)
                findings = _in_order((*findings, *lacking, *gaps))
    finally:  # a readable contract always gets its findings, whatever the roster is like
        ok = not any(finding.severity == "error" for finding in findings)
        _tell(findings, file, ok=ok, as_json=as_json)
    raise typer.Exit(0 if ok else 1)


def _from_at(given: str | None) -> datetime:
    """A bare date is its midnight in UTC: coverage looks at weeks."""
    if given is None:
        return SystemClock().now()
    day = f"{given}T00:00:00Z" if len(given) == len("2026-03-02") else given
    return given_instant("--from", day) or SystemClock().now()


def _in_order(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (one.line, one.column, one.kind, one.message)))


def _tell(findings: tuple[Finding, ...], file: Path, *, ok: bool, as_json: bool) -> None:
    if as_json:
        print_json({"ok": ok, "findings": findings})
        return
    source = text_of(file)
    for finding in findings:
        say(render_finding(finding, source, str(file)))
        if finding.example is not None:
            say(f"  for example {_one_line(finding.example)}")
    errors = sum(finding.severity == "error" for finding in findings)
    others = len(findings) - errors
    also = f", {counted(others, 'other finding')}" if others else ""
    say(f"{file}: {counted(errors, 'error') if errors else 'in order'}{also}")


def _one_line(example: dict[str, object]) -> str:
    return msgspec.json.encode(example).decode()
