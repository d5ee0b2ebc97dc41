"""`handrail contract fmt`: one way to lay contracts out."""

import os
import tempfile
from pathlib import Path

import typer

from handrail.cli.given import cannot_open, counted, tell_findings
from handrail.cli.say import CannotDo, print_json, say
from handrail.contract.findings import Finding
from handrail.contract.layout import lay_out
from handrail.contract.read.reading import contract_text


def register(contract: typer.Typer) -> None:
    contract.command("fmt", help="Lay contracts and rosters out; comments and meaning stay.")(fmt)


def fmt(
    files: list[Path] = typer.Argument(..., help="YAML files: contracts, rosters, rehearsals."),
    check: bool = typer.Option(
        False, "--check", help="Change nothing; exit 1 when a file is laid out otherwise."
    ),
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    changed: list[str] = []
    unreadable = 0
    for path in files:
        laid_out = _laid_out(path)
        if isinstance(laid_out, tuple):
            tell_findings(laid_out, path)
            unreadable += 1
        elif laid_out.encode() != path.read_bytes():
            changed.append(str(path))
            if not check:
                _put(path, laid_out)
    if as_json:
        print_json({"checked": len(files), "changed": changed})
    for name in changed:
        say(f"{name}: {'is laid out otherwise' if check else 'laid out'}")
    if unreadable:
        raise CannotDo(f"{counted(unreadable, 'file')} could not be read and stayed untouched")
    raise typer.Exit(1 if check and changed else 0)


def _laid_out(path: Path) -> str | tuple[Finding, ...]:
    try:
        text = contract_text(path)
    except (OSError, ValueError) as wrong:
        raise CannotDo(cannot_open(path, wrong)) from None
    return (text,) if isinstance(text, Finding) else lay_out(text)


def _put(path: Path, text: str) -> None:
    """The whole file or none of it: a new one takes the old one's place, link and mode kept."""
    target = path.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(target.stat().st_mode & 0o7777)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as wrong:
        raise CannotDo(
            f"{path} cannot be written ({wrong.strerror}); it stayed as it was"
        ) from None
