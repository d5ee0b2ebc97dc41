"""The script line by which somebody gives what a rep has open to their cover."""

from collections.abc import Mapping
from typing import Any

from handrail.engine.covering import pass_on
from handrail.engine.engine import Engine
from handrail.engine.items import Refused


async def give_to_cover(engine: Engine, given: Mapping[str, Any]) -> None:
    """Raises `Refused` with all that stays, once the rest was moved."""
    to = given.get("to")
    done = await pass_on(
        engine,
        str(given["cover"]),
        to=str(to) if to is not None else None,
        by=str(given["by"]),
        reason=str(given["reason"]),
        actor="script",
    )
    if done.refused is not None:
        raise Refused("nobody_covers", done.refused)
    if done.stays:
        left = "; ".join(f"{one.lead} stays: {one.message}" for one in done.stays)
        raise Refused("stays", left)
