"""The text of a contract file and places in it."""

import re
from bisect import bisect_right

from handrail.contract.model import Place

LINE_BREAK = re.compile(r"\r\n|\n|\r")


class Source:
    """A text with its lines; turns offsets into places that count from 1."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(found.end() for found in LINE_BREAK.finditer(text))]

    def place(self, offset: int) -> Place:
        line = bisect_right(self._starts, offset) - 1
        return Place(line=line + 1, column=offset - self._starts[line] + 1)

    def offset(self, place: Place) -> int:
        return self._starts[place.line - 1] + place.column - 1

    def excerpt(self, start: int, end: int) -> str:
        """What stands from `start` to `end`, cut at the end of the line."""
        found = LINE_BREAK.search(self.text, start, max(start, end))
        return self.text[start : found.start() if found else end].rstrip()
