"""A scalar as it is written: the same text of the same kind, in one line where that can be."""

import re

from handrail.contract.layout.written import Scalar

_HEADER = re.compile(r"[|>][-]?")


def inline(scalar: Scalar) -> str:
    """In one line. Plain stays plain; of quotes the single ones, unless they would be in the way:
    conditions are full of double ones."""
    text = scalar.text
    anchor = f"&{scalar.anchor} " if scalar.anchor is not None else ""
    if scalar.style is None and "\n" not in text:
        return f"{anchor}{text}".rstrip()
    if not text.isprintable():
        return anchor + _double(text)
    if "'" in text and '"' not in text and "\\" not in text:
        return anchor + _double(text)
    return anchor + "'" + text.replace("'", "''") + "'"


def _double(text: str) -> str:
    return '"' + "".join(_escaped(sign) for sign in text) + '"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    if sign.isprintable():
        return sign
    if sign == "\n":
        return "\\n"
    code = ord(sign)
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )


def block_lines(scalar: Scalar) -> tuple[str, list[str]] | None:
    """The header and the lines of a `|` or `>` without their indentation; None when it has no
    plain header, and is better written in quotes."""
    header, *lines = scalar.raw[scalar.raw.index(scalar.style or "") :].splitlines()
    sign = header.partition("#")[0].rstrip()
    filled = [line for line in lines if line.strip()]
    if not _HEADER.fullmatch(sign) or not filled:
        return None
    indent = min(len(line) - len(line.lstrip(" ")) for line in filled)
    while lines and not lines[-1].strip():
        lines.pop()
    anchor = f"&{scalar.anchor} " if scalar.anchor is not None else ""
    return anchor + sign, [line[indent:].rstrip("\r") if line.strip() else "" for line in lines]
