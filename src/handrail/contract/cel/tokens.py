"""Text to tokens. What is none of ours becomes a `fault` token, met when the parser gets there."""

import math
import re
from collections.abc import Iterator
from typing import Literal

import msgspec

TokenKind = Literal["name", "string", "integer", "number", "symbol", "end", "fault", "oversize"]

INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**63 - 1


class Token(msgspec.Struct, frozen=True):
    """`value` is the text of a string or the size of a number; of a fault it is the message.

    `oversize` is a number that fits no type: it reads well, but has no value.
    """

    kind: TokenKind
    text: str
    start: int
    end: int
    value: str | int | float = ""


_TOKEN = re.compile(
    r"""
      (?P<space>    [\t\n\f\r\ ]+ | //[^\n]* )
    | (?P<triple>   [rRbB]{0,2} (?: \"{3} | '{3} ) )
    | (?P<bytes>    [rR]?[bB][rR]? (?= ["'] ) )
    | (?P<raw>      [rR] (?: "[^"\r\n]*" | '[^'\r\n]*' ) )
    | (?P<string>   "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*' )
    | (?P<open>     [rR]? ["'] [^\r\n]* )
    | (?P<unsigned> (?: 0[xX][0-9a-fA-F]+ | [0-9]+ ) [uU] (?![_a-zA-Z0-9]) )
    | (?P<number>   [0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)? | [0-9]+[eE][+-]?[0-9]+ )
    | (?P<integer>  0[xX][0-9a-fA-F]+ | [0-9]+ )
    | (?P<name>     [_a-zA-Z][_a-zA-Z0-9]* )
    | (?P<symbol>   \|\| | && | [=!<>]= | [-+*/%!<>?:(),.\[\]{}] )
    | (?P<other>    . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"""\\(?:(?P<plain>[abfnrtv\\?"'`])|[xX](?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})"""
    r"""|U(?P<U>[0-9a-fA-F]{8})|(?P<octal>[0-3][0-7]{2})|(?P<bad>.))""",
    re.DOTALL,
)
_PLAIN = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_REFUSED = {
    "triple": "Triple quotes are not part of conditions: use one quote at each end.",
    "bytes": "Bytes are not part of conditions: write a text without the b in front.",
    "open": "This text has no closing quote: end it with the quote that opens it.",
    "unsigned": "Unsigned integers are not part of conditions: drop the u.",
}
_REMEDIES = {
    "=": "A single = means nothing here: write == to compare, or >= and <= in this order.",
    "&": "A single & means nothing here: write && for and.",
    "|": "A single | means nothing here: write || for or.",
    "`": "Quoted names are not part of conditions: write the name without backticks.",
    **dict.fromkeys(
        "\u201c\u201d\u2018\u2019",
        'Curly quotes do not mark a text: write straight ones, "like this".',
    ),
}


def tokenize(text: str) -> tuple[Token, ...]:
    """All tokens and then an `end`, which stands right behind the last of them."""
    found = tuple(_tokens(text))
    last = found[-1].end if found else 0
    return (*found, Token("end", "", last, last))


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "space":
            yield _token(match)


def _token(match: re.Match[str]) -> Token:
    kind, text, start, end = match.lastgroup, match.group(), match.start(), match.end()
    match kind:
        case "name" | "symbol":
            return Token(kind, text, start, end)
        case "raw":
            return Token("string", text, start, end, text[2:-1])
        case "string":
            return _string(text, start)
        case "integer":
            return _integer(text, start)
        case "number":
            return _number(text, start)
        case "other":
            message = _REMEDIES.get(text, f"{text!r} is not part of conditions: remove it.")
            return Token("fault", text, start, end, message)
        case _:
            assert kind is not None
            return Token("fault", text, start, end, _REFUSED[kind])


def _integer(text: str, start: int) -> Token:
    """2^63 passes here, since a minus may stand before it; the parser looks again."""
    value = int(text, 16 if text[:2] in ("0x", "0X") else 10)
    end = start + len(text)
    if value > INTEGER_MAX + 1:
        return Token("oversize", text, start, end, too_large())
    return Token("integer", text, start, end, value)


def _number(text: str, start: int) -> Token:
    value = float(text)
    if math.isinf(value):
        message = "This number is too large for a double: write a smaller one."
        return Token("oversize", text, start, start + len(text), message)
    return Token("number", text, start, start + len(text), value)


def too_large() -> str:
    return f"This integer does not fit into 64 bits: stay within ±{INTEGER_MAX}."


def _string(text: str, start: int) -> Token:
    inner = text[1:-1]
    for escape in _ESCAPE.finditer(inner):
        if _unescape(escape) is None:
            at = start + 1 + escape.start()
            message = (
                f"{escape.group()} is no escape of CEL: write \\\\ for a backslash, "
                'or put an r before the text, r"like this".'
            )
            return Token("fault", escape.group(), at, at + len(escape.group()), message)
    value = _ESCAPE.sub(lambda escape: _unescape(escape) or "", inner)
    return Token("string", text, start, start + len(text), value)


def _unescape(escape: re.Match[str]) -> str | None:
    """The character meant; None for an unknown escape or a code point that is no character."""
    digits = escape["x"] or escape["u"] or escape["U"]
    if escape["plain"]:
        return _PLAIN.get(escape["plain"], escape["plain"])
    if escape["octal"]:
        return chr(int(escape["octal"], 8))
    if digits is None:
        return None
    point = int(digits, 16)
    return None if 0xD800 <= point < 0xE000 or point > 0x10FFFF else chr(point)
