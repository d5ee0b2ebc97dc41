"""Which strings an atom names, and what of an atom the classes of strings leave open."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from handrail.contract.cel.typed import (
    Compared,
    FieldValue,
    InTable,
    Known,
    LookedUp,
    Present,
    Sized,
    Term,
    TextTest,
    Within,
)
from handrail.contract.model import Table
from handrail.contract.proof.classes.ordered import comparison
from handrail.contract.proof.terms import all_in


class Said(NamedTuple):
    """True of the strings of the set `wanted`, false of the others; `denied` turns it round.

    A fault outside of `among`, where that is given. `wanted` None: asks for presence alone.
    """

    wanted: object
    among: object = None
    denied: bool = False
    sets: Mapping[object, Iterable[str]] = {}


def said_of(atom: Term) -> Said | None:
    """None when the atom does not merely name strings."""
    match atom:
        case Present():
            return Said(None)
        case InTable(key=FieldValue(), table=table):
            key = ("table", id(table))
            return Said(key, sets={key: table.keys})
        case _:
            return _compared(atom, FieldValue) or _looked_up(atom)


def _compared(atom: Term, kind: type[Term]) -> Said | None:
    compared = comparison(atom, kind)
    if compared is None or compared.sign not in ("==", "!=", "in"):
        return None
    texts = tuple(one for one in compared.constants if isinstance(one, str))
    return Said(texts, denied=compared.sign == "!=", sets={texts: texts})


def _looked_up(atom: Term) -> Said | None:
    said = _compared(atom, LookedUp)
    if said is None:
        return None
    term = next(part for part in all_in(atom) if isinstance(part, LookedUp))
    if not isinstance(term.key, FieldValue):
        return None
    found = ("found", id(term.table))
    wanted = ("lookup", id(term.table), said.wanted)
    (texts,) = said.sets.values()
    keys = [key for text in texts for key in _keys_by_second(_ByIdentity(term.table)).get(text, ())]
    sets: dict[object, Iterable[str]] = {found: term.table.second, wanted: keys}
    return said._replace(wanted=wanted, among=found, sets=sets)


class _ByIdentity:
    """A table as a key of a cache: tables hold mappings, which have no hash."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and self.table is other.table

    def __hash__(self) -> int:
        return id(self.table)


@lru_cache(maxsize=8)
def _keys_by_second(of: _ByIdentity) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, second in of.table.second.items():
        found.setdefault(second, []).append(key)
    return found


def is_flag(atom: Term) -> bool:
    """A test that looks inside a string and is never a fault when there is one."""
    match atom:
        case TextTest(subject=FieldValue(), argument=Known()):
            return True
        case Compared(left=Sized(operand=FieldValue()) | FieldValue(), right=Known()):
            return True
        case Compared(left=Known(), right=Sized(operand=FieldValue()) | FieldValue()):
            return True
        case _:
            return False


def is_settled(atom: Term) -> bool:
    """Whether it only asks which named string it is, so that all others answer alike."""
    match atom:
        case FieldValue():
            return False
        case LookedUp(key=FieldValue()) | InTable(key=FieldValue()):
            return True
        case Compared() | Within():
            return _compared(atom, FieldValue) is not None or _all_settled(atom)
        case _:
            return _all_settled(atom)


def _all_settled(term: Term) -> bool:
    return all(is_settled(part) for part in _children(term))


def _children(term: Term) -> Iterator[Term]:
    for name in term.__struct_fields__:
        value = getattr(term, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Term):
                yield one
