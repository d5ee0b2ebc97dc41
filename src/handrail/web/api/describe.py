"""The OpenAPI document: each operation says what it takes, gives and refuses, with examples."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from handrail import __version__
from handrail.engine.keys import KeyScope
from handrail.web.problems import MEDIA_TYPE, ProblemBody

REFS = "#/components/schemas/{name}"
ANYTHING: dict[str, Any] = {}  # a text of another kind than JSON
REASONS = {
    400: "The body cannot be read",
    401: "No live key was sent",
    403: "The key lacks the scope, or another site's page asks",
    404: "There is no such thing",
    409: "It is already so, or the key came with another body",
    413: "The body is too large",
    415: "The body is of another kind",
    421: "The service does not answer to this Host",
    422: "Something that was sent is wrong; each thing with its place",
    503: "The service cannot work at the moment; come again",
}
ALWAYS = (400, 401, 403, 421, 503)  # 400 also of the HTTP server itself
WITH_BODY = (400, 409, 413, 415, 422)
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same body gets the same answer and no second effect.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
_shapes: dict[str, type] = {"ProblemBody": ProblemBody}


def operation(
    *,
    scope: KeyScope | None,
    body: type | Mapping[str, Any] | None = None,
    body_types: Sequence[str] = ("application/json",),
    example: Any = None,
    answers: Mapping[int, type | None],
    answer_types: Sequence[str] = ("application/json",),
    refuses: Sequence[int] = (),
    is_post: bool = False,
) -> dict[str, Any]:
    """Arguments of a FastAPI route that describe it. A struct is its own schema."""
    extra: dict[str, Any] = {}
    if body is not None:
        extra["requestBody"] = {"required": True, "content": _content(body, body_types, example)}
    if is_post:
        extra["parameters"] = [IDEMPOTENCY]
    extra["security"] = [{"key": []}] if scope is not None else []
    if scope is not None:
        extra["x-scope"] = scope
    statuses = {*ALWAYS, *refuses, *(WITH_BODY if body is not None else ())}
    if is_post:
        statuses |= {409, 422}
    responses = {status: _answer(shape, answer_types) for status, shape in answers.items()}
    for status in sorted(statuses - set(answers)):
        responses[status] = _problem(status)
    return {
        "responses": responses,
        "openapi_extra": extra,
        "status_code": min(answers),
        "response_model": None,
    }


def _content(shape: Any, types: Sequence[str], example: Any) -> dict[str, Any]:
    media: dict[str, Any] = {"schema": _schema(shape)}
    if example is not None:
        media["example"] = example
    return dict.fromkeys(types, media)


def _schema(shape: Any) -> dict[str, Any]:
    if isinstance(shape, Mapping):
        return dict(shape)
    _shapes[shape.__name__] = shape
    return {"$ref": REFS.format(name=shape.__name__)}


def _answer(shape: type | None, types: Sequence[str]) -> dict[str, Any]:
    if shape is None:
        return {"description": "Done", "content": {kind: {"schema": ANYTHING} for kind in types}}
    return {"description": "Done", "content": {kind: {"schema": _schema(shape)} for kind in types}}


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": REASONS[status],
        "content": {MEDIA_TYPE: {"schema": _schema(ProblemBody)}},
    }


def document(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 of all routes; made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title="Handrail",
            version=__version__,
            openapi_version="3.1.0",
            description="From a lead to a conversation with the right salesperson.",
            routes=app.routes,
        )
        _, schemas = msgspec.json.schema_components(list(_shapes.values()), ref_template=REFS)
        components = made.setdefault("components", {})
        components["schemas"] = schemas
        components["securitySchemes"] = {
            "key": {"type": "http", "scheme": "bearer", "description": "An API key, `hr_...`"}
        }
        app.openapi_schema = made
    return app.openapi_schema
