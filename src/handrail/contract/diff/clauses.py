"""Clauses that speak of people and of time, not of leads: compared as values, path by path."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from handrail.contract.diff.model import Difference
from handrail.contract.diff.sections import plain
from handrail.contract.diff.words import in_words
from handrail.contract.model import Condition, Contract, Place
from handrail.contract.read import places_of

UNORDERED = frozenset({"require", "never_use", "both_sign", "revops_alone", "sources"})
WORDS = frozenset({"means", "scope"})
Path = tuple[str, ...]


def clause_differences(old: Contract, new: Contract) -> Iterator[Difference]:
    """All but what conditions decide, and what is only a name."""
    yield from _between(old, new, dict(_values(old)), dict(_values(new)))
    yield from _fields_required(old, new)
    before, after = ({score.name for score in one.scores} for one in (old, new))
    for name in sorted(before ^ after):
        told = ("declared", "not declared") if name in before else ("not declared", "declared")
        yield Difference("score", *told, None, None, None, f"the score {name}: {told[1]} now")


def word_differences(old: Contract, new: Contract) -> Iterator[Difference]:
    """Names of clauses, and definitions in words."""
    yield from _between(old, new, dict(_words(old)), dict(_words(new)))


def _between(
    old: Contract, new: Contract, before: dict[Path, Any], after: dict[Path, Any]
) -> Iterator[Difference]:
    paths = [path for path in sorted({*before, *after}) if before.get(path) != after.get(path)]
    paths = [path for path in paths if plain(before.get(path)) != plain(after.get(path))]
    places = [places_of(one.source) for one in (old, new)] if paths else []
    for path in paths:
        told = in_words(before.get(path)), in_words(after.get(path))
        lines = [_line(known, path) for known in places]
        message = f"{'.'.join(path)}: {told[0]} -> {told[1]}"
        yield Difference(path[0], *told, None, lines[0], lines[1], message)


def _line(places: Mapping[tuple[str | int, ...], Place], path: Path) -> int | None:
    """Of the value, else of the nearest that it stands in."""
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return places[path[:length]].line
    return None


def _values(contract: Contract) -> Iterator[tuple[Path, Any]]:
    yield ("contract",), contract.name
    yield ("timezone",), contract.timezone
    yield ("sources",), frozenset(contract.sources)
    yield ("fairness", "window"), contract.fairness_window
    yield from _leaves(("owners",), contract.owners)
    yield ("mql", "require"), frozenset(contract.mql.require)
    yield from _leaves(("mql", "again"), contract.mql.again)
    for name in ("sal", "sql", "sla", "triage", "alerts", "booking", "governance"):
        yield from _leaves((name,), getattr(contract, name))


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    match value:
        case Condition() | None:
            return  # conditions are asked about leads; None is a clause that is off
        case msgspec.Struct():
            for name in value.__struct_fields__:
                if name not in WORDS and not (name == "name" and path[-2:-1] == ("reject_codes",)):
                    yield from _leaves((*path, name), getattr(value, name))
        case Mapping():
            for name in value:
                yield from _leaves((*path, str(name)), value[name])
        case tuple() if path[-1] in UNORDERED:
            yield path, frozenset(value)
        case _:
            yield path, value


def _words(contract: Contract) -> Iterator[tuple[Path, Any]]:
    yield ("mql", "means"), contract.mql.means
    yield ("sal", "means"), contract.sal.means
    yield ("sql", "means"), contract.sql.means
    yield ("governance", "scope"), contract.governance.scope
    yield ("exclude", "because"), tuple(bar.because for bar in contract.exclude)
    yield ("lead_types", "name"), tuple(one.name for one in contract.lead_types)
    yield ("mql", "any", "name"), tuple(one.name for one in contract.mql.any)
    yield ("routing", "name"), tuple(rule.name for rule in contract.routing)
    for score in contract.scores:
        path = ("scores", score.name, "because")
        yield path, tuple(rule.because for rule in score.rules)


def _fields_required(old: Contract, new: Contract) -> Iterator[Difference]:
    """Another declaration makes other values missing, and so other leads incomplete."""
    stages = (old.mql, old.sal, old.sql, new.mql, new.sal, new.sql)
    required = {name for stage in stages for name in stage.require}
    for name in sorted(required):
        full = name if "." in name else f"lead.{name}"
        one, other = old.fields.get(full), new.fields.get(full)
        if one != other:
            text = f"{full} is required, and declared otherwise: other values count as missing"
            yield Difference("fields", str(one), str(other), None, None, None, text)
