"""What the buyer's pages are drawn from: times told in the buyer's own zone."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
import msgspec

from handrail.kernel.slots import Slot
from handrail.terms.zones import is_timezone, timezone_names
from handrail.web.console.drawing import asset_url

HERE = Path(__file__).resolve().parent
ASSETS_AT = "/book/assets/"


class Time(msgspec.Struct, frozen=True):
    at: str  # the instant, as the form sends it back
    told: str  # what the wall clock shows then


class Day(msgspec.Struct, frozen=True):
    on: date
    told: str
    times: tuple[Time, ...]


def zone_of(*wanted: object) -> str:
    """The first that is the name of a zone."""
    return next((name for name in wanted if isinstance(name, str) and is_timezone(name)), "UTC")


def days_of(slots: Sequence[Slot], *, zone: str) -> tuple[Day, ...]:
    """Times by the buyer's own dates."""
    days: dict[date, list[Time]] = {}
    for slot in sorted(slots):
        local = slot.from_at.astimezone(ZoneInfo(zone))
        time = Time(at=slot.from_at.isoformat().replace("+00:00", "Z"), told=_hour(local))
        days.setdefault(local.date(), []).append(time)
    return tuple(
        Day(on=on, told=f"{on:%A, %-d %B}", times=tuple(times))
        for on, times in sorted(days.items())
    )


def _hour(local: datetime) -> str:
    """An hour that the clock repeats is told apart."""
    return f"{local:%H:%M}" if not local.fold else f"{local:%H:%M %Z}"


def tell_when(from_at: datetime, until_at: datetime, *, zone: str) -> str:
    begins, ends = (at.astimezone(ZoneInfo(zone)) for at in (from_at, until_at))
    return f"{begins:%A, %-d %B %Y, %H:%M} to {ends:%H:%M}"


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """Those that people choose from: of places, not of offsets."""
    return tuple(
        name
        for name in timezone_names()
        if name == "UTC" or ("/" in name and not name.startswith(("Etc/", "SystemV/", "US/")))
    )


def draw(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = lambda name: ASSETS_AT + asset_url(name).rpartition("/")[2]
    return environment
