"""Google's published contract (a discovery document): what is asked and answered is held to it."""

from collections.abc import Iterator, Mapping
from typing import Any

_PRIMITIVES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


class Published:
    """What it does not define is a fault."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas = document["schemas"]
        self._common = set(document["parameters"])
        self._methods = {
            (one["httpMethod"], one["path"]): one
            for resource in document["resources"].values()
            for one in resource["methods"].values()
        }

    def faults_of_request(
        self, method: str, path: str, *, query: Mapping[str, str], body: Any
    ) -> list[str]:
        """`path` with its parameters' names: `calendars/{calendarId}/events`."""
        known = self._methods.get((method, path))
        if known is None:
            return [f"{method} {path}: not published"]
        allowed = {*known.get("parameters", {}), *self._common}
        faults = [f"{path}?{name}: not published" for name in query if name not in allowed]
        if body is None:
            return faults
        schema = known.get("request", {}).get("$ref")
        if schema is None:
            return [*faults, f"{method} {path}: takes no body"]
        return faults + self.faults_of(schema, body)

    def faults_of(self, schema: str, value: Any) -> list[str]:
        """What a value of this schema (`Event`) has that it may not."""
        return list(self._of(schema, self._schemas[schema], value))

    def _of(self, place: str, schema: Mapping[str, Any], value: Any) -> Iterator[str]:
        if "$ref" in schema:
            yield from self._of(place, self._schemas[schema["$ref"]], value)
            return
        kind = schema.get("type", "any")
        if kind == "object":
            yield from self._of_object(place, schema, value)
        elif kind == "array":
            if not isinstance(value, list):
                yield f"{place}: no list"
                return
            for one in value:
                yield from self._of(place, schema["items"], one)
        elif kind in _PRIMITIVES and not _is_one(value, _PRIMITIVES[kind]):
            yield f"{place}: {value!r} is no {kind}"

    def _of_object(self, place: str, schema: Mapping[str, Any], value: Any) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{place}: no object"
            return
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        for name, inner in value.items():
            if name in known:
                yield from self._of(f"{place}.{name}", known[name], inner)
            elif others is not None:
                yield from self._of(f"{place}.{name}", others, inner)
            else:
                yield f"{place}.{name}: not published"


def _is_one(value: Any, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))
