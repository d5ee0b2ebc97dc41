"""Leads drawn near the boundaries of a contract: at, just below and just above what it names."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

from handrail.contract.model import Contract, Field

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
_TEXTS = re.compile(r'"([^"]*)"')
_NUMBERS = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
_INSTANTS = re.compile(r'timestamp\("([^"]+)"\)')
_PERIODS = re.compile(r'count\("\w+", "(\d+)([hd])"\)')
_OTHER_TEXTS = (
    "",
    "other",
    "Zoë-東京",
    "chief of all",
    "spring-2026",
    "webinar",
    "head",
    "c7",
    "z" * 70,
)
_DOMAINS = (
    "bigco.example",
    "rival.example",
    "mit.edu",
    "a.example",
    "fresh.example",
    "b.sub.example",
)
_MAILBOXES = ("lena", "info", "zoe.a", "info+x")
ABSENT = 0.2  # of the fields
STRANGE = 0.04  # values of another type, or outside what the field allows


class Drawing:
    """Draws lead lines for one contract; the same `chance` gives the same leads."""

    def __init__(self, contract: Contract, chance: Random) -> None:
        self._chance = chance
        self._contract = contract
        told = " ".join(condition.text for condition in contract.conditions())
        numbers = [float(one) for one in _NUMBERS.findall(told)]
        self._texts = sorted({*_TEXTS.findall(told), *_OTHER_TEXTS, *_keys(contract)})
        self._numbers = sorted({*numbers, 0.0, 3.0})
        self._instants = sorted({*_INSTANTS.findall(told), "2026-06-01T00:00:00Z"})
        self._periods = sorted({(int(one), unit) for one, unit in _PERIODS.findall(told)})
        self._signals = sorted(
            {name for score in contract.scores for name in (*score.signals, *score.reset_on)}
        )

    def line(self, number: int) -> dict[str, object]:
        chance = self._chance
        line: dict[str, object] = {
            "id": f"l{number}",
            "email": f"{chance.choice(_MAILBOXES)}@{chance.choice(_DOMAINS)}",
            "captured_at": _written(NOW),
        }
        for name, field in self._contract.fields.items():
            if "." in name and name not in _TOLD and chance.random() > ABSENT:
                line[name] = self._value(field)
        line["signals"] = [self._signal() for _ in range(chance.choice((0, 0, 1, 2, 3, 5, 8)))]
        return line

    def _value(self, field: Field) -> object:
        chance = self._chance
        if chance.random() < STRANGE:
            return chance.choice(("12x", -5, 3.5, True, "UK", 2**62, ["a"], "2026-13-40"))
        match field.type:
            case "boolean":
                return chance.random() < 0.5
            case "integer":
                return int(chance.choice(self._numbers)) + chance.choice((-1, 0, 0, 1))
            case "number":
                return chance.choice(self._numbers) + chance.choice((-1e-9, 0.0, 0.0, 1e-9))
            case "date":
                moved = chance.choice((-1, 0, 0, 1))
                at = datetime.fromisoformat(chance.choice(self._instants))
                at += chance.choice((timedelta(days=1), timedelta(microseconds=1))) * moved
                return at.date().isoformat() if chance.random() < 0.4 else at.isoformat()
            case "list":
                return chance.sample(self._texts, chance.choice((0, 1, 2, 3, 5, 6)))
            case _:
                return self._text(field)

    def _text(self, field: Field) -> str:
        chance = self._chance
        if field.values is not None and chance.random() < 0.9:
            return chance.choice(sorted(field.values))
        text = chance.choice(self._texts)
        return chance.choice((text, text, text, f"{text}-2026", f"{text[:-1]}", f"x{text}"))

    def _signal(self) -> dict[str, str]:
        """At the edges of the periods that are counted, too."""
        chance = self._chance
        age = timedelta(minutes=chance.randint(0, 60))
        if self._periods and chance.random() < 0.6:
            amount, unit = chance.choice(self._periods)
            age = timedelta(hours=amount) if unit == "h" else timedelta(days=amount)
            age += timedelta(seconds=chance.choice((-1, 0, 1)))
        return {"name": chance.choice(self._signals), "at": _written(NOW - age)}


_TOLD = frozenset(
    {"lead.email", "lead.email_domain", "lead.times_mql"}
    | {"account.last_owner", "account.last_lead_days"}
)


def _keys(contract: Contract) -> Iterable[str]:
    return (key for table in contract.tables.values() for key in table.keys)


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
