"""Answers that say no: RFC 9457 problem details, each with its place and remedy; no internals."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import msgspec
from fastapi import Response

from handrail.engine.items import Refused
from handrail.engine.ports import StoreUnavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
CONFLICTS = frozenset(
    {"already_done", "ended", "not_owner", "double_booked", "key_reused"}
    | {"unsigned", "half_signed", "stale_version"}
    | {"slot_taken", "not_offered", "too_often"}
)


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with what was sent, at its place, with what to do."""

    place: str
    message: str


class ProblemBody(msgspec.Struct, frozen=True):
    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Fault] = []
    missing_fields: list[str] = []


def sendable(text: str) -> str:
    """What was sent may be quoted, half characters included: those become question marks."""
    return text.encode("utf-8", "replace").decode()


class Problem(Exception):
    """Raised by a door that answers no; nothing was changed."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        missing_fields: Sequence[str] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.missing_fields = list(missing_fields)

    def body(self) -> ProblemBody:
        return ProblemBody(
            type=f"urn:handrail:problem:{self.code}",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=sendable(self.detail),
            code=self.code,
            errors=[
                Fault(place=sendable(fault.place), message=sendable(fault.message))
                for fault in self.errors
            ],
            missing_fields=self.missing_fields,
        )

    def response(self) -> Response:
        return Response(
            msgspec.json.encode(self.body()),
            status_code=self.status,
            media_type=MEDIA_TYPE,
            headers=self.headers,
        )


def invalid(errors: Sequence[Fault], *, code: str = "invalid") -> Problem:
    """422: what was sent was read, and is wrong at these places."""
    assert errors
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return Problem(422, code, f"{first.place}: {first.message}{more}", errors=errors)


def of_refusal(refused: Refused) -> Problem:
    """The engine's no, with the status that tells a machine whether to try again."""
    if refused.code == "not_found":
        status = 404
    elif refused.code == "forbidden":
        status = 403
    elif refused.code in CONFLICTS:
        status = 409
    elif refused.code in ("no_contract", "no_roster"):
        status = 503
    else:
        status = 422
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else None
    return Problem(
        status,
        refused.code,
        refused.message,
        errors=[Fault(f"given.{name}", "the contract requires it") for name in refused.missing],
        headers=headers,
        missing_fields=refused.missing,
    )


def unavailable(fault: StoreUnavailable) -> Problem:
    """We are the problem, so that senders keep what they have and send it again."""
    return Problem(
        503,
        "unavailable",
        "the database cannot be reached at the moment; nothing was changed, send it again",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )
