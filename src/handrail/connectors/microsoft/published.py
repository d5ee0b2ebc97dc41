"""Graph's published types (CSDL), to hold what is asked and what a fake answers against them."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import msgspec

_PRIMITIVES: dict[str, tuple[type, ...]] = {
    "Edm.String": (str,),
    "Edm.Boolean": (bool,),
    "Edm.Int32": (int,),
    "Edm.Double": (int, float),
    "Edm.Date": (str,),
    "Edm.DateTimeOffset": (str,),
    "Edm.Guid": (str,),
}


class Property(msgspec.Struct, frozen=True):
    type: str
    is_needed: bool


class Published:
    """The types of one CSDL document. What it does not define is taken as it is."""

    def __init__(self, csdl: str) -> None:
        self._types: dict[str, dict[str, Property]] = {}
        self._bases: dict[str, str] = {}
        self._enums: dict[str, frozenset[str]] = {}
        for element in ElementTree.fromstring(csdl):
            self._add(element.tag.rpartition("}")[2], element)

    def _add(self, kind: str, element: ElementTree.Element) -> None:
        name = element.get("Name", "")
        if kind == "EnumType":
            self._enums[name] = frozenset(one.get("Name", "") for one in element)
        if kind in ("EntityType", "ComplexType"):
            self._bases[name] = element.get("BaseType", "").removeprefix("graph.")
            self._types[name] = {
                one.get("Name", ""): Property(one.get("Type", ""), one.get("Nullable") == "false")
                for one in element
                if one.tag.endswith("Property")
            }

    def faults_of(self, type: str, value: Any, *, is_new: bool = False) -> list[str]:
        """What a value of this type (`event`) has that it may not, or, where `is_new`, lacks."""
        return list(self._of_object(type, value, is_new))

    def _of_object(self, type: str, value: Any, is_new: bool) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{type}: no object"
            return
        known = self._properties(type)
        for name, inner in value.items():
            if name.startswith("@") or name == "id":
                continue
            if name not in known:
                yield f"{type}.{name}: not published"
            elif inner is not None:
                yield from self._of_value(f"{type}.{name}", known[name].type, inner)
        if is_new:
            needed = (name for name, one in known.items() if one.is_needed)
            yield from (f"{type}.{name}: needed" for name in needed if name not in value)

    def _of_value(self, place: str, type: str, value: Any) -> Iterator[str]:
        if type.startswith("Collection("):
            if not isinstance(value, list):
                yield f"{place}: no list"
                return
            for one in value:
                yield from self._of_value(place, type[len("Collection(") : -1], one)
            return
        name = type.removeprefix("graph.")
        if name in self._enums and value not in self._enums[name]:
            yield f"{place}: {value!r} is none of {sorted(self._enums[name])}"
        elif name in self._types:
            yield from self._of_object(name, value, is_new=False)
        elif type in _PRIMITIVES and not _is_one(value, _PRIMITIVES[type]):
            yield f"{place}: {value!r} is no {type}"

    def _properties(self, type: str) -> dict[str, Property]:
        own = self._types.get(type, {})
        base = self._bases.get(type, "")
        return {**(self._properties(base) if base in self._types else {}), **own}


def _is_one(value: Any, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))
