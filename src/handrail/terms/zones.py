"""Zones: what the wall clock of a place shows, as instants. Offsets come from zoneinfo alone."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

import msgspec

ZONE_YEARS_MAX = 4_096  # kept years of zones; a roster needs a few dozen

Period = tuple[datetime, datetime]

_DAY = timedelta(days=1)


class Regime(msgspec.Struct, frozen=True, gc=False):
    """A period of one UTC offset in a zone.

    Wall times are held as datetimes labelled UTC: the instant is the wall time less the offset.
    """

    from_at: datetime
    until_at: datetime
    offset: timedelta


def is_timezone(name: str) -> bool:
    """Whether this is an IANA name that has rules of its own on every machine."""
    return name in _timezones()


def timezone_names() -> tuple[str, ...]:
    """All names that `is_timezone` knows, in order."""
    return tuple(sorted(_timezones()))


@lru_cache(maxsize=1_024)
def zone_of_country(country: str, *, year: int) -> str | None:
    """The zone of an ISO 3166 code all of whose places show the same time that year; else None."""
    zones = _zones_by_country().get(country.strip().upper(), ())
    if len({_regimes_of(zone, year) for zone in zones}) != 1:
        return None
    return zones[0]


def day_of(on: date, timezone: str) -> list[Period]:
    """The instants of one local date; a date that the zone skipped lies where it would begin."""
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC)
    regimes = regimes_within(timezone, midnight - 2 * _DAY, midnight + 3 * _DAY)
    found = instants(midnight, midnight + _DAY, regimes)
    if found:
        return found
    skipped = next(after.from_at for after in regimes if after.from_at + after.offset > midnight)
    return [(skipped, skipped)]


def instants(from_wall: datetime, until_wall: datetime, regimes: list[Regime]) -> list[Period]:
    """The periods during which the wall clock stands in [from_wall, until_wall)."""
    if len(regimes) == 1:
        return [(from_wall - regimes[0].offset, until_wall - regimes[0].offset)]
    periods = []
    for regime in regimes:
        start = max(from_wall - regime.offset, regime.from_at)
        end = min(until_wall - regime.offset, regime.until_at)
        if start < end:
            periods.append((start, end))
    return periods


def regimes_within(timezone: str, from_at: datetime, until_at: datetime) -> list[Regime]:
    """Offsets in force at some time of the period, in order."""
    found: list[Regime] = []
    for year in range(from_at.year, until_at.year + 1):
        for regime in _regimes_of(timezone, year):
            if regime.until_at <= from_at or regime.from_at >= until_at:
                continue
            if found and found[-1].offset == regime.offset:
                found[-1] = Regime(found[-1].from_at, regime.until_at, regime.offset)
            else:
                found.append(regime)
    return found


@lru_cache(maxsize=ZONE_YEARS_MAX)
def _regimes_of(timezone: str, year: int) -> tuple[Regime, ...]:
    """Offsets of one UTC year. Looks day by day: no zone changes its clock back within a day."""
    zone = ZoneInfo(timezone)
    regimes: list[Regime] = []
    start = day = datetime(year, 1, 1, tzinfo=UTC)
    end = datetime(year + 1, 1, 1, tzinfo=UTC)
    offset = _offset(zone, day)
    while day < end:
        following = day + _DAY
        if _offset(zone, following) != offset:
            change = _change_between(zone, day, following)
            if change < end:
                regimes.append(Regime(start, change, offset))
                start, offset = change, _offset(zone, change)
        day = following
    regimes.append(Regime(start, end, offset))
    return tuple(regimes)


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the zone's offset changes, in (before, after]."""
    offset = _offset(zone, before)
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, before + timedelta(seconds=middle)) == offset:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None, "a zone always knows its offset at an instant"
    return offset


@lru_cache(maxsize=1)
def _zones_by_country() -> dict[str, tuple[str, ...]]:
    """As the zone database lists them: its most populous place first."""
    found: dict[str, list[str]] = {}
    for line in resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text().splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            if is_timezone(zone):
                found.setdefault(country, []).append(zone)
    return {country: tuple(zones) for country, zones in found.items()}


@lru_cache(maxsize=1)
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime", "Factory", "posixrules"}
