"""The console's page of what could not be delivered, and what a person does about it."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from handrail.engine.delivery_view import tell_channel
from handrail.engine.items import Refused
from handrail.engine.parked import (
    cancel,
    deliveries_in,
    late_queues,
    move,
    other_channels,
    retry,
    retry_channel,
)
from handrail.engine.ports import Queue
from handrail.web.api.answers import PathId
from handrail.web.console.pages import (
    Form,
    enter_page,
    enter_to_act,
    may_act,
    page,
    people_of,
    who_and_why,
)
from handrail.web.doors import Doors

SHOWN_MAX = 200
DONE = {
    "retried": "It waits to be sent again.",
    "cancelled": "It was given up: nobody is told.",
    "moved": "It goes by the other channel now.",
    "none": "Nothing of that channel was left to send again.",
}

router = APIRouter(include_in_schema=False)


@router.get("/deliveries")
async def show_deliveries(request: Request) -> Response:
    """What could not be delivered and waits for a person."""
    doors = await enter_page(request)
    asked = request.query_params
    done, by = DONE.get(asked.get("done", ""), ""), asked.get("by", "")
    count = asked.get("count", "")
    if count.isdecimal() and len(count) < 6:
        done = f"{int(count)} {'waits' if int(count) == 1 else 'wait'} to be sent again."
    return await _shown(doors, may=await may_act(doors, request), form={"by": by}, done=done)


@router.post("/deliveries/{key}/retry")
async def retry_one(request: Request, key: PathId) -> Response:
    doors, form = await enter_to_act(request)
    try:
        by, because = await who_and_why(doors, form)
        await retry(doors.engine, key, by=by, because=because)
    except Refused as refused:
        return await _refused(doors, form, refused)
    return _done("retried", by)


@router.post("/deliveries/{key}/cancel")
async def cancel_one(request: Request, key: PathId) -> Response:
    doors, form = await enter_to_act(request)
    try:
        by, because = await who_and_why(doors, form)
        await cancel(doors.engine, key, by=by, because=because)
    except Refused as refused:
        return await _refused(doors, form, refused)
    return _done("cancelled", by)


@router.post("/deliveries/{key}/move/{channel}")
async def move_one(request: Request, key: PathId, channel: PathId) -> Response:
    doors, form = await enter_to_act(request)
    try:
        by, because = await who_and_why(doors, form)
        await move(doors.engine, key, channel=channel, by=by, because=because)
    except Refused as refused:
        return await _refused(doors, form, refused)
    return _done("moved", by)


@router.post("/deliveries/of/{channel}/retry-all")
async def retry_all(request: Request, channel: PathId) -> Response:
    doors, form = await enter_to_act(request)
    try:
        by, because = await who_and_why(doors, form)
    except Refused as refused:
        return await _refused(doors, form, refused)
    count = await retry_channel(doors.engine, channel, by=by, because=because)
    return _done("retried" if count else "none", by, count=count)


def _done(what: str, by: str, *, count: int = 0) -> Response:
    told = f"count={count}" if count else f"done={what}"
    return RedirectResponse(f"/deliveries?{told}&by={quote(by)}", status_code=303)


async def _refused(doors: Doors, form: Form, refused: Refused) -> Response:
    """The page anew, with what was typed; what is refused is said above the form."""
    return await _shown(doors, may=True, form=form, wrong=refused.message, status=422)


async def _shown(
    doors: Doors, *, may: bool, form: Form, done: str = "", wrong: str = "", status: int = 200
) -> Response:
    rows = await deliveries_in(doors.engine, "parked", after="", limit=SHOWN_MAX + 1)
    late = [_late(one) for one in await late_queues(doors.engine)]
    _, roster = await doors.engine.in_force()
    values: dict[str, Any] = {
        "rows": [(row, _others(doors, row.channel)) for row in rows[:SHOWN_MAX]],
        "late": late,
        "channels": _names(sorted({row.channel for row in rows})),
        "more": len(rows) > SHOWN_MAX,
        "people": people_of(roster),
        "may_act": may,
        "by": form.get("by", ""),
        "reason": form.get("reason", ""),
        "done": done,
        "wrong": wrong,
    }
    return page(doors, "deliveries.html", status=status, place="deliveries", **values)


def _late(queue: Queue) -> tuple[str, int, datetime, str]:
    return tell_channel(queue.channel), queue.count, queue.since, queue.reason or ""


def _others(doors: Doors, channel: str) -> list[tuple[str, str]]:
    return _names(other_channels(doors.engine, channel))


def _names(channels: Any) -> list[tuple[str, str]]:
    return [(channel, tell_channel(channel)) for channel in channels]


def put_on(app: FastAPI) -> None:
    app.include_router(router)
