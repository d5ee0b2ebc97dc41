"""The look of the pages behind links; whatever came from outside is escaped by the template."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi.responses import HTMLResponse

from handrail.web.console.drawing import asset_url

HEADERS = {"cache-control": "no-store", "referrer-policy": "same-origin"}


def page(status: int, heading: str, said: str = "") -> HTMLResponse:
    """One that says something, and asks nothing."""
    return form("frame.html", status=status, heading=heading, said=said)


def form(template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    text = _environment().get_template(template).render(**values)
    return HTMLResponse(text, status_code=status, headers=HEADERS)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = asset_url
    return environment
