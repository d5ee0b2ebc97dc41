"""The sample contract and its tables, for tests that change one thing in them."""

from pathlib import Path

from handrail.contract.findings import Finding
from handrail.contract.read import ReadResult, read_contract_text

FOLDER = Path(__file__).resolve().parents[4] / "examples" / "acme"
TEXT = (FOLDER / "contract.yaml").read_text(encoding="utf-8")
TABLES = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.csv")}


def read(text: str) -> ReadResult:
    return read_contract_text(text, tables=TABLES)


def changed(old: str, new: str) -> ReadResult:
    """The sample with one passage replaced, which must stand there once or more."""
    assert old in TEXT
    return read(TEXT.replace(old, new, 1))


def only(result: ReadResult) -> Finding:
    assert len(result.findings) == 1, result.findings
    return result.findings[0]
