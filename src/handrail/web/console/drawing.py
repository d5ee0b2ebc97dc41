"""Templates and assets: all that a page is made of lies here, nothing comes from elsewhere."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from handrail.engine.telling import BECAUSE, spaced, tell_clock

HERE = Path(__file__).resolve().parent
ASSETS = HERE.parent / "assets"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
TONES = {
    "late": "sla_breached escalated incident_opened excluded disqualified meeting_missed".split(),
    "warn": (
        "sla_warned manager_alerted alerted stalled follow_up_short rejected triaged "
        "incident_silenced"
    ).split(),
    "good": (
        "qualified assigned first_action accepted conversation sql meeting_booked handed_over "
        "incident_closed"
    ).split(),
    "faint": (
        "scored notified acknowledged alert_held crm_written requalified no_show_judged"
    ).split(),
}
_TONE = {event: tone for tone, events in TONES.items() for event in events}


class Asset(msgspec.Struct, frozen=True):
    content: bytes
    kind: str
    digest: str


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """By the name under which pages ask for them, which changes with their content."""
    found: dict[str, Asset] = {}
    for path in sorted(ASSETS.iterdir()):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:16]
        found[f"{path.stem}.{digest}{path.suffix}"] = Asset(
            content=content, kind=KINDS[path.suffix], digest=digest
        )
    return found


@lru_cache(maxsize=1)
def _asset_urls() -> dict[str, str]:
    urls = {}
    for name in assets():
        stem, _, suffix = name.split(".")
        urls[f"{stem}.{suffix}"] = f"/assets/{name}"
    return urls


def asset_url(name: str) -> str:
    return _asset_urls()[name]


def asset_text(name: str) -> str:
    """What one of our own assets says, for a document that carries it inside."""
    return (ASSETS / name).read_text("utf-8")


def _target(name: str) -> str:
    return name.removeprefix("team:") if name.startswith("team:") else name


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
    environment.globals["asset"] = asset_url
    environment.filters.update(
        spaced=spaced,
        clock_name=tell_clock,
        because=lambda code: BECAUSE.get(code, spaced(code)),
        target=_target,
        tag=lambda block: block.__struct_config__.tag,
        tone=lambda event: _TONE.get(event, "plain"),
    )
    return environment


def draw(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)
