"""Due wake-ups, taken in the order in which they fell due."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import assert_never

import msgspec
import structlog

from handrail.engine.ports import WakeKey
from handrail.engine.work import Work
from handrail.kernel.clockwork import wake_at
from handrail.terms import command as cmd

PARKED_FOR = timedelta(hours=1)  # a case whose decision failed is looked at again after this

log = structlog.get_logger()


class Due(msgspec.Struct, frozen=True):
    """One wake-up. At one instant cases come first, then versions, reps and teams by their ids."""

    at: datetime
    of: str  # lead id, or the id of a team, rep or version
    key: WakeKey | None = None  # None: a case's


class Taken(msgspec.Struct, frozen=True):
    count: int
    failed: tuple[str, ...]  # leads whose decision failed an assertion


async def take_due(
    work: Work,
    *,
    limit: int,
    watch_leave: Callable[[Work, str], Awaitable[None]],
    wake_contract: Callable[[Work, str], Awaitable[None]],
) -> Taken:
    """Take up to `limit` of each kind. A pool is served at its turn; what ran out while it
    waited there is the pool's breach, and is looked at before anybody is bound to it."""
    failed = []
    due = await _due(work, limit=limit)
    for item in due:
        if item.key is None:
            if not _wake(work, item.of):
                failed.append(item.of)
            continue
        work.batch.wakes[item.key] = None
        match item.key.kind:
            case "team":
                work.touch_team(item.of)
                await work.serve_pools()
            case "rep" if item.of in work.standing.roster.reps:
                await watch_leave(work, item.of)
            case "contract":
                await wake_contract(work, item.of)
            case "rep":
                pass  # who left the roster since
            case _:
                assert_never(item.key.kind)
    return Taken(count=len(due), failed=tuple(failed))


def look_first(work: Work, lead: str, command: cmd.Command) -> None:
    """Before somebody else becomes the owner: what has run out is the breach of who had it. Other
    commands look at the clocks themselves, or change none."""
    case = work.case(lead)
    handoff = case.handoff if case is not None else None
    if handoff is None or not isinstance(command, cmd.Override | cmd.LeaveOwner):
        return
    if any(clock.due_at <= work.now for clock in handoff.clocks):
        _wake(work, lead)


async def _due(work: Work, *, limit: int) -> list[Due]:
    stored = await work.unit.due(now=work.now, limit=limit)
    await work.know(stored)
    cases = [
        Due(
            at=wake_at(item.case.handoff, now=work.now) or work.now,
            of=item.case.lead.id,
        )
        for item in stored
    ]
    wakes = await work.unit.due_wakes(now=work.now, limit=limit)
    others = [Due(at=at, of=key.id, key=key) for key, at in wakes]
    return sorted(
        [*cases, *others],
        key=lambda item: (item.at, "" if item.key is None else item.key.kind, item.of),
    )


def _wake(work: Work, lead: str) -> bool:
    """A decision that fails parks its handoff for a person; the engine goes on."""
    try:
        work.decide(lead=lead, command=cmd.Wake(), actor="system")
    except AssertionError:
        log.exception("decision_failed", lead=lead)
        work.park(lead, until=work.now + PARKED_FOR)
        return False
    return True
