"""Bodies: read up to their limit, strictly, before anything is done with them."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from fastapi import Request

from handrail.web.problems import Fault, Problem, invalid

LEAD_BYTES_MAX = 256 * 1024
BATCH_BYTES_MAX = 16 * 1024 * 1024
TEXT_BYTES_MAX = 16 * 1024 * 1024  # rosters; contracts with their tables
DEPTH_MAX = 20
KEY_CHARACTERS_MAX = 200
JSON_TYPES = ("application/json",)
INSTANT_MIN = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT_MAX = datetime(2100, 1, 1, tzinfo=UTC)

T = TypeVar("T")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"(\s*:)?')
_UNSTORABLE_ESCAPE = re.compile(
    r"\\(?:u[dD][89a-fA-F][0-9a-fA-F]{2}|U0000[dD][89a-fA-F][0-9a-fA-F]{2}|u0000|U00000000|x00|0)"
)
_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$?\.?(?P<place>[^`]*)`)?$", re.DOTALL)


async def read_bytes(request: Request, *, bytes_max: int, types: Sequence[str]) -> bytes:
    """The raw body. Raises Problem 413 before the rest is read, 415 for another kind of text."""
    kind = media_type(request)
    if kind not in types and not (kind.endswith("+json") and "application/json" in types):
        raise Problem(
            415, "unsupported_type", f"send {' or '.join(types)} with a matching Content-Type"
        )
    told = request.headers.get("content-length", "0")
    if told.isdecimal() and int(told) > bytes_max:
        raise _too_large(bytes_max)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > bytes_max:
            raise _too_large(bytes_max)
        parts.append(part)
    return b"".join(parts)


def media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _too_large(bytes_max: int) -> Problem:
    return Problem(413, "too_large", f"the body may have {bytes_max // 1024} KB; send less at once")


def decode_strictly(raw: bytes, *, place: str = "body") -> Any:
    """JSON as it was meant: no key twice, no NaN, no NUL, not too deep. Raises Problem 400."""
    try:
        value = msgspec.json.decode(raw)
    except RecursionError:
        raise unreadable(place, f"is nested deeper than {DEPTH_MAX} levels") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise unreadable(place, f"is not JSON: {wrong}") from None
    _check_depth(value, place)
    keys = _count_keys(value)
    if keys and sum(1 for found in _STRING.finditer(raw) if found[1]) != keys:
        raise unreadable(place, f"has the key {_doubled(raw)!r} twice; send it once")
    if b"\\u" in raw and not _is_text(value):
        raise unreadable(place, "holds a NUL or half a surrogate pair; send plain text")
    return value


def check_escapes(source: str, *, code: str) -> None:
    """Refuse YAML escapes that stand for a NUL or half a surrogate pair."""
    found = _UNSTORABLE_ESCAPE.search(source)
    if found is not None:
        line = source.count("\n", 0, found.start()) + 1
        message = f"{found[0]} stands for no character that can be kept; write the character itself"
        raise invalid([Fault(f"line {line}", message)], code=code)


def unreadable(place: str, message: str) -> Problem:
    return Problem(400, "unreadable", f"{place} {message}", errors=[Fault(place, message)])


def _check_depth(value: Any, place: str) -> None:
    level = [value]
    for _ in range(DEPTH_MAX + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise unreadable(place, f"is nested deeper than {DEPTH_MAX} levels")


def _inside(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()


def _count_keys(value: Any) -> int:
    count = 0
    waiting = [value]
    while waiting:
        outer = waiting.pop()
        if isinstance(outer, dict):
            count += len(outer)
            waiting.extend(outer.values())
        elif isinstance(outer, list):
            waiting.extend(outer)
    return count


def _doubled(raw: bytes) -> str:
    """The first key that one object has twice."""
    found: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                found.append(key)
            seen.add(key)

    json.loads(raw, object_pairs_hook=look)
    return found[0] if found else "?"


def _is_text(value: Any) -> bool:
    return all(_is_storable(text) for text in _texts(value))


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


async def read_shape(request: Request, shape: type[T], *, bytes_max: int = LEAD_BYTES_MAX) -> T:
    """A small JSON body as the struct it must be; its digest stays on the request."""
    raw = await read_bytes(request, bytes_max=bytes_max, types=JSON_TYPES)
    request.state.body_digest = digest_of(raw)
    return convert(decode_strictly(raw), shape)


def convert(value: Any, shape: type[T], *, place: str = "") -> T:
    try:
        return msgspec.convert(value, shape, strict=True)
    except msgspec.ValidationError as wrong:
        found = _PLACE.match(str(wrong))
        assert found is not None
        inner = ".".join(part for part in (place, found["place"] or "") if part)
        raise invalid([Fault(inner or "body", found["what"])]) from None


def digest_of(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def instant(at: datetime | None, *, place: str) -> datetime | None:
    """In UTC, and within what calendars can be counted in."""
    if at is None:
        return None
    try:
        moved = at.astimezone(UTC)
    except OverflowError:
        moved = datetime.max.replace(tzinfo=UTC)
    if not INSTANT_MIN <= moved < INSTANT_MAX:
        raise invalid([Fault(place, "must lie between 1970 and 2100")])
    return moved


def idempotency_of(request: Request, digest: bytes, *, actor: str) -> tuple[str, bytes] | None:
    """The Idempotency-Key, of its own for each actor and path, and the digest of the body."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not (0 < len(key) <= KEY_CHARACTERS_MAX and key.isascii() and key.isprintable()):
        raise invalid(
            [Fault("Idempotency-Key", f"must be 1 to {KEY_CHARACTERS_MAX} printable ASCII")]
        )
    return f"{actor} {request.url.path} {key}", digest
