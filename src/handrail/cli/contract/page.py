"""`handrail contract page`: the page that both teams sign."""

from pathlib import Path

import typer

from handrail.cli.given import cannot_open, counted, given_contract, given_roster, tell_findings
from handrail.cli.say import CannotDo, print_json, say
from handrail.contract.checks import check_against_roster
from handrail.contract.page import Page, page_of, render_plain
from handrail.contract.read import read_contract_file
from handrail.engine.alone import facts_seen
from handrail.web.console.agreement import whole_page


def register(contract: typer.Typer) -> None:
    contract.command("page", help="The contract in plain words, for both teams to sign.")(page)


def page(
    file: Path = typer.Argument(..., help="The contract file."),
    roster: Path | None = typer.Option(None, "--roster", help="The roster, for people's names."),
    since: Path | None = typer.Option(None, "--since", help="The version before, to compare."),
    out: Path | None = typer.Option(None, "--out", help="Where to write it; without it, beside."),
    text: bool = typer.Option(False, "--text", help="As text, on stdout or into --out."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    made = _page(file, roster=roster, since=since)
    if as_json:
        print_json(made)
    elif text and out is None:
        print(render_plain(made), end="")
    else:
        _write(out or file.with_suffix(".html"), render_plain(made) if text else whole_page(made))


def _page(file: Path, *, roster: Path | None, since: Path | None) -> Page:
    try:
        read = read_contract_file(file, evaluate=facts_seen)
    except (OSError, ValueError) as wrong:
        raise CannotDo(cannot_open(file, wrong)) from None
    if read.contract is None:
        errors = [finding for finding in read.findings if finding.severity == "error"]
        tell_findings(errors, file)
        told = (
            f"{file} has {counted(len(errors), 'error')}; nobody can sign it before they are gone"
        )
        raise CannotDo(told)
    staff = None if roster is None else given_roster(roster).roster
    lacking = () if staff is None else check_against_roster(read.contract, staff)
    return page_of(
        read.contract,
        findings=(*read.findings, *lacking),
        roster=staff,
        since=None if since is None else given_contract(since),
    )


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as wrong:
        told = f"{path} cannot be written ({wrong.strerror}); give another place with --out"
        raise CannotDo(told) from None
    say(f"written to {path}")
