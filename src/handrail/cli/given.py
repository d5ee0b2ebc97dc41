"""Files that commands are given: read, or told at their places what is wrong with them."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from handrail.cli.say import CannotDo, say
from handrail.contract.checks import Proofs
from handrail.contract.findings import Finding
from handrail.contract.model import Contract
from handrail.contract.read import read_contract_file, render_finding
from handrail.contract.roster import RosterFile, read_roster
from handrail.engine.alone import facts_seen
from handrail.engine.intake import Unreadable, read_instant
from handrail.engine.mapping import Mapping, read_mapping


def given_contract(path: Path, *, proofs: Proofs = "errors") -> Contract:
    """A contract that can be worked by; its errors are told and end the command."""
    try:
        read = read_contract_file(path, evaluate=facts_seen, proofs=proofs)
    except (OSError, ValueError) as wrong:
        raise CannotDo(cannot_open(path, wrong)) from None
    if read.contract is None:
        errors = [finding for finding in read.findings if finding.severity == "error"]
        tell_findings(errors, path)
        raise CannotDo(f"{path} has {counted(len(errors), 'error')}; see `handrail contract check`")
    return read.contract


def given_roster(path: Path) -> RosterFile:
    read = read_roster(path)
    if isinstance(read, tuple):
        tell_findings(read, path)
        raise CannotDo(f"{path} has {counted(len(read), 'error')}")
    return read


def given_mapping(path: Path | None) -> Mapping | None:
    if path is None:
        return None
    read = read_mapping(path)
    if isinstance(read, tuple):
        tell_findings(read, path)
        raise CannotDo(f"{path} has {counted(len(read), 'error')}")
    return read


def given_instant(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = read_instant(text)
    except Unreadable as wrong:
        raise CannotDo(f"{option}: {wrong}") from None
    if at is None:
        raise CannotDo(f"{option} is empty; write an instant like 2026-03-02T15:00:00Z")
    return at


def tell_findings(findings: Iterable[Finding], path: Path) -> None:
    """Each on stderr, with the offending text marked."""
    source = text_of(path)
    for finding in findings:
        say(render_finding(finding, source, str(path)))


def text_of(path: Path) -> str:
    """The file as far as it can be shown; nothing when it cannot be opened."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def cannot_open(path: Path, wrong: OSError | ValueError) -> str:
    reason = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
    return f"{path} cannot be read ({reason}); check the path"


def counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
