"""Who answers: presence of one rep, the roster of all."""

import hashlib
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from handrail.contract.findings import Finding
from handrail.contract.roster import check_working_time, read_roster_text
from handrail.contract.roster.reading import ROSTER_BYTES_MAX, RosterFile
from handrail.engine.choice import check_may_choose
from handrail.engine.covering import PassedOn, pass_on
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import StoredRoster
from handrail.engine.presence import bounded, presence_now
from handrail.terms.people import Presence
from handrail.web.api import body as b
from handrail.web.api import shapes as s
from handrail.web.api.answers import PathId, as_json
from handrail.web.api.describe import operation
from handrail.web.api.once import once
from handrail.web.auth import actor_of, admit
from handrail.web.doors import doors_of, enter
from handrail.web.problems import MEDIA_TYPE, Fault, Problem, invalid

YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain")
CSV_TYPES = ("text/csv",)
ROSTER_TYPES = (*YAML_TYPES, *CSV_TYPES)
TEXT: dict[str, Any] = {"type": "string"}
ROSTER_EXAMPLE = """\
roster: acme
teams:
  - {name: inbound, manager: mo, members: [ada]}
reps:
  - {id: ada, name: Ada Adler, email: ada@acme.example, timezone: America/New_York}
people:
  - {id: mo, name: Mo Malik, email: mo@acme.example}
"""

router = APIRouter(prefix="/api/v1", tags=["people"])


@router.get(
    "/reps/{id}/presence",
    **operation(scope="handoffs:read", answers={200: s.PresenceAnswer}, refuses=(404, 422)),
)
async def show_presence(request: Request, id: PathId) -> Response:
    """What the rep says, or a telephone system sees, right now."""
    doors, _ = await enter(request, "handoffs:read")
    await _known_rep(doors.engine, id)
    day = (await doors.engine.people.days())[id]
    found, by = presence_now(day.conditions, now=doors.engine.clock.now())
    return as_json(s.PresenceAnswer(rep=id, state=found.state, until=found.until, by=by))


@router.get(
    "/reps/{id}/capacity",
    **operation(scope="handoffs:read", answers={200: s.CapacityAnswer}, refuses=(404, 422)),
)
async def show_capacity(request: Request, id: PathId) -> Response:
    """What the rep has in hand and was given, what limits it, and how soon they act."""
    doors, _ = await enter(request, "handoffs:read")
    await _known_rep(doors.engine, id)
    return await _capacity(doors.engine, id)


async def _capacity(engine: Engine, id: str) -> Response:
    _, roster = await engine.in_force()
    day = (await engine.people.days())[id]
    load = day.load
    return as_json(
        s.CapacityAnswer(
            rep=id,
            open=load.open,
            filled=load.filled,
            unworked=load.unworked,
            timed=load.timed,
            day=load.day,
            week=load.week,
            month=load.month,
            caps=msgspec.to_builtins(roster.reps[id].caps),
            observed=day.handling.observed,
            first_action_minutes=day.handling.minutes,
            pipeline=day.conditions.pipeline,
            why_not=day.why_not,
        )
    )


@router.put(
    "/reps/{id}/pipeline",
    **operation(
        scope="handoffs:write",
        body=s.PipelineBody,
        example={"load": 12},
        answers={200: s.CapacityAnswer},
        refuses=(404,),
    ),
)
async def set_pipeline(request: Request, id: PathId) -> Response:
    """What the CRM says that the rep carries. Takes effect at once, as presence does."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.PipelineBody)
    await _known_rep(doors.engine, id)
    await doors.engine.people.set_pipeline(id, body.load, actor=actor)
    return await _capacity(doors.engine, id)


@router.put(
    "/reps/{id}/presence",
    **operation(
        scope="handoffs:write",
        body=s.PresenceBody,
        example={"state": "away", "until": "2026-03-02T16:00:00Z"},
        answers={200: s.PresenceAnswer},
        refuses=(404,),
    ),
)
async def set_presence(request: Request, id: PathId) -> Response:
    """Takes effect at once: the pools that the rep serves are looked at again. Nobody is away or
    on a call for ever: `until` of the answer is when they are taken to be available again."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.PresenceBody)
    await _known_rep(doors.engine, id)
    said = Presence(state=body.state, until=b.instant(body.until, place="until"))
    presence = bounded(said, now=doors.engine.clock.now())
    await doors.engine.people.set_presence(id, presence, actor=actor)
    by = actor if presence.state != "available" else None
    return as_json(s.PresenceAnswer(rep=id, state=presence.state, until=presence.until, by=by))


@router.post(
    "/reps/{id}/hand-over",
    **operation(
        scope="handoffs:write",
        body=s.PassOnBody,
        example={"by": "mo", "reason": "ill until Friday"},
        answers={200: PassedOn},
        refuses=(403, 404, 409),
        is_post=True,
    ),
)
async def hand_over(request: Request, id: PathId) -> Response:
    """All that the rep has open goes to their cover, or to `to`, with the meetings that are booked.
    409 where nobody covers; what cannot be moved is in `stays`, each with its reason."""
    doors = doors_of(request)
    key = await admit(request, "handoffs:write", keys=doors.keys)
    body = await b.read_shape(request, s.PassOnBody)
    _, roster = await doors.engine.in_force()
    await _known_rep(doors.engine, id)
    check_may_choose(whose=id, key=key, roster=roster)
    actor = actor_of(key)

    async def do() -> Response:
        done = await pass_on(
            doors.engine, id, to=body.to, by=body.by, reason=body.reason, actor=actor
        )
        if done.refused is None:
            return as_json(done)
        told = msgspec.to_builtins(Problem(409, "nobody_covers", done.refused).body())
        told["stays"] = msgspec.to_builtins(done.stays)
        return Response(msgspec.json.encode(told), status_code=409, media_type=MEDIA_TYPE)

    return await once(doors, b.idempotency_of(request, request.state.body_digest, actor=actor), do)


async def _known_rep(engine: Engine, rep: str) -> None:
    _, roster = await engine.in_force()
    if rep not in roster.reps:
        raise Refused("not_found", f"no rep {rep!r} in the roster")


@router.get(
    "/roster",
    **operation(
        scope="handoffs:read",
        answers={200: None},
        answer_types=("application/yaml", "text/csv"),
        refuses=(404,),
    ),
)
async def show_roster(request: Request) -> Response:
    """The text of the roster in force."""
    doors, _ = await enter(request, "handoffs:read")
    head = await doors.engine.store.head()
    stored = await doors.engine.store.roster(head.roster) if head.roster is not None else None
    if stored is None:
        raise Refused("not_found", "no roster is in force yet: PUT one here")
    kind = CSV_TYPES[0] if stored.format == "csv" else YAML_TYPES[0]
    headers = {"ETag": f'"{stored.digest}"', "Content-Type": f"{kind}; charset=utf-8"}
    return Response(stored.source.encode(), headers=headers)


@router.put(
    "/roster",
    **operation(
        scope="roster:write",
        body=TEXT,
        body_types=ROSTER_TYPES,
        example=ROSTER_EXAMPLE,
        answers={200: s.RosterAnswer},
    ),
)
async def put_roster(request: Request) -> Response:
    """Put a roster in force at once. What is wrong with it is told with line and column."""
    doors, actor = await enter(request, "roster:write")
    raw = await b.read_bytes(request, bytes_max=ROSTER_BYTES_MAX, types=ROSTER_TYPES)
    is_table = b.media_type(request) in CSV_TYPES
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise b.unreadable("body", "is not UTF-8; save the file as UTF-8") from None
    if "\0" in text:
        raise b.unreadable("body", "holds a NUL; send plain text")
    if not is_table:
        b.check_escapes(text, code="bad_roster")
    read = read_roster_text(text, name="roster.csv" if is_table else "roster.yaml")
    if not isinstance(read, RosterFile):
        raise invalid([fault_of(finding) for finding in read], code="bad_roster")
    await _check_hours(doors.engine, read)
    digest = hashlib.sha256(text.encode()).hexdigest()
    stored = StoredRoster(digest=digest, source=text, format="csv" if is_table else "yaml")
    await doors.engine.adopt_roster(stored, actor=actor)
    roster = read.roster
    return as_json(
        s.RosterAnswer(
            digest=digest, name=roster.name, teams=len(roster.teams), reps=len(roster.reps)
        )
    )


async def _check_hours(engine: Engine, read: RosterFile) -> None:
    """Under a business clock a team that never works would never be due."""
    for contract in await engine.contracts_in_force():
        if contract.sla.clock != "business":
            continue
        findings = check_working_time(
            read.roster, now=engine.clock.now(), teams=contract.teams_named(), places=read.places
        )
        if findings:
            raise invalid([fault_of(finding) for finding in findings], code="bad_roster")


def fault_of(finding: Finding) -> Fault:
    return Fault(f"line {finding.line}, column {finding.column}", finding.message)
