"""Files of leads, read as streams: NDJSON and CSV -> one row after the other, good or bad.

A bad row is told with its line and its remedy, and costs no other row. What makes the whole file
unreadable raises `LeadFileFault`.
"""

import csv
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

from handrail.engine.intake import (
    FIELDS_MAX,
    BadInput,
    parse_json,
    read_capture,
    shown,
)
from handrail.engine.items import CaptureItem
from handrail.engine.mapping import Mapping

LINE_BYTES_MAX = 256 * 1024  # a lead with every field full of text
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
SNIFFED = 4_096  # bytes looked at to tell CSV from NDJSON

Read = CaptureItem | tuple[BadInput, ...]


class LeadFileFault(Exception):
    """The file as a whole cannot be read; the message names it and the remedy."""


class Row(msgspec.Struct, frozen=True):
    """One lead of a file: the line where it begins, what was read, and its text as it stood."""

    line: int
    read: Read
    text: str


class LeadFile:
    """A file that can be gone through several times. Close it, or use it as a context."""

    def __init__(self, path: Path, *, mapping: Mapping | None = None) -> None:
        self.path = path
        self._mapping = mapping
        self._file = _opened(path)
        try:
            self.is_csv = self._sniffed()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "LeadFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def size(self) -> int:
        """Bytes in all, for progress."""
        return self._file.seek(0, 2)

    def position(self) -> int:
        """Bytes read so far by the present pass."""
        return self._file.tell()

    def rows(self) -> Iterator[Row]:
        """One pass from the start. Raises LeadFileFault when the header cannot be used."""
        self._file.seek(0)
        lines = _Lines(self._file)
        rows = _csv_rows(lines, self._mapping) if self.is_csv else _json_rows(lines, self._mapping)
        try:
            yield from rows
        except LeadFileFault as wrong:
            raise LeadFileFault(f"{self.path}: {wrong}") from None

    def _sniffed(self) -> bool:
        """Whether it is CSV: by its name, else by its first character."""
        start = self._file.read(SNIFFED)
        if start.startswith(GZIP):
            raise LeadFileFault(f"{self.path} is compressed; unpack it first (gunzip)")
        text = start.removeprefix(BOM).lstrip()
        suffix = self.path.suffix.lower()
        if text.startswith(b"[") and suffix not in (".csv", ".tsv"):
            raise LeadFileFault(
                f"{self.path} is one JSON list; write NDJSON, one lead a line, without brackets"
            )
        return suffix == ".csv" or (
            suffix not in (".ndjson", ".jsonl", ".json") and bool(text) and text[:1] != b"{"
        )


def _opened(path: Path) -> BinaryIO:
    """The file, or what came through a pipe, copied so that it can be read twice."""
    try:
        file = path.open("rb")
    except (OSError, ValueError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
        raise LeadFileFault(f"{path} cannot be read ({reason}); check the path") from None
    if file.seekable():
        return file
    copy: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the LeadFile
    with file:
        shutil.copyfileobj(file, copy)
    copy.seek(0)
    return copy  # type: ignore[return-value]  # typeshed calls it IO[bytes]


class _Lines:
    """Physical lines with their numbers, none longer than the limit, some of them given back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._back: deque[tuple[int, bytes | None]] = deque()
        self._number = 0

    def next(self) -> tuple[int, bytes | None] | None:
        """The next line; None for its bytes when it was too long; None at the end."""
        if self._back:
            return self._back.popleft()
        raw = self._file.readline(LINE_BYTES_MAX + 1)
        if not raw:
            return None
        self._number += 1
        if self._number == 1:
            raw = raw.removeprefix(BOM)
        if len(raw) <= LINE_BYTES_MAX:
            return self._number, raw
        while raw and not raw.endswith(b"\n"):
            raw = self._file.readline(LINE_BYTES_MAX)
        return self._number, None

    def give_back(self, lines: list[tuple[int, bytes | None]]) -> None:
        self._back.extendleft(reversed(lines))


def _bad(line: int, message: str, text: str = "") -> Row:
    return Row(line=line, read=(BadInput(f"line {line}", None, message),), text=text)


TOO_LONG = f"longer than {LINE_BYTES_MAX // 1024} KB; shorten the lead"
NOT_UTF8 = "not UTF-8; save the file as UTF-8"


# --- NDJSON


def _json_rows(lines: _Lines, mapping: Mapping | None) -> Iterator[Row]:
    while (found := lines.next()) is not None:
        line, raw = found
        if raw is None:
            yield _bad(line, TOO_LONG)
        elif raw.strip():
            yield _json_row(line, raw, mapping)


def _json_row(line: int, raw: bytes, mapping: Mapping | None) -> Row:
    place = f"line {line}"
    try:
        text = raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        return _bad(line, NOT_UTF8, raw.decode("utf-8", "replace").strip())
    try:
        parsed = parse_json(text)
    except ValueError as wrong:
        return _bad(line, f"not JSON: {wrong}", text)
    read: Read
    if mapping is not None and isinstance(parsed, dict):
        read = mapping.capture(parsed, place=place)
    else:
        read = read_capture(parsed, place=place)
    return Row(line=line, read=read, text=text)


# --- CSV


def _csv_rows(lines: _Lines, mapping: Mapping | None) -> Iterator[Row]:
    records = _records(lines)
    header: list[str] | None = None
    for line, cells, text in records:
        if header is None:
            if isinstance(cells, str):
                raise LeadFileFault(f"line {line}: {cells}")
            header = _checked_header(line, cells, mapping)
        elif isinstance(cells, str):
            yield _bad(line, cells, text)
        elif len(cells) != len(header):
            yield _bad(
                line,
                f"{len(cells)} cells where the header has {len(header)}; "
                "put a cell with a comma in quotes",
                text,
            )
        else:
            yield Row(line=line, read=_csv_read(line, header, cells, mapping), text=text)
    if header is None:
        raise LeadFileFault("the file is empty; its first line names the columns")


def _csv_read(line: int, header: list[str], cells: list[str], mapping: Mapping | None) -> Read:
    raw: dict[object, object] = {
        name: cell for name, cell in zip(header, cells, strict=True) if cell.strip()
    }
    place = f"line {line}"
    if mapping is not None:
        return mapping.capture(raw, place=place)
    return read_capture(raw, place=place)


def _checked_header(line: int, cells: list[str], mapping: Mapping | None) -> list[str]:
    header = [cell.strip() for cell in cells]
    if len(header) > FIELDS_MAX:
        raise LeadFileFault(f"line {line}: more than {FIELDS_MAX} columns; leave some out")
    for index, name in enumerate(header):
        if not name:
            raise LeadFileFault(f"line {line}: column {index + 1} has no name; name it")
        if name in header[:index]:
            raise LeadFileFault(f"line {line}: two columns are named {shown(name)}; rename one")
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise LeadFileFault(f"line {line}: columns are split by commas; save the file so")
    wrong = mapping.header_fault(header) if mapping is not None else None
    if wrong is None and not (mapping.gives_id(header) if mapping is not None else "id" in header):
        wrong = "no column is `id`; rename one, or say which it is in a mapping (--mapping FILE)"
    if wrong is not None:
        raise LeadFileFault(f"line {line}: {wrong}")
    return header


def _records(lines: _Lines) -> Iterator[tuple[int, list[str] | str, str]]:
    """(line, cells or what is wrong, text) of every record; lines without any sign are none."""
    while True:
        feed = _Feed(lines)
        reader = csv.reader(feed, strict=True)
        broken = False
        while not broken:
            feed.taken.clear()
            cells: list[str] | str
            try:
                row = next(reader, None)
                if row is None:
                    return
                cells = row
            except _TooLong:
                cells, broken = TOO_LONG, True
            except csv.Error as wrong:
                cells, broken = f"not CSV ({wrong}); check its quotes", True
            line = feed.taken[0][0]
            if broken and len(feed.taken) > 1:  # a quote that never ends costs one line only
                lines.give_back(feed.taken[1:])
                del feed.taken[1:]
            if cells:
                yield line, cells, feed.text()


class _TooLong(Exception):
    pass


class _Feed:
    """Lines as the CSV reader asks for them, remembered until the record is complete."""

    def __init__(self, lines: _Lines) -> None:
        self._lines = lines
        self.taken: list[tuple[int, bytes | None]] = []

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        found = self._lines.next()
        if found is None:
            raise StopIteration
        self.taken.append(found)
        if found[1] is None or sum(len(raw or b"") for _, raw in self.taken) > LINE_BYTES_MAX:
            raise _TooLong
        return found[1].decode("utf-8", "surrogateescape")

    def text(self) -> str:
        whole = b"".join(raw or b"" for _, raw in self.taken)
        return whole.decode("utf-8", "replace").rstrip("\r\n")
