"""Text -> Definitions, or findings. A whole contract is read too, and defines MQL alone."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from handrail.contract.definitions import keys as own
from handrail.contract.definitions.model import STAGES, Clause, Definition, Definitions, Stage
from handrail.contract.findings import Finding
from handrail.contract.model import (
    SAME_DAY,
    Condition,
    Contract,
    Exclusion,
    Field,
    LeadType,
    Mql,
    Place,
    Sal,
    Sla,
    Sql,
    Triage,
)
from handrail.contract.read import keys
from handrail.contract.read.clauses import read_exclusions, read_lead_types, read_territories
from handrail.contract.read.conditions import Scope
from handrail.contract.read.reading import (
    contract_text,
    read_contract_file,
    read_contract_text,
    table_beside,
    table_given,
)
from handrail.contract.read.report import Report
from handrail.contract.read.shapes import Entries, Key
from handrail.contract.read.vocabulary import Load, Vocabulary, read_scores, refuse_twins
from handrail.contract.text.source import Source
from handrail.contract.text.tree import Block, read_tree

Findings = tuple[Finding, ...]

_STAGE_KEYS: Mapping[Stage, Key[Entries]] = {"mql": own.MQL, "sal": own.SAL, "sql": own.SQL}


def read_definitions_file(path: Path) -> Definitions | Findings:
    """Read definitions, or a contract, with the tables beside it. Raises OSError for `path`."""
    text = contract_text(path)
    if isinstance(text, Finding):
        return (text,)
    if _is_contract(text):
        read = read_contract_file(path, proofs="errors")
        return _of_contract(read.contract, read.findings)
    return _read(text, lambda name: table_beside(path, name))


def read_definitions_text(
    text: str, *, tables: Mapping[str, str] | None = None
) -> Definitions | Findings:
    """The same of a text, with the tables given as texts by file name."""
    if _is_contract(text):
        read = read_contract_text(text, tables=tables, proofs="errors")
        return _of_contract(read.contract, read.findings)
    return _read(text, lambda name: table_given(tables or {}, name))


def _is_contract(text: str) -> bool:
    root, _ = read_tree(Source(text.removeprefix("\ufeff")))
    return root is not None and root.get("contract") is not None and root.get("definitions") is None


def _of_contract(contract: Contract | None, findings: Findings) -> Definitions | Findings:
    """Excluded is excluded: a lead that the contract bars is no MQL."""
    if contract is None:
        return tuple(finding for finding in findings if finding.severity == "error")
    ways = tuple(Clause(way.name, way.when) for way in contract.mql.any)
    mql = Definition("any", ways, _bars(contract.exclude))
    return Definitions(name=contract.name, vocabulary=contract, stages={"mql": mql})


def _bars(exclusions: tuple[Exclusion, ...]) -> tuple[Clause, ...]:
    return tuple(Clause(bar.because, bar.when) for bar in exclusions)


def _read(text: str, load: Load) -> Definitions | Findings:
    source = Source(text.removeprefix("\ufeff"))
    tree, faults = read_tree(source)
    if tree is None:
        return faults
    report = Report(source)
    for fault in faults:
        report.add(fault)
    root = own.ROOT.read(tree, report)
    read = None if root is None else _assembled(root, tree, report, load)
    if read is None or report.has_errors:
        return tuple(one for one in report.in_order() if one.severity == "error")
    return read


def _assembled(root: Entries, tree: Block, report: Report, load: Load) -> Definitions:
    vocabulary = Vocabulary(root, report, load)
    exclude = read_exclusions(root, vocabulary)
    contract = _stub(root, vocabulary, exclude, report)
    stages: dict[Stage, Definition] = {}
    for stage in STAGES:
        entries = root.get(_STAGE_KEYS[stage])
        if entries is not None:
            bars = _bars(exclude) if stage == "mql" else ()
            stages[stage] = _definition(entries, _scope(stages, vocabulary, report), bars, report)
    if not any(root.written(_STAGE_KEYS[stage]) for stage in STAGES):
        report.at(tree, "value", "no stage is defined; write at least one of mql, sal and sql")
    return Definitions(name=contract.name, vocabulary=contract, stages=stages)


def _scope(earlier: Mapping[Stage, Definition], vocabulary: Vocabulary, report: Report) -> Scope:
    """All names of the file, and the stages that were defined before."""
    stages: dict[str, Field] = {stage: Field(stage, "boolean") for stage in earlier}
    return Scope(
        report,
        fields={**vocabulary.fields, **stages},
        signals=vocabulary.signals,
        tables=vocabulary.tables,
        later={
            stage: "a stage may name only those defined before it: mql, sal, sql"
            for stage in STAGES
            if stage not in stages
        },
        stand_ins=vocabulary.stand_ins,
    )


def _definition(
    entries: Entries, scope: Scope, bars: tuple[Clause, ...], report: Report
) -> Definition:
    if sum(entries.written(key) is not None for key in (own.ANY, own.ALL)) != 1:
        report.at(entries.node, "value", "write either `any` or `all`, with a list of clauses")
    given_any = entries.get(own.ANY)
    given = given_any or entries.take(own.ALL, ())
    refuse_twins(given, keys.THRESHOLD_NAME, report)
    clauses = tuple(
        Clause(
            item.value.take(keys.THRESHOLD_NAME, ""),
            scope.compile(item.value.item(keys.THRESHOLD_WHEN), item.node),
        )
        for item in given
    )
    return Definition("any" if given_any is not None else "all", clauses, bars)


def _stub(
    root: Entries, vocabulary: Vocabulary, exclude: tuple[Exclusion, ...], report: Report
) -> Contract:
    """A contract with the words of the file and none of the duties: enough to assess a lead by."""
    types = read_lead_types(root, vocabulary, report)
    return Contract(
        name=root.take(own.NAME, ""),
        version=1,
        timezone="UTC",
        owners={},
        fields=vocabulary.fields,
        scores=read_scores(root, vocabulary, report),
        tiers=vocabulary.tiers or (("untiered", 0),),
        lead_types=types or (LeadType("lead", _NEVER, SAME_DAY),),
        mql=Mql(means="", any=()),
        sal=Sal(means="", accept_within=SAME_DAY, reject_codes={}),
        sql=Sql(means=""),
        routing=(),
        sla=Sla(clock="wall", escalation=()),
        triage=Triage(team="", within=timedelta(days=1)),
        exclude=exclude,
        territories=read_territories(root, vocabulary, report),
        tables=vocabulary.tables,
    )


_NEVER = Condition(text="false", place=Place(1, 1), test=lambda facts: False, expression=None)
