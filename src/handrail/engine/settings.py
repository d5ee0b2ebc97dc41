"""Settings of a node, read once from the environment: `HANDRAIL_...`."""

import base64
import binascii
import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

import msgspec

PREFIX = "HANDRAIL_"
MASTER_KEY_BYTES = 32
PORT_MAX = 65_535

Role = Literal["all", "web", "worker"]


class BadSetting(Exception):
    """A setting cannot be used; the message names it and says what to write."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Each field is set by `HANDRAIL_` and its name in capitals: docs/reference/settings.md."""

    database_url: str | None = None
    data_dir: Path | None = None
    master_key: bytes | None = None
    role: Role = "all"
    host: str = "127.0.0.1"
    port: int = 8040
    observe: bool = False


def setting_names() -> tuple[str, ...]:
    return tuple(PREFIX + field.upper() for field in Settings.__struct_fields__)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raises BadSetting. An empty variable counts as absent; an unknown one is refused, since a
    misspelt setting would otherwise be silently off."""
    given = {name: text for name, text in environment.items() if name.startswith(PREFIX) and text}
    for name in sorted(given):
        if name not in setting_names():
            raise BadSetting(f"{name} is no setting{_nearest(name)}")
    hints = get_type_hints(Settings)
    values = {}
    for field in Settings.__struct_fields__:
        name = PREFIX + field.upper()
        if name in given:
            values[field] = _read(name, given[name].strip(), hints[field])
    return Settings(**values)


def decode_master_key(text: str, *, place: str) -> bytes:
    """32 bytes in base64, as `openssl rand -base64 32` prints them. Raises BadSetting."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != MASTER_KEY_BYTES:
        raise BadSetting(f"{place} must hold 32 bytes in base64, as of `openssl rand -base64 32`")
    if len(set(key)) == 1:
        raise BadSetting(f"{place} holds no secret: every byte is the same")
    return key


def _read(name: str, text: str, kind: Any) -> Any:
    if name == f"{PREFIX}MASTER_KEY":
        return decode_master_key(text, place=name)
    if kind is int:
        if not text.isascii() or not text.isdigit() or int(text) > PORT_MAX:
            raise BadSetting(f"{name} is {text!r}; write a number from 0 to {PORT_MAX}")
        return int(text)
    if kind is bool:
        if text.lower() not in _FLAGS:
            raise BadSetting(f"{name} is {text!r}; write one of {', '.join(_FLAGS)}")
        return _FLAGS[text.lower()]
    if kind is Role and text not in get_args(Role):
        raise BadSetting(f"{name} is {text!r}; write one of {', '.join(get_args(Role))}")
    return Path(text) if kind == Path | None else text


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name, setting_names(), n=1)
    known = f"there are {', '.join(setting_names())}"
    return f"; did you mean {close[0]}?" if close else f"; {known}"


_FLAGS = {"1": True, "true": True, "yes": True, "on": True} | dict.fromkeys(
    ("0", "false", "no", "off"), False
)
