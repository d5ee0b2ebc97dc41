"""Words of people as YAML and as conditions: nothing that they typed can end a quote."""

import re

import msgspec

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.@-]*(?: [A-Za-z0-9_.@-]+)*")
_SPECIAL = frozenset({"true", "false", "null"})


def quoted(text: str) -> str:
    """A YAML text on one line, in single quotes where a plain word could be misread."""
    flat = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    if _PLAIN.fullmatch(flat) and flat.lower() not in _SPECIAL:
        return flat
    return "'" + flat.replace("'", "''") + "'"


def literal(value: str | float) -> str:
    """A constant of a condition."""
    return msgspec.json.encode(value).decode()


def literals(values: tuple[str, ...]) -> str:
    return f"[{', '.join(literal(value) for value in values)}]"


def comment(text: str) -> str:
    """One line of comment; a break in it would begin a key."""
    return "# " + " ".join("".join(s if s.isprintable() else " " for s in text).split())
