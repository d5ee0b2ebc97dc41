"""Values in order as integers, so that integers, numbers and dates are cut in the same way."""

import math
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Protocol, cast

from handrail.contract.cel.compile import to_double, to_instant
from handrail.contract.model import Field
from handrail.contract.proof.now import NOW
from handrail.terms.lead import Value

INTEGER_MAX = 2**63 - 1
NUMBER_MAX = math.nextafter(1e300, 0)  # greater ones are read as missing
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Scale(Protocol):
    """A line of integers, `low` to `high`, for the values of a field that have an order."""

    low: int
    high: int

    def at(self, value: Value) -> int:
        """Where a value of the field lies."""

    def bounds(self, constant: object) -> tuple[int, int]:
        """The first place that is at least the constant, and the first that is greater."""

    def plainest(self, low: int, high: int) -> Value | None:
        """A value from `low` to `high` that people would write; None when none is known."""


class Integers:
    def __init__(self, field: Field) -> None:
        self.low = -INTEGER_MAX - 1 if field.min is None else math.ceil(field.min)
        self.high = INTEGER_MAX if field.max is None else math.floor(field.max)

    def at(self, value: Value) -> int:
        assert isinstance(value, int)
        return value

    def bounds(self, constant: object) -> tuple[int, int]:
        if isinstance(constant, int):
            return constant, constant + 1
        wanted = cast(float, constant)
        return (
            _first(lambda value: to_double(value) >= wanted),
            _first(lambda value: to_double(value) > wanted),
        )

    def plainest(self, low: int, high: int) -> Value:
        return 0 if low <= 0 <= high else low if low > 0 else high


def _first(reached: Callable[[int], bool]) -> int:
    """The least 64-bit integer for which it holds, by halves; one beyond them all when none."""
    low, high = -INTEGER_MAX - 1, INTEGER_MAX + 1
    while low < high:
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle + 1
    return low


class Numbers:
    """Doubles by their bits, which have the same order."""

    def __init__(self, field: Field) -> None:
        self.low = _place(-NUMBER_MAX if field.min is None else max(field.min, -NUMBER_MAX))
        self.high = _place(NUMBER_MAX if field.max is None else min(field.max, NUMBER_MAX))

    def at(self, value: Value) -> int:
        assert isinstance(value, int | float)
        return _place(to_double(value))

    def bounds(self, constant: object) -> tuple[int, int]:
        place = _place(to_double(cast(float, constant)))
        return place, place + 1

    def plainest(self, low: int, high: int) -> Value:
        least, most = _double(low), _double(high)
        if least <= 0 <= most:
            return 0.0
        whole = float(math.ceil(least)) if least > 0 else float(math.floor(most))
        if least <= whole <= most:
            return whole
        return min(max((least + most) / 2, least), most)


def _place(number: float) -> int:
    (bits,) = struct.unpack("<q", struct.pack("<d", number + 0.0))  # -0.0 becomes 0.0
    assert isinstance(bits, int)
    return bits if bits >= 0 else -(bits & INTEGER_MAX)


def _double(place: int) -> float:
    (number,) = struct.unpack("<d", struct.pack("<q", abs(place)))
    assert isinstance(number, float)
    return number if place >= 0 else -number


class Dates:
    """Instants in microseconds since 1970. A zone may put one a day beyond the calendar's ends."""

    def __init__(self, field: Field) -> None:
        self.low = self.at(datetime.min.replace(tzinfo=UTC)) - _DAY
        self.high = self.at(datetime.max.replace(tzinfo=UTC)) + _DAY

    def at(self, value: Value) -> int:
        assert isinstance(value, date)
        return (to_instant(value) - _EPOCH) // _MICROSECOND

    def bounds(self, constant: object) -> tuple[int, int]:
        place = self.at(cast(date, constant))
        return place, place + 1

    def plainest(self, low: int, high: int) -> Value | None:
        low, high = max(low, self.low + _DAY), min(high, self.high - _DAY)
        if low > high:
            return None
        today = self.at(NOW.date())
        near = today if low <= today <= high else low if low > today else high
        for place in (-(-near // _DAY) * _DAY, near // _DAY * _DAY):
            if low <= place <= high:
                return (_EPOCH + place * _MICROSECOND).date()
        return _EPOCH + max(min(near, high), low) * _MICROSECOND


class Sizes(Integers):
    """How many there are of something: of items in a list, of kept signals."""

    def __init__(self, high: int = INTEGER_MAX) -> None:
        self.low, self.high = 0, high


def scale_of(field: Field) -> Scale:
    match field.type:
        case "number":
            return Numbers(field)
        case "date":
            return Dates(field)
        case _:
            assert field.type == "integer", "other types have no order"
            return Integers(field)
