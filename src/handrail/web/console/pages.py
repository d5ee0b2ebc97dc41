"""The pages themselves: board, lead, sign-in, and the assets that they are drawn with."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import parse_qs, quote

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from handrail.engine.alerts import Brief, brief_of
from handrail.engine.alerts.ignored import if_ignored
from handrail.engine.alerts.message import next_clock
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.keys import ApiKey
from handrail.engine.owners import likely_owners
from handrail.engine.parked import deliveries_of
from handrail.engine.ports import StoredCase
from handrail.engine.telling import Names, tell_clock
from handrail.engine.views import (
    EventView,
    Explanation,
    company_of,
    explain,
    handoff_view,
    name_of,
    signals_of,
    timeline,
    warned_from,
)
from handrail.kernel.decision import Case
from handrail.terms.people import Roster
from handrail.web.api.answers import PathId
from handrail.web.api.figures import open_stream
from handrail.web.api.reading import entries_of, read_cursor
from handrail.web.auth import COOKIE, SESSION_IDLE, may
from handrail.web.console.board import Asked, board_of, row_of
from handrail.web.console.booking_card import card_of
from handrail.web.console.contracts import version_page, versions_of
from handrail.web.console.drawing import assets, draw
from handrail.web.doors import Doors, doors_of
from handrail.web.problems import Problem

FOREVER = "public, max-age=31536000, immutable"
SIGNALS_SHOWN = 20
DELIVERIES_SHOWN = 30  # the latest of a lead
FORM_BYTES_MAX = 4_096
TEXT_MAX = 200

NOTE_MAX = 500

Form = dict[str, str]
router = APIRouter(include_in_schema=False)


class SignInFirst(Exception):
    """A page was asked for without a session."""


async def enter_page(request: Request) -> Doors:
    """The doors, for somebody who may look at handoffs. Raises SignInFirst."""
    doors = doors_of(request)
    if doors.keys is None:
        return doors
    key = await key_of(doors, request)
    if key is None or not may(key, "handoffs:read"):
        raise SignInFirst
    return doors


async def enter_to_act(request: Request) -> tuple[Doors, dict[str, str]]:
    """With the form that was sent. Raises SignInFirst, and Problem for a key that may only look."""
    doors = await enter_page(request)
    if not await may_act(doors, request):
        raise Problem(403, "forbidden", "Your key may look at handoffs, and change none.")
    return doors, await form_of(request)


async def may_act(doors: Doors, request: Request) -> bool:
    if doors.keys is None:
        return True
    key = await key_of(doors, request)
    return key is not None and may(key, "handoffs:write")


async def key_of(doors: Doors, request: Request) -> ApiKey | None:
    """With which the session was begun; None in open access too."""
    if doors.keys is None:
        return None
    now = doors.engine.clock.now()
    token = doors.sessions.token(request.cookies.get(COOKIE), now=now)
    return await doors.keys.check(token) if token is not None else None


def people_of(roster: Roster) -> list[tuple[str, str]]:
    """Ids and names, managers first."""
    managers = {team.manager for team in roster.teams.values()}
    names = {id: person.name for id, person in roster.people.items()}
    names |= {id: rep.name for id, rep in roster.reps.items()}
    return sorted(names.items(), key=lambda one: (one[0] not in managers, one[1], one[0]))


async def who_and_why(doors: Doors, form: Form) -> tuple[str, str]:
    """What a form says of both. Raises Refused."""
    by, because = form.get("by", ""), form.get("reason", "").strip()
    _, roster = await doors.engine.in_force()
    if by not in dict(people_of(roster)):
        raise Refused("bad_value", "choose who you are: the roster has nobody of that name")
    if not because or len(because) > NOTE_MAX or not because.isprintable():
        raise Refused("bad_value", f"say why, in one line of at most {NOTE_MAX} characters")
    return by, because


def page(
    doors: Doors,
    template: str,
    *,
    status: int = 200,
    live: bool = False,
    place: str | None = None,
    **values: Any,
) -> Response:
    """`place`: where in the console it is, for somebody who was let in; `live`: it follows the
    stream of changes."""
    values.setdefault("now", doors.engine.clock.now())
    values.setdefault("observes", doors.settings.observes)
    inside = place is not None
    signed_in = doors.keys is not None and inside
    text = draw(template, live=live, signed_in=signed_in, inside=inside, place=place, **values)
    return HTMLResponse(text, status_code=status)


def message_page(doors: Doors, problem: Problem) -> Response:
    """A problem for people."""
    headings = {404: "Not here", 503: "Not at the moment", 403: "Not allowed"}
    heading = headings.get(problem.status, "That did not work")
    answer = page(
        doors, "message.html", status=problem.status, heading=heading, text=problem.detail
    )
    answer.headers.update(problem.headers)
    return answer


# --- the board


@router.get("/")
async def show_board(request: Request) -> Response:
    doors = await enter_page(request)
    values = await board_of(doors.engine, _asked(request.query_params))
    return page(doors, "board.html", live=True, place="board", origin=_origin(request), **values)


@router.get("/board")
async def show_rows(request: Request) -> Response:
    """The board's rows alone, for a page that is open already."""
    doors = await enter_page(request)
    values = await board_of(doors.engine, _asked(request.query_params))
    text = draw("rows.html", origin=_origin(request), **values)
    rows = "|".join(f"{row['id']} {row['sign']} {row['title']}" for row in values["rows"])
    told = f"{values['total']} {values['parked']} {values['has_contract']} {rows}"
    etag = f'"{hashlib.sha256(told.encode()).hexdigest()[:16]}"'
    headers = {"ETag": etag, "X-Handrail-Now": values["now"].isoformat()}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return HTMLResponse(text, headers=headers)


def _asked(params: Mapping[str, str]) -> Asked:
    given = {
        name: params.get(name, "")[:TEXT_MAX].replace("\0", "")
        for name in ("team", "owner", "type")
    }
    return Asked(
        team=given["team"] or None,
        owner=given["owner"] or None,
        lead_type=given["type"] or None,
        cursor=read_cursor(params.get("cursor")),
    )


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


@router.get("/changes")
async def changes(request: Request) -> Response:
    """The stream of `/api/v1/stream`, for pages."""
    doors = await enter_page(request)
    told = request.headers.get("last-event-id", "")
    after = int(told) if told.isdecimal() and len(told) < 16 else None
    return open_stream(doors, after=after)


# --- one lead

Facts = list[tuple[str, str | datetime]]


@router.get("/leads/{lead}")
async def show_lead(request: Request, lead: PathId) -> Response:
    return await lead_page(await enter_page(request), request, lead)


async def lead_page(
    doors: Doors,
    request: Request,
    lead: str,
    *,
    wrong: str = "",
    form: Form | None = None,
    status: int = 200,
) -> Response:
    """`wrong`: what was refused; `form`: what was typed, so that it is there still."""
    stored = await _find(doors.engine, lead)
    if stored is None:
        raise Problem(404, "not_found", f"There is no lead {lead}.")
    values = await _lead(doors.engine, stored)
    handoff = stored.case.handoff
    if handoff is not None and handoff.is_open and await may_act(doors, request):
        _, roster = await doors.engine.in_force()
        values["people"] = people_of(roster)
        values["owners"] = likely_owners(handoff, roster=roster)
        values["booking"] = await card_of(doors, handoff)
    typed = dict.fromkeys(("owner", "by", "reason"), "") | (form or {})
    return page(
        doors,
        "lead.html",
        live=True,
        place="lead",
        wrong=wrong,
        typed=typed,
        status=status,
        **values,
    )


async def _find(engine: Engine, lead: str) -> StoredCase | None:
    """By handoff or lead id; also a lead that has no handoff, which only a unit can look up."""
    found = await engine.store.case_of_handoff(lead)
    if found is None:
        async with engine.store.write() as unit:
            found = (await unit.cases([lead])).get(lead)
    return found


async def _lead(engine: Engine, stored: StoredCase) -> dict[str, Any]:
    case = stored.case
    _, roster = await engine.in_force()
    now = engine.clock.now()
    entries = await entries_of(engine, stored)
    decision, ahead = None, Facts()
    if case.handoff is not None:
        contract = await engine.contract(case.handoff.contract)
        zone = contract.timezone
        ahead = _ahead(brief_of(case=case, contract=contract, for_owner=True, zone=zone))
        clock = next_clock(case.handoff)
        if clock is not None:
            ignored = if_ignored(
                "assigned" if case.handoff.incident is None else "incident",
                clock=clock,
                handoff=case.handoff,
                contract=contract,
                roster=roster,
                zone=zone,
            )
            ahead.append(("if not", ignored))
        decision = explain(case, entries=entries, contract=contract, roster=roster)
    signals = signals_of(case)
    return {
        "people": [],
        "owners": [],
        "booking": None,
        "now": now,
        "lead": case.lead,
        "title": name_of(case) or case.lead.email or case.lead.id,
        "company": company_of(case),
        "signals": signals[:SIGNALS_SHOWN],
        "more_signals": len(signals) - SIGNALS_SHOWN if len(signals) > SIGNALS_SHOWN else 0,
        "brief": [("Next", ahead), *_brief(case)],
        "deliveries": (await deliveries_of(engine, case.lead.id))[-DELIVERIES_SHOWN:],
        "days": days_of(timeline(entries, roster=roster)),
        **_handoff(case, roster=roster, now=now),
        **_decision(decision, roster=roster),
    }


def _handoff(case: Case, *, roster: Roster, now: datetime) -> dict[str, Any]:
    if case.handoff is None:
        return {"row": None, "clocks": []}
    row = row_of(handoff_view(case, roster=roster, now=now), case=case, now=now)
    names = Names(roster)
    row["breaches"] = [
        {**msgspec.structs.asdict(breach), "name": names.of(breach.owner)}
        for breach in row["breaches"]
    ]
    clocks = [
        {
            "urgency": "running",
            "clocks": [clock],
            "due_at": clock.due_at,
            "warn_at": warned_from(clock),
            "paused_until": row["paused_until"],
            "clock_name": tell_clock(clock.kind),
            "left": "",
        }
        for clock in sorted(case.handoff.clocks, key=lambda clock: (clock.due_at, clock.kind))
    ]
    return {"row": row, "clocks": clocks}


def _decision(decision: Explanation | None, *, roster: Roster) -> dict[str, Any]:
    if decision is None:
        return {"decision": None, "latest": None, "earlier": []}
    names = Names(roster)
    routings = [
        {
            **{n: getattr(routing, n) for n in routing.__struct_fields__},
            "owner_name": names.of(routing.owner),
        }
        for routing in decision.routings
    ]
    return {
        "decision": decision,
        "latest": routings[0] if routings else None,
        "earlier": routings[1:],
    }


def _ahead(brief: Brief) -> Facts:
    """What an alert would say of what comes next, from the same source."""
    step, reach = brief.next, brief.reach
    found: Facts = [("do", step.text)] if step is not None else []
    if step is not None and step.by is not None:
        found.append(("by", step.by))
    if brief.promised:
        found.append(("promised", "; ".join(brief.promised)))
    closed = [way for way in ("call", "mail") if not getattr(reach, way)]
    if closed:
        found.append(("not by", f"{' or '.join(closed)}: {reach.because}"))
    return found


def _brief(case: Case) -> list[tuple[str, Facts]]:
    """What is known of the person and of the company, in words."""
    groups: dict[str, Facts] = {"lead": [("e-mail", case.lead.email or "unknown")], "account": []}
    rest: Facts = [("id", case.lead.id)]
    if case.lead.source is not None:
        rest.append(("source", case.lead.source))
    for name, value in sorted(case.lead.attributes.items()):
        head, _, tail = name.partition(".")
        text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        label = (tail if head in groups else name).replace("_", " ")
        if text:
            groups.get(head, rest).append((label, text))
    return [("Person", groups["lead"]), ("Company", groups["account"]), ("Record", rest)]


def days_of(events: Iterable[EventView]) -> list[tuple[Any, list[EventView]]]:
    grouped = groupby(events, key=lambda event: event.at.date())
    lists = [list(group) for _, group in grouped]
    return [(group[0].at, group) for group in lists]


# --- contracts


@router.get("/contracts")
async def show_contracts(request: Request) -> Response:
    """Every version that is kept, and what is in force."""
    doors = await enter_page(request)
    rows = await versions_of(doors.engine)
    return page(doors, "contracts.html", place="contracts", rows=rows)


@router.get("/contracts/{digest}")
async def show_contract(request: Request, digest: PathId) -> Response:
    """The page that both teams sign, of one version."""
    doors = await enter_page(request)
    values = await version_page(doors.engine, digest)
    return page(doors, "contract.html", place="contract", **values)


# --- coming and going


@router.get("/sign-in")
async def ask_key(request: Request) -> Response:
    doors = doors_of(request)
    if doors.keys is None:
        return RedirectResponse("/", status_code=303)
    return page(
        doors, "sign_in.html", next=_own_path(request.query_params.get("next", "/")), wrong=""
    )


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    doors = doors_of(request)
    form = await form_of(request)
    token, target = form.get("key", "").strip(), _own_path(form.get("next", "/"))
    key = await doors.keys.check(token) if doors.keys is not None and token else None
    if key is None or not may(key, "handoffs:read"):
        wrong = "This key is unknown, no longer live, or lacks the scope handoffs:read."
        return page(doors, "sign_in.html", status=401, next=target, wrong=wrong)
    cookie = doors.sessions.begin(token, now=doors.engine.clock.now())
    answer = RedirectResponse(target, status_code=303)
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=int(SESSION_IDLE.total_seconds()),
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    doors = doors_of(request)
    doors.sessions.end(request.cookies.get(COOKIE))
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


async def form_of(request: Request) -> dict[str, str]:
    size, parts = 0, []
    async for part in request.stream():
        size += len(part)
        if size > FORM_BYTES_MAX:
            raise Problem(413, "too_large", "the form is larger than it can be")
        parts.append(part)
    fields = parse_qs(b"".join(parts).decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}


def _own_path(target: str) -> str:
    """A path of ours, so that signing in leads nowhere else."""
    is_own = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if is_own and target.isprintable() else "/"


# --- assets


@router.get("/assets/{name}")
async def show_asset(request: Request, name: str) -> Response:
    asset = assets().get(name)
    if asset is None:
        raise Problem(404, "not_found", "There is no such file.")
    headers = {"Cache-Control": FOREVER, "ETag": f'"{asset.digest}"', "Content-Type": asset.kind}
    if request.headers.get("if-none-match") == f'"{asset.digest}"':
        return Response(status_code=304, headers=headers)
    return Response(asset.content, headers=headers)


async def _to_sign_in(request: Request, exc: Exception) -> Response:
    if request.url.path == "/changes":
        return Problem(401, "unauthorised", "sign in again").response()
    target = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/sign-in?next={quote(target, safe='/')}", status_code=303)


def put_on(app: FastAPI) -> None:
    app.include_router(router)
    app.add_exception_handler(SignInFirst, _to_sign_in)
