"""`handrail contract check`: all that is wrong with a contract."""

from pathlib import Path

import msgspec
import typer

from handrail.cli.given import cannot_open, counted, given_roster, text_of
from handrail.cli.say import CannotDo, print_json, say
from handrail.contract.checks import check_against_roster
from handrail.contract.findings import Finding
from handrail.contract.read import read_contract_file, render_finding
from handrail.engine.alone import facts_seen


def register(contract: typer.Typer) -> None:
    contract.command("check", help="Types and proofs: all that is wrong, each at its place.")(check)


def check(
    file: Path = typer.Argument(..., help="The contract file."),
    roster: Path | None = typer.Option(None, "--roster", help="The roster that must serve it."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    try:
        read = read_contract_file(file, evaluate=facts_seen)
    except (OSError, ValueError) as wrong:
        raise CannotDo(cannot_open(file, wrong)) from None
    findings = read.findings
    try:
        if roster is not None:
            staff = given_roster(roster).roster
            if read.partial is not None:
                findings = _in_order((*findings, *check_against_roster(read.partial, staff)))
    finally:  # a readable contract always gets its findings, whatever the roster is like
        ok = not any(finding.severity == "error" for finding in findings)
        _tell(findings, file, ok=ok, as_json=as_json)
    raise typer.Exit(0 if ok else 1)


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
