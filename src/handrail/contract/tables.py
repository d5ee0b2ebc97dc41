"""The CSV tables of a contract: text -> Table, or the first fault with its line."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping

from handrail.contract.model import Table

TABLE_BYTES_MAX = 50_000_000
CELL_CHARACTERS_MAX = 10_000
COLUMNS_MAX = 100


class TableFault(Exception):
    """What is wrong with a table; the message names the line of the CSV."""


class TableMissing(TableFault):
    """There is no file of that name."""


def read_table(name: str, text: str) -> Table:
    """Read a CSV whose first row names the columns and whose first column is the key.

    Keys are unique. `lookup` gives the second column; a table of one column looks nothing up.
    Raises TableFault.
    """
    if len(text) > TABLE_BYTES_MAX:
        raise TableFault(f"larger than {TABLE_BYTES_MAX // 1_000_000} MB")
    rows = _rows(text.removeprefix("\ufeff"))
    header = next(rows, None)
    if header is None:
        raise TableFault("empty; the first line names the columns")
    columns = _columns(*header)
    lines: dict[str, int] = {}
    second: dict[str, str] = {}
    for line, row in rows:
        if len(row) != len(columns):
            raise TableFault(f"line {line}: {len(row)} columns where the header has {len(columns)}")
        key = row[0]
        if not key.strip():
            raise TableFault(f"line {line}: the key is empty")
        if key in lines:
            raise TableFault(f"line {line}: the key {key[:60]!r} stands on line {lines[key]} too")
        lines[key] = line
        if len(row) > 1:
            second[key] = row[1]
    return Table(name=name, keys=frozenset(lines), second=second)


def digest_of(source: str, tables: Mapping[str, str]) -> str:
    """SHA-256 over the contract's bytes and each table's name and bytes, in order of names.

    Each part is preceded by its length, so that no two contents give the same sequence.
    """
    hashed = hashlib.sha256()
    for part in _parts(source, tables):
        content = part.encode("utf-8", "surrogatepass")
        hashed.update(len(content).to_bytes(8, "big"))
        hashed.update(content)
    return hashed.hexdigest()


def _parts(source: str, tables: Mapping[str, str]) -> Iterator[str]:
    yield source
    for name in sorted(tables):
        yield name
        yield tables[name]


def _columns(line: int, header: list[str]) -> list[str]:
    if len(header) > COLUMNS_MAX:
        raise TableFault(f"line {line}: more than {COLUMNS_MAX} columns")
    if any(not column.strip() for column in header):
        raise TableFault(f"line {line}: the header has a column without a name")
    if len(set(header)) != len(header):
        raise TableFault(f"line {line}: the header names a column twice")
    return header


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins; lines without any character are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begin = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as wrong:
            raise TableFault(f"line {reader.line_num}: not CSV ({wrong})") from None
        if row is None:
            return
        if any(len(cell) > CELL_CHARACTERS_MAX for cell in row):
            raise TableFault(f"line {begin}: a cell of more than {CELL_CHARACTERS_MAX} characters")
        if row:
            yield begin, row
        begin = reader.line_num + 1
