"""Leads and signals come in here: one, many, or from a webhook."""

from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from fastapi import APIRouter, Request, Response

from handrail.engine.grouping import Asked, Overloaded, is_of_one
from handrail.engine.intake import BadInput, read_capture
from handrail.engine.items import CaptureItem, Receipt, Refused
from handrail.terms import command as cmd
from handrail.terms.signal import Signal
from handrail.web.api import body as b
from handrail.web.api import shapes as s
from handrail.web.api.answers import PathId, as_json, links_of
from handrail.web.api.booking import booking_of
from handrail.web.api.calls import take_call_hook, verify_signed
from handrail.web.api.conferences import take_conference_hook
from handrail.web.api.describe import operation
from handrail.web.api.once import once
from handrail.web.doors import Doors, doors_of, enter
from handrail.web.problems import RETRY_AFTER_S, Fault, Problem, invalid
from handrail.web.settings import HookSource

BATCH_MAX = 1_000
BATCH_TYPES = ("application/json", "application/x-ndjson")
BATCH_STEP = 256  # leads of one transaction: others are let in between
NOT_STORED = "could not be taken in; it is logged, send it again or tell whoever runs Handrail"

LEAD_EXAMPLE = {
    "id": "form-81c2",
    "email": "lena@acme.example",
    "captured_at": "2026-03-02T15:00:00Z",
    "lead.country": "US",
    "account.employees": 4000,
    "signals": ["demo_request", {"name": "pricing_view", "at": "2026-03-02T14:58:00Z"}],
}
TEXT = {"type": "string"}
LEAD_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Attributes stand under their field's name, dotted or nested.",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 200},
        "email": {"type": ["string", "null"], "maxLength": 254},
        "captured_at": {"type": ["string", "null"], "format": "date-time"},
        "source": {"type": ["string", "null"], "maxLength": 100},
        "signals": {
            "type": "array",
            "items": {
                "anyOf": [
                    TEXT,
                    {
                        "type": "object",
                        "required": ["name"],
                        "properties": {"name": TEXT, "at": {**TEXT, "format": "date-time"}},
                        "additionalProperties": False,
                    },
                ]
            },
        },
    },
    "additionalProperties": True,
}

router = APIRouter(prefix="/api/v1", tags=["leads"])
log = structlog.get_logger()


@router.post(
    "/leads",
    **operation(
        scope="leads:write",
        body=LEAD_SCHEMA,
        example=LEAD_EXAMPLE,
        answers={200: s.LeadReceipt, 201: s.LeadReceipt},
        is_post=True,
    ),
)
async def capture_lead(request: Request) -> Response:
    """Take one lead in; it is durable and decided when this answers. 200: its id was known."""
    doors, actor = await enter(request, "leads:write")
    raw = await b.read_bytes(request, bytes_max=b.LEAD_BYTES_MAX, types=b.JSON_TYPES)
    item = read_capture(b.decode_strictly(raw), place="body")
    if not isinstance(item, CaptureItem):
        raise invalid(faults_of(item))
    idempotency = b.idempotency_of(request, b.digest_of(raw), actor=actor)
    return await _take(doors, Asked(item=item, actor=actor, idempotency=idempotency))


async def _take(doors: Doors, asked: Asked) -> Response:
    try:
        receipt = await doors.queue.capture(asked)
    except Overloaded:
        raise overloaded() from None
    doors.captures.labels("duplicate" if receipt.duplicate else "new").inc()
    answer = s.LeadReceipt(
        **{name: getattr(receipt, name) for name in Receipt.__struct_fields__},
        links=links_of(receipt.lead, handoff=receipt.handoff is not None),
        booking=await booking_of(doors, receipt.handoff),
    )
    return as_json(answer, status=200 if receipt.duplicate else 201)


def overloaded() -> Problem:
    return Problem(
        503,
        "overloaded",
        "more leads are waiting than can be taken in; nothing was changed, send it again",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def faults_of(bad: Sequence[BadInput]) -> list[Fault]:
    return [
        Fault(f"{fault.place}.{fault.field}" if fault.field else fault.place, fault.message)
        for fault in bad
    ]


@router.post(
    "/leads/batch",
    **operation(
        scope="leads:write",
        body={"type": "array", "maxItems": BATCH_MAX, "items": LEAD_SCHEMA},
        body_types=BATCH_TYPES,
        example=[LEAD_EXAMPLE],
        answers={207: s.BatchAnswer},
        is_post=True,
    ),
)
async def capture_batch(request: Request) -> Response:
    """Take up to 1,000 leads in: a JSON array, or one object a line. Each has its own result; a
    bad row is refused with its reasons, and no other is lost with it."""
    doors, actor = await enter(request, "leads:write")
    raw = await b.read_bytes(request, bytes_max=b.BATCH_BYTES_MAX, types=BATCH_TYPES)
    is_lines = b.media_type(request) == BATCH_TYPES[1]
    read = _read_lines(raw) if is_lines else _read_array(raw)

    async def do() -> Response:
        return as_json(await _take_batch(doors, read, actor), status=207)

    return await once(doors, b.idempotency_of(request, b.digest_of(raw), actor=actor), do)


Row = CaptureItem | list[Fault]


def _read_array(raw: bytes) -> list[Row]:
    rows = b.decode_strictly(raw)
    if not isinstance(rows, list):
        raise invalid([Fault("body", "must be an array of leads; one alone goes to /leads")])
    _check_count(len(rows))
    return [_read_row(row, index) for index, row in enumerate(rows)]


def _read_lines(raw: bytes) -> list[Row]:
    lines = [line for line in raw.splitlines() if line.strip()]
    _check_count(len(lines))
    rows: list[Row] = []
    for index, line in enumerate(lines):
        try:
            rows.append(_read_row(b.decode_strictly(line, place=f"leads[{index}]"), index))
        except Problem as problem:
            rows.append(problem.errors)
    return rows


def _check_count(count: int) -> None:
    if count > BATCH_MAX:
        raise invalid([Fault("body", f"has {count:,} leads; send at most {BATCH_MAX:,} at once")])


def _read_row(raw: object, index: int) -> Row:
    item = read_capture(raw, place=f"leads[{index}]")
    return item if isinstance(item, CaptureItem) else faults_of(item)


async def _take_batch(doors: Doors, rows: Sequence[Row], actor: str) -> s.BatchAnswer:
    good = [(index, row) for index, row in enumerate(rows) if isinstance(row, CaptureItem)]
    results = {
        index: s.BatchRow(row=index, status=422, errors=row)
        for index, row in enumerate(rows)
        if not isinstance(row, CaptureItem)
    }
    for start in range(0, len(good), BATCH_STEP):
        step = good[start : start + BATCH_STEP]
        receipts = await _receipts(doors, [item for _, item in step], actor)
        for (index, _), receipt in zip(step, receipts, strict=True):
            results[index] = _result(index, receipt)
    ordered = [results[index] for index in range(len(rows))]
    duplicates = sum(row.status == 200 for row in ordered)
    refused = sum(row.receipt is None for row in ordered)
    return s.BatchAnswer(
        taken=len(ordered) - duplicates - refused,
        duplicates=duplicates,
        refused=refused,
        results=ordered,
    )


async def _receipts(
    doors: Doors, items: Sequence[CaptureItem], actor: str
) -> list[Receipt | Fault]:
    try:
        receipts = await doors.engine.capture(items, actor=actor)
    except (AssertionError, Refused) as fault:
        if isinstance(fault, Refused) and not is_of_one(fault):
            raise
        if len(items) == 1:
            return [_fault_of_one(items[0], fault)]
        alone = [await _receipts(doors, [item], actor) for item in items]
        return [answer for answers in alone for answer in answers]
    for receipt in receipts:
        doors.captures.labels("duplicate" if receipt.duplicate else "new").inc()
    return list(receipts)


def _fault_of_one(item: CaptureItem, fault: AssertionError | Refused) -> Fault:
    if isinstance(fault, Refused):
        return Fault("source", fault.message)
    log.exception("capture_failed", capture=item.id)
    return Fault("lead", NOT_STORED)


def _result(index: int, receipt: Receipt | Fault) -> s.BatchRow:
    if isinstance(receipt, Fault):
        status = 422 if receipt.place == "source" else 500
        return s.BatchRow(row=index, status=status, errors=[receipt])
    return s.BatchRow(row=index, status=200 if receipt.duplicate else 201, receipt=receipt)


@router.post(
    "/signals",
    **operation(
        scope="leads:write",
        body=s.SignalBody,
        example={"lead": "form-81c2", "name": "pricing_view", "at": "2026-03-02T15:04:00Z"},
        answers={200: Receipt},
        refuses=(404,),
        is_post=True,
    ),
)
async def add_signal(request: Request) -> Response:
    """Add one behaviour to a known lead; it is scored and, if need be, qualified at once."""
    doors, actor = await enter(request, "leads:write")
    body = await b.read_shape(request, s.SignalBody)
    now = doors.engine.clock.now()
    at = b.instant(body.at, place="at") or now
    receipt = await doors.engine.command(
        body.lead,
        cmd.AddSignal(signal=Signal(name=body.name, at=min(at, now))),
        actor=actor,
        idempotency=b.idempotency_of(request, request.state.body_digest, actor=actor),
    )
    return as_json(receipt)


# --- webhooks


@router.post(
    "/hooks/{source}",
    **operation(
        scope=None,
        body={"type": "object"},
        example={"type": "form.submitted", "data": LEAD_EXAMPLE},
        answers={200: s.LeadReceipt, 201: s.LeadReceipt},
        refuses=(401, 404),
        is_post=True,
    ),
)
async def take_hook(request: Request, source: PathId) -> Response:
    """A webhook of a configured source, signed as Standard Webhooks says; `data` is the lead, and
    its source is the one in the address, whatever it says itself. Telephone systems tell of their
    calls here, conferencing systems of who came."""
    doors = doors_of(request)
    hook = doors.settings.hooks.get(source)
    if hook is None or not hook.secrets:
        raise Problem(404, "not_found", "no such source is set up for webhooks")
    if hook.telephony is not None:
        return await take_call_hook(request, source, hook, hook.telephony)
    if hook.conferencing is not None:
        return await take_conference_hook(request, source, hook, hook.conferencing)
    raw = await b.read_bytes(request, bytes_max=b.LEAD_BYTES_MAX, types=b.JSON_TYPES)
    verify_signed(raw, request, hook)
    item = read_capture(_lead_of(b.decode_strictly(raw), request, hook), place="data")
    if not isinstance(item, CaptureItem):
        raise invalid(faults_of(item))
    actor = f"hook:{source}"
    item = msgspec.structs.replace(item, source=source)
    idempotency = b.idempotency_of(request, b.digest_of(raw), actor=actor)
    return await _take(doors, Asked(item=item, actor=actor, idempotency=idempotency))


def _lead_of(value: Any, request: Request, hook: HookSource) -> Any:
    """The sender's data under our names; its own message id is the source event's, if none is."""
    data = value.get("data", value) if isinstance(value, dict) else value
    if not isinstance(data, dict):
        return data
    if hook.mapping:
        found = {ours: _at(data, path) for ours, path in hook.mapping.items()}
        data = {ours: inner for ours, inner in found.items() if inner is not None}
    return {"id": request.headers.get("webhook-id", ""), **data}


def _at(data: Any, path: str) -> Any:
    """`contact.email` in nested objects, or the key as it stands."""
    if isinstance(data, dict) and path in data:
        return data[path]
    for part in path.split("."):
        data = data.get(part) if isinstance(data, dict) else None
    return data
