"""From a character of a scalar's value back to the character of the file that spelt it."""

import re
from collections.abc import Iterator

from handrail.contract.text.source import Source
from handrail.contract.text.tree import Scalar

_BLANK = " \t\r\n\x85\u2028\u2029"
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
_ESCAPES = {
    "0": "\0",
    "a": "\x07",
    "b": "\x08",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\x0b",
    "f": "\x0c",
    "r": "\r",
    "e": "\x1b",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_BLOCK_HEADER = re.compile(r"[|>][^\r\n]*(?:\r\n|\n|\r|$)")


def offsets_in_file(source: Source, scalar: Scalar) -> list[int]:
    """For each character of the value, and for its end, the offset in the file.

    Characters that are not blank are exact. A blank that folding made out of line breaks and
    indentation stands for the place where the run of blanks begins.
    """
    units = list(_units(source.text, scalar))
    offsets: list[int] = []
    at = 0
    end = scalar.start
    for character in scalar.text:
        if character not in _BLANK:
            while at < len(units) and units[at][0] != character and units[at][0] in _BLANK:
                at += 1
        if at < len(units) and units[at][0] == character:
            offsets.append(units[at][1])
            end = units[at][2]
            at += 1
        elif character in _BLANK:
            offsets.append(units[at][1] if at < len(units) else end)
        else:
            return [scalar.start] * (len(scalar.text) + 1)
    return [*offsets, end]


def _units(text: str, scalar: Scalar) -> Iterator[tuple[str, int, int]]:
    """The characters that the file spells, each with its offset and that of what follows."""
    match scalar.style:
        case "'":
            yield from _single_quoted(text, scalar.start + 1, scalar.end - 1)
        case '"':
            yield from _double_quoted(text, scalar.start + 1, scalar.end - 1)
        case "|" | ">":
            header = _BLOCK_HEADER.match(text, scalar.start)
            yield from _as_written(text, header.end() if header else scalar.start, scalar.end)
        case _:
            yield from _as_written(text, scalar.start, scalar.end)


def _as_written(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    return ((text[at], at, at + 1) for at in range(start, end))


def _single_quoted(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    at = start
    while at < end:
        width = 2 if text.startswith("''", at) else 1
        yield text[at], at, at + width
        at += width


def _double_quoted(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    at = start
    while at < end:
        if text[at] != "\\":
            yield text[at], at, at + 1
            at += 1
            continue
        sign = text[at + 1]
        width = 2 + _HEX_DIGITS.get(sign, 0)
        if sign in _HEX_DIGITS:
            yield chr(int(text[at + 2 : at + width], 16)), at, at + width
        elif sign not in "\r\n":
            yield _ESCAPES.get(sign, sign), at, at + width
        at += width
