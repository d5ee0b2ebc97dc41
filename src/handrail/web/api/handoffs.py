"""Handoffs: to look at, to act on."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from handrail.engine.duplicates import check_duplicate
from handrail.engine.intake import Unreadable, read_attribute
from handrail.engine.items import Receipt
from handrail.engine.ports import HandoffFilter
from handrail.engine.views import Explanation, HandoffView, explain, handoff_view, timeline
from handrail.terms import command as cmd
from handrail.terms.handoff import Stage
from handrail.web.api import body as b
from handrail.web.api import shapes as s
from handrail.web.api.answers import PLAIN, PathId, as_json
from handrail.web.api.describe import operation
from handrail.web.api.reading import (
    PAGE_MAX,
    entries_of,
    find_case,
    page_of,
    read_cursor,
    write_cursor,
)
from handrail.web.doors import Doors, enter
from handrail.web.problems import Fault, invalid

router = APIRouter(prefix="/api/v1/handoffs", tags=["handoffs"])

Filter = Annotated[str | None, Query(min_length=1, max_length=200, pattern=PLAIN)]
LATER = "2026-03-09T15:00:00Z"


@router.get("", **operation(scope="handoffs:read", answers={200: s.HandoffPage}, refuses=(422,)))
async def list_handoffs(
    request: Request,
    team: Filter = None,
    owner: Filter = None,
    stage: Stage | None = None,
    open: bool = True,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000, pattern="^[A-Za-z0-9_-]*$")] = None,
) -> Response:
    """Handoffs by their next wake-up, earliest first. `open=false` lists the ended ones too;
    `owner` is a rep or `team:ID`."""
    doors, _ = await enter(request, "handoffs:read")
    query = HandoffFilter(open_only=open, team=team, owner=owner, stage=stage, limit=limit)
    page = await page_of(doors.engine, query, cursor=read_cursor(cursor))
    _, roster = await doors.engine.in_force()
    now = doors.engine.clock.now()
    return as_json(
        s.HandoffPage(
            handoffs=[handoff_view(row.case, roster=roster, now=now) for row in page.cases],
            next=write_cursor(page.next),
        )
    )


@router.get(
    "/{id}", **operation(scope="handoffs:read", answers={200: HandoffView}, refuses=(404, 422))
)
async def show_handoff(request: Request, id: PathId) -> Response:
    """One handoff, by its own id or its lead's."""
    doors, _ = await enter(request, "handoffs:read")
    stored = await find_case(doors.engine, id)
    _, roster = await doors.engine.in_force()
    return as_json(handoff_view(stored.case, roster=roster, now=doors.engine.clock.now()))


@router.get(
    "/{id}/events",
    **operation(scope="handoffs:read", answers={200: s.EventPage}, refuses=(404, 422)),
)
async def list_events(request: Request, id: PathId) -> Response:
    """Everything that happened to the lead, oldest first, as recorded and in plain words."""
    doors, _ = await enter(request, "handoffs:read")
    stored = await find_case(doors.engine, id)
    _, roster = await doors.engine.in_force()
    events = timeline(await entries_of(doors.engine, stored), roster=roster)
    return as_json(s.EventPage(lead=stored.case.lead.id, events=events))


@router.get(
    "/{id}/explanation",
    **operation(scope="handoffs:read", answers={200: Explanation}, refuses=(404, 422)),
)
async def explain_handoff(request: Request, id: PathId) -> Response:
    """Why this owner: clauses of the contract, every candidate's reason, what was missing."""
    doors, _ = await enter(request, "handoffs:read")
    stored = await find_case(doors.engine, id)
    assert stored.case.handoff is not None
    contract = await doors.engine.contract(stored.case.handoff.contract)
    _, roster = await doors.engine.in_force()
    entries = await entries_of(doors.engine, stored)
    return as_json(explain(stored.case, entries=entries, contract=contract, roster=roster))


# --- acts


async def _command(
    request: Request, doors: Doors, actor: str, id: str, command: cmd.Command
) -> Response:
    receipt = await doors.engine.command(
        id,
        command,
        actor=actor,
        idempotency=b.idempotency_of(request, request.state.body_digest, actor=actor),
    )
    return as_json(receipt)


def given_of(body: s.Given) -> dict[str, object]:
    """What a person gave by name, held to the same limits as a lead's attributes."""
    given: dict[str, object] = {}
    for name, value in body.items():
        try:
            given[name] = read_attribute(value)
        except Unreadable as wrong:
            raise invalid([Fault(f"given.{name}", str(wrong))]) from None
    return given


def _act(shape: type, example: dict[str, Any]) -> dict[str, Any]:
    return operation(
        scope="handoffs:write",
        body=shape,
        example=example,
        answers={200: Receipt},
        refuses=(404,),
        is_post=True,
    )


@router.post("/{id}/actions", **_act(s.ActionBody, {"rep": "ada", "act": "call", "until": LATER}))
async def log_act(request: Request, id: PathId) -> Response:
    """A human act toward the buyer. The first one, before the due instant, meets the clock."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.ActionBody)
    from_at, until_at = (
        b.instant(body.from_at, place="from"),
        b.instant(body.until_at, place="until"),
    )
    if from_at is not None and until_at is not None and until_at <= from_at:
        raise invalid([Fault("until", "must lie after `from`")])
    command = cmd.LogAct(rep=body.rep, act=body.act, from_at=from_at, until_at=until_at)
    return await _command(request, doors, actor, id, command)


@router.post("/{id}/accept", **_act(s.AcceptBody, {"rep": "ada"}))
async def accept(request: Request, id: PathId) -> Response:
    """The owner takes it on."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.AcceptBody)
    command = cmd.Accept(rep=body.rep, personal=cmd.Personal(attributes=given_of(body.given)))
    return await _command(request, doors, actor, id, command)


@router.post(
    "/{id}/complete", **_act(s.CompleteBody, {"by": "ada", "given": {"account.employees": 4000}})
)
async def complete(request: Request, id: PathId) -> Response:
    """Give what the contract requires and was missing; fields of the lead, or answers."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.CompleteBody)
    command = cmd.Complete(by=body.by, personal=cmd.Personal(attributes=given_of(body.given)))
    return await _command(request, doors, actor, id, command)


@router.post("/{id}/reject", **_act(s.RejectBody, {"rep": "ada", "code": "wrong_persona"}))
async def reject(request: Request, id: PathId) -> Response:
    """The owner declines it with a code of the contract, which says what follows."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.RejectBody)
    await check_duplicate(doors.engine, id, code=body.code, of=body.of)
    command = cmd.Reject(
        rep=body.rep, code=body.code, of=body.of, personal=cmd.Personal(note=body.note)
    )
    return await _command(request, doors, actor, id, command)


@router.post(
    "/{id}/qualify",
    **_act(
        s.QualifyBody,
        {
            "rep": "ada",
            "problem": "leads wait for two days",
            "authority": "she signs",
            "next_step_at": LATER,
        },
    ),
)
async def qualify(request: Request, id: PathId) -> Response:
    """Sales-qualified: what the contract's `sql.require` asks for must be given."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.QualifyBody)
    words = {"problem": body.problem, "authority": body.authority}
    given = {name: text for name, text in words.items() if text is not None and text.strip()}
    note = "; ".join(f"{name}: {text}" for name, text in given.items())
    command = cmd.QualifySql(
        rep=body.rep,
        next_step_at=b.instant(body.next_step_at, place="next_step_at"),
        answers=tuple(given),
        personal=cmd.Personal(note=note or None, attributes=given_of(body.given)),
    )
    return await _command(request, doors, actor, id, command)


@router.post("/{id}/conversation", **_act(s.ConversationBody, {"rep": "ada"}))
async def converse(request: Request, id: PathId) -> Response:
    """The buyer answered."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.ConversationBody)
    return await _command(request, doors, actor, id, cmd.LogConversation(rep=body.rep))


@router.post(
    "/{id}/override",
    **_act(s.OverrideBody, {"by": "mo", "owner": "ben", "reason": "he knows the account"}),
)
async def override(request: Request, id: PathId) -> Response:
    """A person's change of a decision: exactly one of owner, stage, score and release."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.OverrideBody)
    named = [body.owner, body.stage, body.score, body.release]
    if sum(value is not None for value in named) != 1:
        raise invalid([Fault("body", "name exactly one of owner, stage, score and release")])
    command = cmd.Override(
        by=body.by,
        owner=body.owner,
        stage=body.stage,
        score=body.score,
        release=body.release or False,
        personal=cmd.Personal(note=body.reason),
    )
    return await _command(request, doors, actor, id, command)


@router.post(
    "/{id}/pause",
    **_act(s.PauseBody, {"by": "mo", "until": LATER, "reason": "the buyer is away"}),
)
async def pause(request: Request, id: PathId) -> Response:
    """No clock of it runs until then."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.PauseBody)
    until = b.instant(body.until, place="until")
    assert isinstance(until, datetime)
    command = cmd.Pause(by=body.by, until=until, personal=cmd.Personal(note=body.reason))
    return await _command(request, doors, actor, id, command)


# --- its incident


@router.post("/{id}/incident/close", **_act(s.IncidentCloseBody, {"by": "mo", "code": "staffing"}))
async def close_incident(request: Request, id: PathId) -> Response:
    """A person ends the paging and says why it came to that."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.IncidentCloseBody)
    note = cmd.Personal(note=body.note)
    command = cmd.CloseIncident(by=body.by, code=body.code, personal=note)
    return await _command(request, doors, actor, id, command)


@router.post(
    "/{id}/incident/silence",
    **_act(
        s.IncidentSilenceBody, {"by": "mo", "until": LATER, "reason": "I am calling her myself"}
    ),
)
async def silence_incident(request: Request, id: PathId) -> Response:
    """Its pages wait until then; it stays open."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.IncidentSilenceBody)
    until = b.instant(body.until, place="until")
    assert isinstance(until, datetime)
    note = cmd.Personal(note=body.reason)
    command = cmd.SilenceIncident(by=body.by, until=until, personal=note)
    return await _command(request, doors, actor, id, command)
