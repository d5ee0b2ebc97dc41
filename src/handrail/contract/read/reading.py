"""Text -> Contract, or all that is wrong with it."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from handrail.contract.checks import Evaluate, Proofs, check_rules
from handrail.contract.findings import Finding
from handrail.contract.model import Contract, Place
from handrail.contract.read import keys
from handrail.contract.read.clauses import (
    read_exclusions,
    read_lead_types,
    read_routing,
    read_territories,
)
from handrail.contract.read.doubt import is_in_doubt
from handrail.contract.read.duties import (
    check_owners,
    read_alerts,
    read_fairness,
    read_governance,
    read_sla,
    read_triage,
)
from handrail.contract.read.meeting_times import read_booking
from handrail.contract.read.report import Report
from handrail.contract.read.shapes import Entries
from handrail.contract.read.stages import check_windows, read_mql, read_sal, read_sql
from handrail.contract.read.vocabulary import Load, Vocabulary, read_scores
from handrail.contract.tables import TABLE_BYTES_MAX, TableFault, TableMissing, digest_of
from handrail.contract.text.source import Source
from handrail.contract.text.tree import SOURCE_CHARACTERS_MAX, read_tree

Findings = tuple[Finding, ...]


class ReadResult(msgspec.Struct, frozen=True):
    """`contract` is None when any finding is an error; `findings` are in order of place.

    `partial` is the contract as far as it could be read, for what else is to be checked of it:
    never to decide by. It is None when a section of rules is not as meant.
    """

    contract: Contract | None
    findings: Findings
    partial: Contract | None = None


def read_contract_text(
    text: str,
    *,
    tables: Mapping[str, str] | None = None,
    evaluate: Evaluate | None = None,
    proofs: Proofs = "all",
) -> ReadResult:
    """Read and check a contract whose tables are given as texts by file name.

    `evaluate` gives examples to claims that depend on scores or lead type (`contract.checks`).
    `proofs`: which claims about what the rules do together are looked for.
    """
    return _read(text, lambda name: table_given(tables or {}, name), evaluate, proofs=proofs)


def table_given(tables: Mapping[str, str], name: str) -> str:
    """One of the tables given as texts. Raises TableMissing."""
    if name not in tables:
        raise TableMissing("the table was not given with the contract")
    return tables[name]


def read_contract_file(
    path: Path, *, evaluate: Evaluate | None = None, proofs: Proofs = "all"
) -> ReadResult:
    """Read and check a contract with the tables that lie beside it.

    Raises OSError when the contract itself cannot be opened; everything else is a finding.
    """
    text = contract_text(path)
    if isinstance(text, Finding):
        return ReadResult(None, (text,))
    return _read(text, lambda name: table_beside(path, name), evaluate, proofs=proofs)


def contract_text(path: Path) -> str | Finding:
    """The text of a file that people wrote, as far as one is read. Raises OSError."""
    with path.open("rb") as file:
        return _decoded(file.read(4 * SOURCE_CHARACTERS_MAX + 1))


def read_contract(path: Path) -> Contract | Findings:
    """The contract, or its findings when any is an error. Raises OSError for `path` itself.

    Notes are not looked for: who only runs a contract is told errors alone.
    """
    result = read_contract_file(path, proofs="errors")
    return result.findings if result.contract is None else result.contract


def _decoded(content: bytes) -> str | Finding:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as wrong:
        place = Source(content[: wrong.start].decode("utf-8")).place(
            len(content[: wrong.start].decode("utf-8"))
        )
        message = f"not UTF-8: the byte {content[wrong.start]:#04x}; save the file as UTF-8"
        return Finding("syntax", "error", place.line, place.column, message)


def table_beside(path: Path, name: str) -> str:
    """A table that lies beside the file at `path`. Raises TableFault."""
    try:
        beside = path.parent / name
        if not beside.is_file():
            raise TableMissing(f"there is no such file in {path.parent}")
        if beside.stat().st_size > TABLE_BYTES_MAX:
            raise TableFault(f"larger than {TABLE_BYTES_MAX // 1_000_000} MB")
        return beside.read_bytes().decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = beside.read_bytes()[: wrong.start].count(b"\n") + 1
        raise TableFault(f"line {line}: not UTF-8; save the file as UTF-8") from None
    except (OSError, ValueError) as wrong:
        raise TableMissing(f"cannot be opened ({wrong})") from None


def _read(
    text: str, load: Load, evaluate: Evaluate | None, *, proofs: Proofs = "all"
) -> ReadResult:
    source = Source(text.removeprefix("\ufeff"))
    tree, faults = read_tree(source)
    if tree is None:
        return ReadResult(None, faults)
    report = Report(source)
    for fault in faults:
        report.add(fault)
        report.doubts.append(Place(fault.line, fault.column))
    root = keys.ROOT.read(tree, report)
    partial = None if root is None else _assembled(root, text, report, load)
    if partial is not None and is_in_doubt(tree, report):
        partial = None
    if partial is not None:
        _prove(partial, report, evaluate, proofs)
    contract = None if report.has_errors else partial
    return ReadResult(contract, report.in_order(), partial)


def _prove(partial: Contract, report: Report, evaluate: Evaluate | None, proofs: Proofs) -> None:
    """What the rules do together, as far as they can be read; of the others nothing is claimed."""
    unreadable = {when.place for when in partial.conditions() if not when.readable}
    for finding in check_rules(partial, evaluate, proofs):
        if Place(finding.line, finding.column) not in unreadable:
            report.add(finding)


def _assembled(root: Entries, text: str, report: Report, load: Load) -> Contract | None:
    """Every section, each with its own findings; None when one is missing."""
    vocabulary = Vocabulary(root, report, load)
    scores = read_scores(root, vocabulary, report)
    exclude = read_exclusions(root, vocabulary)
    territories = read_territories(root, vocabulary, report)
    lead_types = read_lead_types(root, vocabulary, report)
    mql = read_mql(root, vocabulary, report)
    sal = read_sal(root, vocabulary, report)
    sql = read_sql(root, vocabulary, report)
    routing = read_routing(root, vocabulary, report)
    sla, triage = read_sla(root, report), read_triage(root)
    alerts = read_alerts(root, vocabulary, report)
    check_owners(root, report)
    booking = read_booking(root, report)
    governance = read_governance(root, report)
    check_windows(root, report)
    if mql is None or sal is None or sql is None or sla is None or triage is None:
        return None
    tables = {name: item.value for name, item in root.take(keys.TABLES, {}).items()}
    return Contract(
        name=root.take(keys.CONTRACT, ""),
        version=root.take(keys.VERSION, 1),
        timezone=root.take(keys.TIMEZONE, "UTC"),
        owners={role: item.value for role, item in root.take(keys.OWNERS, {}).items()},
        fields={**vocabulary.fields, **vocabulary.stand_ins},
        scores=scores,
        tiers=vocabulary.tiers,
        lead_types=lead_types,
        mql=mql,
        sal=sal,
        sql=sql,
        routing=routing,
        sla=sla,
        triage=triage,
        exclude=exclude,
        territories=territories,
        tables=vocabulary.tables,
        alerts=alerts,
        governance=governance,
        booking=booking,
        fairness_window=read_fairness(root),
        sources=tuple(item.value for item in root.take(keys.SOURCES, ())),
        digest=digest_of(
            text, {name: vocabulary.table_sources[file] for name, file in tables.items()}
        ),
        source=text,
        table_sources=vocabulary.table_sources,
    )
