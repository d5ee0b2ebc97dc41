"""Over which channels a person is told, and of what not."""

from fastapi import APIRouter, Request, Response

from handrail.contract.model import Always
from handrail.engine.alerts import KINDS
from handrail.engine.choice import check_choice, check_may_choose, is_kept
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import Choice
from handrail.web.api import body as b
from handrail.web.api import shapes as s
from handrail.web.api.answers import PathId, as_json
from handrail.web.api.describe import operation
from handrail.web.auth import actor_of, admit
from handrail.web.doors import doors_of, enter

router = APIRouter(prefix="/api/v1/people", tags=["people"])


@router.get(
    "/{id}/channels",
    **operation(scope="handoffs:read", answers={200: s.ChannelsAnswer}, refuses=(404, 422)),
)
async def show_channels(request: Request, id: PathId) -> Response:
    """What the person chose; without a choice, all channels and all alerts."""
    doors, _ = await enter(request, "handoffs:read")
    always = await _always(doors.engine, id)
    return as_json(_answer(id, await doors.engine.store.choice(id), always))


@router.put(
    "/{id}/channels",
    **operation(
        scope="handoffs:write",
        body=s.ChannelsBody,
        example={"channels": ["email", "slack"], "off": ["stalled"]},
        answers={200: s.ChannelsAnswer},
        refuses=(403, 404),
    ),
)
async def choose_channels(request: Request, id: PathId) -> Response:
    """Counts from the next message that is sent. What the contract keeps on cannot be refused.
    People choose for themselves, managers for their teams, keys with `roster:write` for anybody."""
    doors = doors_of(request)
    key = await admit(request, "handoffs:write", keys=doors.keys)
    body = await b.read_shape(request, s.ChannelsBody)
    always = await _always(doors.engine, id)
    _, roster = await doors.engine.in_force()
    check_may_choose(whose=id, key=key, roster=roster)
    choice = Choice(
        person=id,
        channels=tuple(dict.fromkeys(body.channels)),
        off=tuple(dict.fromkeys(body.off)),
        at=doors.engine.clock.now(),
        by=actor_of(key),
    )
    check_choice(choice, always=always)
    await doors.engine.people.choose(choice)
    return as_json(_answer(id, choice, always))


async def _always(engine: Engine, person: str) -> Always:
    contract, roster = await engine.in_force()
    if person not in roster.reps and person not in roster.people:
        raise Refused("not_found", f"nobody in the roster is called {person!r}")
    return contract.alerts.always if contract is not None else Always()


def _answer(person: str, choice: Choice | None, always: Always) -> s.ChannelsAnswer:
    return s.ChannelsAnswer(
        person=person,
        channels=list(choice.channels) if choice is not None else [],
        off=list(choice.off) if choice is not None else [],
        kept=sorted(kind for kind in KINDS if is_kept(kind, always=always)),
        kept_channels=list(always.channels),
    )
