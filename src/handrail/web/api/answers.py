"""Answers as JSON, and the types of what stands in a path or query."""

from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from fastapi import Path, Response

PLAIN = r"^[^\x00-\x1f\x7f]+$"
PathId = Annotated[str, Path(min_length=1, max_length=200, pattern=PLAIN)]
_encode = msgspec.json.Encoder().encode


def as_json(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        _encode(value), status_code=status, media_type="application/json", headers=headers
    )


def links_of(lead: str, *, handoff: bool) -> dict[str, str]:
    """Where to look next."""
    name = quote(lead, safe="")
    if not handoff:
        return {}
    return {
        "handoff": f"/api/v1/handoffs/{name}",
        "events": f"/api/v1/handoffs/{name}/events",
        "explanation": f"/api/v1/handoffs/{name}/explanation",
        "page": f"/leads/{name}",
    }
