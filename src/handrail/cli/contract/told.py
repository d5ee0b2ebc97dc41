"""What the commands share that bring a version from its file into force."""

from pathlib import Path

import typer

from handrail.cli.given import cannot_open, counted, tell_findings
from handrail.cli.say import CannotDo, print_json, say
from handrail.contract.agreement import Agreement
from handrail.contract.findings import Finding
from handrail.contract.model import Contract
from handrail.contract.read import read_contract_file
from handrail.engine.alone import facts_seen
from handrail.engine.engine import Engine
from handrail.engine.ports import StoredContract

ACTOR = "operator"
FILE = typer.Argument(..., help="The contract file; its tables lie beside it.")
AS_JSON = typer.Option(False, "--json", help="One JSON document on stdout.")


def proved(file: Path) -> tuple[Contract, tuple[Finding, ...]]:
    """The contract and what its proofs found, which is told; an error ends the command."""
    try:
        read = read_contract_file(file, evaluate=facts_seen)
    except (OSError, ValueError) as wrong:
        raise CannotDo(cannot_open(file, wrong)) from None
    tell_findings(read.findings, file)
    if read.contract is None:
        errors = sum(finding.severity == "error" for finding in read.findings)
        raise CannotDo(f"{file} has {counted(errors, 'error')}; see `handrail contract check`")
    return read.contract, read.findings


async def keep_draft(
    engine: Engine, contract: Contract, findings: tuple[Finding, ...]
) -> Agreement:
    """Kept once; again, it is what it is."""
    stored = StoredContract(
        digest=contract.digest,
        name=contract.name,
        version=contract.version,
        source=contract.source,
        tables=dict(contract.table_sources),
    )
    await engine.agreements.draft(stored, findings, actor=ACTOR)
    return await engine.agreements.one(contract.digest)


def tell(agreement: Agreement, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "digest": agreement.digest,
                "name": agreement.name,
                "version": agreement.version,
                "state": agreement.state,
                "signatures": [
                    {"role": one.role, "address": one.address, "at": one.at}
                    for one in agreement.signatures
                ],
                "activate_at": agreement.activate_at,
                "emergency": agreement.emergency,
            }
        )
    name = f"{agreement.name} version {agreement.version} ({agreement.digest[:12]})"
    say(f"{name}: {_state(agreement)}")


def _state(agreement: Agreement) -> str:
    signed = ", ".join(str(one.signer) for one in agreement.signatures)
    by = f"signed by {signed}" if signed else "signed by nobody yet"
    match agreement.state:
        case "draft":
            return f"a draft, {by}"
        case "scheduled":
            return f"in force from {agreement.activate_at:%Y-%m-%d %H:%M:%SZ}, {by}"
        case "in_force":
            held = agreement.emergency
            until = f" until {held.lapses_at:%Y-%m-%d %H:%M:%SZ}" if held is not None else ""
            return f"in force{until}, {by}"
        case "former":
            return f"in force no more, {by}"
