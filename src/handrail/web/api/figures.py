"""Figures and health: how quick people and the system are, and whether the clocks run on time."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from prometheus_client import REGISTRY, generate_latest

from handrail.engine.alert_acts import report_of_alerts
from handrail.engine.channels import KNOWN
from handrail.engine.learning import report_on_no_shows
from handrail.engine.observe import observe_report
from handrail.engine.ports import HandoffFilter, Health, StoreUnavailable
from handrail.engine.views import Summary, summarise
from handrail.lab.alert_acts import AlertReport
from handrail.lab.no_shows import RiskReport
from handrail.lab.observed import ObserveReport
from handrail.web.api import shapes as s
from handrail.web.api.answers import as_json
from handrail.web.api.describe import operation
from handrail.web.api.reading import PAGE_MAX, scan
from handrail.web.doors import Doors, doors_of, enter
from handrail.web.problems import Problem
from handrail.web.stream import WATCHERS_MAX

SAMPLE_MAX = 2_000  # handoffs that a summary looks at
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
SSE = "text/event-stream"

router = APIRouter(tags=["figures"])


@router.get("/api/v1/metrics/summary", **operation(scope="metrics:read", answers={200: Summary}))
async def show_summary(request: Request) -> Response:
    """Time to notify (ours) and to first action (theirs), breaches by clock, handoffs by stage; of
    the handoffs that wake next, the ended ones after them."""
    doors, _ = await enter(request, "metrics:read")
    query = HandoffFilter(open_only=False, limit=PAGE_MAX)
    found = scan(doors.engine, query, rows_max=SAMPLE_MAX)
    handoffs = [row.case.handoff async for row in found if row.case.handoff is not None]
    return as_json(summarise(handoffs, complete=len(handoffs) < SAMPLE_MAX))


@router.get(
    "/api/v1/metrics/observe", **operation(scope="metrics:read", answers={200: ObserveReport})
)
async def show_observed(request: Request) -> Response:
    """What Handrail decided beside what the CRM shows: same or other owner, how much later, and
    the first windows that would have been breached today."""
    doors, _ = await enter(request, "metrics:read")
    return as_json(await observe_report(doors.engine))


@router.get(
    "/api/v1/metrics/alerts",
    **operation(scope="metrics:read", answers={200: AlertReport}, refuses=(422,)),
)
async def show_alerts(
    request: Request,
    from_at: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query()] = None,
) -> Response:
    """Of the alerts that were sent: how many were acted on within their window, by kind, person
    and channel; and the kinds proposed for demotion. Without a span, the last four weeks."""
    doors, _ = await enter(request, "metrics:read")
    if any(at is not None and at.tzinfo is None for at in (from_at, until)):
        raise Problem(422, "invalid", "`from` and `until` need an offset, such as Z")
    return as_json(await report_of_alerts(doors.engine, from_at=from_at, until=until))


@router.get(
    "/api/v1/metrics/no-shows", **operation(scope="metrics:read", answers={200: RiskReport})
)
async def show_no_shows(request: Request) -> Response:
    """How true the risks of missed meetings were: by band, with the share that was missed; and
    what the signs weigh now."""
    doors, _ = await enter(request, "metrics:read")
    return as_json(await report_on_no_shows(doors.engine))


@router.get(
    "/api/v1/stream",
    **operation(scope="handoffs:read", answers={200: None}, answer_types=(SSE,), refuses=(422,)),
)
async def stream(
    request: Request,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=2**53, description="Go on behind this entry")
    ] = None,
) -> Response:
    """Server-sent events: `changed` with the entries that were committed, `reset` when too much
    was missed, comments while all is quiet."""
    doors, _ = await enter(request, "handoffs:read")
    return open_stream(doors, after=last_event_id)


def open_stream(doors: Doors, *, after: int | None) -> Response:
    if doors.changes.watchers >= WATCHERS_MAX:
        raise Problem(503, "overloaded", "too many streams are open on this node")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_lines(doors, after), media_type=SSE, headers=headers)


async def _lines(doors: Doors, after: int | None) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    watched = doors.changes.watch(after=after, heartbeat_s=doors.settings.heartbeat_s)
    async for seq, changes in watched:
        if changes is None:
            yield b"id: %d\nevent: reset\ndata: {}\n\n" % seq
        elif changes:
            told = msgspec.json.encode({"seq": seq, "changes": changes})
            yield b"id: %d\nevent: changed\ndata: %s\n\n" % (seq, told)
        else:
            yield b": %d\n\n" % seq


# --- health


@router.get("/healthz", **operation(scope=None, answers={200: s.HealthAnswer}), name="healthz")
async def healthz(request: Request) -> Response:
    """The process answers. Nothing else is looked at."""
    return as_json(s.HealthAnswer(ok=True, failures=doors_of(request).engine.failures))


@router.get(
    "/readyz",
    **operation(scope=None, answers={200: s.HealthAnswer, 503: s.HealthAnswer}),
)
async def readyz(request: Request) -> Response:
    """Whether leads can be taken in and clocks run on time: 503 when they run late, or the
    database is gone."""
    doors = doors_of(request)
    try:
        answer = await health_of(doors)
    except StoreUnavailable:
        answer = s.HealthAnswer(ok=False, reason="the database cannot be reached")
    return as_json(answer, status=200 if answer.ok else 503)


async def health_of(doors: Doors) -> s.HealthAnswer:
    health, late_s = await _health(doors)
    is_late = late_s > doors.settings.late_max_s
    return s.HealthAnswer(
        ok=not is_late,
        late_s=round(late_s, 3),
        overdue=health.overdue,
        waiting_deliveries=health.waiting_deliveries,
        parked_deliveries=health.parked_deliveries,
        open_handoffs=health.open_handoffs,
        failures=doors.engine.failures,
        reason=f"clocks run {late_s:.0f} s late" if is_late else None,
    )


async def _health(doors: Doors) -> tuple[Health, float]:
    now = doors.engine.clock.now()
    health = await doors.engine.store.health(now=now)
    due_at = health.oldest_due_at
    return health, max(0.0, (now - due_at).total_seconds()) if due_at is not None else 0.0


@router.get(
    "/metrics",
    **operation(scope="metrics:read", answers={200: None}, answer_types=("text/plain",)),
)
async def prometheus(request: Request) -> Response:
    """The same for a machine that watches, in Prometheus' text form."""
    doors, _ = await enter(request, "metrics:read")
    health, late_s = await _health(doors)
    for name, value in _figures(doors, health, late_s).items():
        doors.gauge(name).set(value)
    await _age_channels(doors)
    text = generate_latest(doors.registry) + generate_latest(REGISTRY)
    return Response(text, media_type=PROMETHEUS)


async def _age_channels(doors: Doors) -> None:
    now = doors.engine.clock.now()
    since = {one.channel: one.since for one in await doors.engine.store.queues(KNOWN)}
    for channel in KNOWN:
        age_s = (now - since.get(channel, now)).total_seconds()
        doors.waiting_age.labels(channel=channel).set(max(age_s, 0.0))


def _figures(doors: Doors, health: Health, late_s: float) -> dict[str, float]:
    return {
        "handrail_clocks_late_seconds": late_s,
        "handrail_wakeups_overdue": health.overdue,
        "handrail_deliveries_waiting": health.waiting_deliveries,
        "handrail_deliveries_parked": health.parked_deliveries,
        "handrail_handoffs_open": health.open_handoffs,
        "handrail_decisions_failed": doors.engine.failures,
        "handrail_streams_open": doors.changes.watchers,
    }
