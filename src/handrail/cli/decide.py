"""`handrail decide`: each lead of a file decided alone, a line a lead."""

import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import typer

from handrail.cli.given import (
    counted,
    given_contract,
    given_instant,
    given_mapping,
    given_roster,
    tell_findings,
)
from handrail.cli.say import CannotDo, say
from handrail.contract.checks.roster import check_against_roster
from handrail.contract.model import Contract
from handrail.contract.roster import RosterFile
from handrail.engine.alone import Alone, idle_teams, latest_capture
from handrail.engine.clock import SystemClock
from handrail.engine.items import CaptureItem
from handrail.engine.lead_file import LeadFile, LeadFileFault

LINES_PER_WRITE = 500
BAD_LINES_TOLD_MAX = 100  # more are counted


def register(app: typer.Typer) -> None:
    app.command("decide", help="Decide each lead of a file alone; NDJSON, a line a lead.")(run)


def run(
    contract: Path = typer.Option(..., "--contract", help="The contract file."),
    roster: Path = typer.Option(..., "--roster", help="The roster file, YAML or CSV."),
    leads: Path = typer.Option(..., "--leads", help="The leads, NDJSON or CSV."),
    at: str | None = typer.Option(
        None, "--at", help="The instant of the decisions; else the latest captured_at."
    ),
    mapping: Path | None = typer.Option(None, "--mapping", help="How columns become fields."),
    as_json: bool = typer.Option(True, "--json", help="NDJSON, as always."),
) -> None:
    given_at = given_instant("--at", at)
    agreed, people = given_contract(contract), given_roster(roster)
    try:
        with LeadFile(leads, mapping=given_mapping(mapping)) as file:
            now = given_at or latest_capture(_good(file)) or SystemClock().now()
            _check_fit(agreed, people, now=now, contract_path=contract, roster_path=roster)
            bad = _print_lines(file, Alone(contract=agreed, roster=people, now=now))
    except LeadFileFault as wrong:
        raise CannotDo(str(wrong)) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(2) from None
    if bad:
        raise CannotDo(f"{leads}: {counted(bad, 'line')} could not be read; the others are decided")


def _good(file: LeadFile) -> Iterator[CaptureItem]:
    return (row.read for row in file.rows() if isinstance(row.read, CaptureItem))


def _check_fit(
    contract: Contract,
    roster: RosterFile,
    *,
    now: datetime,
    contract_path: Path,
    roster_path: Path,
) -> None:
    """A roster that cannot serve the contract ends the command."""
    lacking = [
        finding
        for finding in check_against_roster(contract, roster.roster)
        if finding.severity == "error"
    ]
    idle = idle_teams(contract=contract, roster=roster, now=now)
    tell_findings(lacking, contract_path)
    tell_findings(idle, roster_path)
    if lacking or idle:
        raise CannotDo(f"{roster_path} cannot serve {contract_path}; see above")


def _print_lines(file: LeadFile, alone: Alone) -> int:
    """Every good lead on stdout, every bad one on stderr; returns how many were bad."""
    bad = 0
    encoder, buffer = msgspec.json.Encoder(), []
    for row in file.rows():
        if isinstance(row.read, CaptureItem):
            buffer.append(encoder.encode(alone.decide(row.read)))
            if len(buffer) == LINES_PER_WRITE:
                _write(buffer)
            continue
        bad += 1
        if bad <= BAD_LINES_TOLD_MAX:
            for fault in row.read:
                say(f"{file.path}: {fault}")
    _write(buffer)
    if bad > BAD_LINES_TOLD_MAX:
        say(f"{file.path}: and {bad - BAD_LINES_TOLD_MAX:,} more")
    return bad


def _write(buffer: list[bytes]) -> None:
    if buffer:
        sys.stdout.buffer.write(b"\n".join(buffer) + b"\n")
        sys.stdout.buffer.flush()
        buffer.clear()
