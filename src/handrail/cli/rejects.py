"""The file of rejected rows: each with its line, its faults, and its text as it stood."""

import csv
from pathlib import Path
from typing import IO

import msgspec

from handrail.cli.say import CannotDo

COLUMNS = ("line", "reasons", "text")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


class RejectsFile:
    """NDJSON, or CSV when its name ends so. Begun with the first row: no rejects, no file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> "RejectsFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, line: int, reasons: list[str], text: str) -> None:
        file = self._file or self._begun()
        if self._is_csv:
            csv.writer(file).writerow([line, _plain("; ".join(reasons)), _plain(text)])
        else:
            row = {"line": line, "reasons": reasons, "text": _encodable(text)}
            file.write(msgspec.json.encode(row).decode() + "\n")

    @property
    def _is_csv(self) -> bool:
        return self.path.suffix.lower() == ".csv"

    def _begun(self) -> IO[str]:
        try:
            file = self.path.open("w", encoding="utf-8", errors="replace", newline="")
        except OSError as wrong:
            raise CannotDo(
                f"{self.path} cannot be written ({wrong.strerror}); name another with --rejects"
            ) from None
        if self._is_csv:
            csv.writer(file).writerow(COLUMNS)
        self._file = file
        return file


def _plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
