"""Where a value stands in a contract's file."""

from collections.abc import Mapping

from handrail.contract.model import Place

Path = tuple[str | int, ...]
Places = Mapping[Path, Place]
TOP = Place(1, 1)


def place_of(path: Path, places: Places) -> Place:
    """The place of the value, or of what it stands in (a bare value is a list of one)."""
    while path:
        if path in places:
            return places[path]
        path = path[:-1]
    return TOP
