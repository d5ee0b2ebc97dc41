"""Values as a person would write them, as far as that is short."""

from datetime import timedelta
from enum import Enum
from typing import Any

import msgspec

from handrail.contract.model import ContinueTarget, FieldTarget, Place, TeamTarget
from handrail.terms.durations import format_duration


def in_words(value: Any) -> str:
    match value:
        case None:
            return "-"
        case timedelta():
            return format_duration(value)
        case Enum():
            return str(value.value)
        case TeamTarget(team=team):
            return f"team:{team}"
        case FieldTarget(field=field):
            return field
        case ContinueTarget():
            return "continue"
        case frozenset():
            return ", ".join(sorted(map(in_words, value))) or "-"
        case tuple():
            return ", ".join(map(in_words, value)) or "-"
        case msgspec.Struct():
            parts = [
                in_words(part)
                for name in value.__struct_fields__
                if not isinstance(part := getattr(value, name), Place) and part is not None
            ]
            return f"{type(value).__name__} {' '.join(parts)}".strip()
        case _:
            return str(value)
