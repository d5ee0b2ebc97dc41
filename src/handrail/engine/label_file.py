"""Files of labels: leads by id, and whether a person says that they are MQL, SAL, SQL."""

from collections.abc import Mapping
from pathlib import Path

from handrail.contract.definitions import STAGES, Stage
from handrail.contract.model import Field
from handrail.engine.intake import BadInput, shown
from handrail.engine.items import CaptureItem
from handrail.engine.lead_file import LeadFile, LeadFileFault, Row
from handrail.kernel.facts import read_value

SUFFIXES = (".csv", ".ndjson", ".jsonl")
FAULTS_MAX = 20  # told of one file

Labels = Mapping[str, Mapping[Stage, bool]]

_YES_OR_NO = Field("label", "boolean")


def is_label_file(path: Path) -> bool:
    """Labels are rows; definitions are YAML."""
    return path.suffix.lower() in SUFFIXES


def read_labels(path: Path) -> Labels | tuple[BadInput, ...]:
    """By lead id, each stage that has a yes or a no; an empty cell says nothing.

    Raises LeadFileFault when the file as a whole cannot be read.
    """
    labels: dict[str, dict[Stage, bool]] = {}
    faults: list[BadInput] = []
    with LeadFile(path) as file:
        for row in file.rows():
            if not isinstance(row.read, CaptureItem):
                faults += row.read
                continue
            faults += _take(row, row.read, labels)
    if faults:
        return tuple(faults[:FAULTS_MAX])
    if not any(labels.values()):
        raise LeadFileFault(
            f"{path} has no label; give it the columns id, mql, sal, sql with yes or no"
        )
    return labels


def _take(row: Row, item: CaptureItem, labels: dict[str, dict[Stage, bool]]) -> list[BadInput]:
    place = f"line {row.line}"
    if item.id in labels:
        return [BadInput(place, "id", f"{shown(item.id)} was labelled before; keep one row")]
    found = labels[item.id] = {}
    faults: list[BadInput] = []
    for stage in STAGES:
        raw = item.attributes.get(stage)
        if raw is None:
            continue
        label = read_value(field=_YES_OR_NO, raw=raw)
        if isinstance(label, bool):
            found[stage] = label
        else:
            faults.append(BadInput(place, stage, f"{shown(raw)} is no label; write yes or no"))
    return faults
