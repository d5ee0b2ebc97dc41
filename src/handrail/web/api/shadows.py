"""What a candidate would have decided, beside the contract in force."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from handrail.engine.shadowing import LISTED_MAX, ShadowReport, shadow_report
from handrail.web.api.answers import PathId, as_json
from handrail.web.api.describe import operation
from handrail.web.doors import enter

router = APIRouter(prefix="/api/v1/contracts", tags=["contracts"])


@router.get(
    "/{digest}/shadow",
    **operation(scope="handoffs:read", answers={200: ShadowReport}, refuses=(404, 422)),
)
async def show_shadow(
    request: Request,
    digest: PathId,
    limit: Annotated[int, Query(ge=0, le=1_000)] = LISTED_MAX,
) -> Response:
    """How often the version would have decided otherwise, by kind, and the latest differences."""
    doors, _ = await enter(request, "handoffs:read")
    return as_json(await shadow_report(doors.engine, digest, limit=limit))
