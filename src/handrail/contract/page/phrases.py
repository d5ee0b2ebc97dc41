"""Names, durations, numbers and lists, as people say them."""

from collections.abc import Iterable
from datetime import timedelta

from handrail.contract.model import (
    SAME_DAY,
    ContinueTarget,
    FieldTarget,
    Target,
    TeamTarget,
    Window,
)
from handrail.contract.page.document import Said

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_SPELLED = {
    "mql": "MQL",
    "sal": "SAL",
    "sql": "SQL",
    "csm": "CSM",
    "sla": "SLA",
    "id": "ID",
    "usd": "USD",
}
_BUILT_IN = {
    "lead_type": "the lead type",
    "tier": "the tier",
    "territory": "the territory",
    "threshold": "the threshold that was met",
    "intent_signals": "a signal that adds points",
    "lead.email": "the lead's e-mail address",
    "lead.email_domain": "the lead's e-mail domain",
}
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


def spaced(name: str) -> str:
    """A code as words: `next_step_at` reads as `next step at`."""
    return " ".join(_SPELLED.get(word, word) for word in name.split("_"))


def coded(name: str) -> Said:
    """A code of the contract as words, with the code itself where it looks different."""
    words = spaced(name)
    return Said(words, name if words != name else None)


def field_name(name: str) -> str:
    """`account.employees` is the account's employees; a bare name is itself."""
    if name in _BUILT_IN:
        return _BUILT_IN[name]
    head, dot, tail = name.partition(".")
    return f"the {spaced(head)}'s {spaced(tail).replace('.', ' ')}" if dot else spaced(name)


def required_name(name: str, *, scores: Iterable[str]) -> str:
    """In `require` a bare name that is nothing else is the lead's."""
    if name in _BUILT_IN or "." in name:
        return field_name(name)
    return f"the {spaced(name)} score" if name in set(scores) else field_name(f"lead.{name}")


def is_plural(name: str) -> bool:
    last = name.replace(".", "_").rpartition("_")[2]
    return last.endswith("s") and not last.endswith(("ss", "us", "is"))


def quoted(text: str) -> str:
    """Between marks that the text itself cannot end."""
    inner = text.replace("\\", "\\\\").replace("“", "\\“").replace("”", "\\”")
    return f"“{inner}”"


def number(value: int | float) -> str:
    """Exact, with thousands apart."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return f"{value:,}" if isinstance(value, int) else repr(value)


def points(amount: int) -> str:
    return f"+{number(amount)}" if amount > 0 else number(amount)


def counted(count: int, what: str) -> str:
    return f"{number(count)} {what}" if count == 1 else f"{number(count)} {what}s"


def times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{number(count)} times")


def ordinal(count: int) -> str:
    return _ORDINALS[count - 1] if count <= len(_ORDINALS) else f"{count}th"


def listed(items: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *before, final = list(items) or [""]
    return f"{', '.join(before)} {last} {final}" if before else final


def duration(span: timedelta) -> str:
    """`1 hour 30 minutes`; a whole number of hours up to two days stays in hours."""
    left = int(span.total_seconds())
    if left % 3_600 == 0 and 86_400 < left < 172_800:
        return counted(left // 3_600, "hour")
    told = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            told.append(counted(count, unit))
    return " ".join(told) or "0 seconds"


def every(span: timedelta) -> str:
    """`every hour`, `every 15 minutes`."""
    said = duration(span)
    is_one = said.startswith("1 ") and said.count(" ") == 1
    return f"every {said.removeprefix('1 ')}" if is_one else f"every {said}"


def within(window: Window) -> str:
    """Follows `first action`: `within 5 minutes`, `by the end of the working day`."""
    return "by the end of the working day" if window is SAME_DAY else f"within {duration(window)}"


def target_name(target: Target) -> str:
    match target:
        case FieldTarget(field):
            return field_name(field)
        case TeamTarget(team):
            return f"team {team}"
        case ContinueTarget():
            return "the next rule"


def sentence(words: str) -> str:
    """With a capital and a full stop."""
    if not words:
        return ""
    return words[0].upper() + words[1:] + ("" if words[-1] in ".!?" else ".")
