"""Addresses of mail, as far as examples need them: plain ones will do."""

import re
from collections.abc import Iterator

_ADDRESS = re.compile(r"[\w+-]+(\.[\w+-]+)*@[\w-]+(\.[\w-]+)+", re.ASCII)
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+", re.ASCII)
NAME, HOST = "lena", "fresh"


def is_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None


def fits(field: str, text: str) -> bool:
    """Whether a lead's field may hold the text: only an address is one of mail."""
    if field == "lead.email":
        return is_address(text)
    return not field.endswith("domain") or _DOMAIN.fullmatch(text) is not None


def completed(field: str, text: str) -> Iterator[str]:
    """The text, and whole addresses or domains that it may be a part of."""
    yield text
    if field == "lead.email":
        yield f"{NAME}{text}"
        yield f"{text}@{HOST}.example"
        yield f"{NAME}@{HOST}{text}"
        yield f"{text}{NAME}@{HOST}.example"
    elif field.endswith("domain"):
        yield f"{HOST}{text}"
        yield f"{text}.example"
