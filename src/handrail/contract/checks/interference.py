"""`never_use` and `interference`: a field that changes what becomes of a lead, and must not.

Errors. Two leads are asked for that are equal in everything but one field, and of which one is
excluded, reaches MQL or its threshold, or gets a lead type (and with it the SLA), tier, territory
or targets that the other does not. `never_use` speaks of the declared fields that the key
`governance.never_use` names, with or without `lead.` or `account.`; `interference` of those that
`contract check --independent FIELD` names. A field that is read without any effect is no finding.

Scores count through what they bring about, since no handoff shows them to a rule of another lead.
A field that is a target itself, of routing or hand-over, always decides who gets the lead, and so
does one in `mql.require` where leads without it are held back.

It stands at the first condition or target that looks at the field. `example` is one of the two
leads; the message has both values and both outcomes. What is not settled within the budget, or
could not be shown by any lead, is `unknown`, and is not called proved.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from handrail.contract.checks.examples import Evaluate
from handrail.contract.checks.places import TOP, Path, Places, place_of
from handrail.contract.checks.treatment import Treatment, apart, treatment
from handrail.contract.findings import Finding
from handrail.contract.model import Contract, FieldTarget, Place
from handrail.contract.proof import Impossible, Possible, SymbolicLead, Witnesses, World
from handrail.contract.proof.lines import TOLD_BY_MAIL, Lead
from handrail.contract.text.tree import places_of

Kind = Literal["never_use", "interference"]
UNKNOWN = "unknown"
STAMPED = "lead.source_campaign"  # a capture without one gets a stamp, which counts as present


class Independence(msgspec.Struct, frozen=True):
    """`findings`, and the fields of which it is proved that they change nothing."""

    findings: tuple[Finding, ...]
    proved: tuple[str, ...]


def check_independence(
    contract: Contract, fields: Iterable[str], kind: Kind, evaluate: Evaluate
) -> Independence:
    """Ask of each field, once, whether it has any effect. Every field must be a declared one."""
    places = places_of(contract.source)
    findings: list[Finding] = []
    proved: list[str] = []
    for field in dict.fromkeys(fields):
        found = _look(contract, field, kind, evaluate, places)
        if found is None:
            proved.append(field)
        else:
            findings.append(found)
    return Independence(tuple(findings), tuple(proved))


def find(contract: Contract, evaluate: Evaluate) -> Iterator[Finding]:
    yield from check_independence(contract, never_used(contract), "never_use", evaluate).findings


def never_used(contract: Contract) -> list[str]:
    """The fields that must have no effect. A name that is not among `fields` cannot have one."""
    names = contract.governance.never_use
    forms = [form for name in names for form in (name, f"lead.{name}", f"account.{name}")]
    return [form for form in dict.fromkeys(forms) if form in contract.fields]


def _look(
    contract: Contract, field: str, kind: Kind, evaluate: Evaluate, places: Places
) -> Finding | None:
    named = next(_named(contract, field), None)
    if named is not None:
        at, why = named
        place = place_of(at, places)
        message = f"`{field}` must not decide who gets a lead, and {why}; take it out"
        return Finding(kind, "error", place.line, place.column, message, None, field)
    if not any(field in when.fields for when in contract.conditions()):
        return None
    place = next((w.place for w in contract.conditions() if field in w.fields), TOP)
    return _Pair(contract, field, evaluate).finding(kind, place)


def _named(contract: Contract, field: str) -> Iterator[tuple[Path, str]]:
    """Where the field decides by being named, and how."""
    for path in _targets(contract, field):
        yield path, "is a target here"
    default = contract.mql.if_missing.get("default", "triage")
    ways = {contract.mql.if_missing.get(one.name, default) for one in contract.lead_types}
    if ways != {"route_and_flag"}:
        for number, name in enumerate(contract.mql.require):
            if field in (name, f"lead.{name}") and field != STAMPED:
                yield ("mql", "require", number), "a lead without it is not routed as others are"


def _targets(contract: Contract, field: str) -> Iterator[Path]:
    for number, rule in enumerate(contract.routing):
        for index, target in enumerate(rule.to):
            if target == FieldTarget(field):
                yield ("routing", number, "to", index)
    handover = contract.sql.handover
    for index, target in enumerate(() if handover is None else handover.to):
        if target == FieldTarget(field):
            yield ("sql", "handover", "to", index)


class _Pair:
    """Two leads that are apart in one field."""

    def __init__(self, contract: Contract, field: str, evaluate: Evaluate) -> None:
        self._contract = contract
        self._field = field
        self._evaluate = evaluate
        self._may_differ = {field, *(TOLD_BY_MAIL if field in TOLD_BY_MAIL else ())}
        self._world = World([contract])
        one = self._world.lead("one")
        other = self._world.lead("other", like=one, apart_from=frozenset({field}))
        self._leads: tuple[SymbolicLead, SymbolicLead] = (one, other)

    def finding(self, kind: Kind, place: Place) -> Finding | None:
        """None when it is proved that the field changes nothing."""
        unsettled: str | None = None
        witnesses = Witnesses(self._world, self._leads)
        for claim in apart(self._contract, *self._leads):
            match self._world.ask(claim):
                case Impossible():
                    continue
                case Possible():
                    lines = witnesses.lines([claim], self._shows)
                    if lines is not None:
                        example, message = lines[0], self._told(lines)
                        return self._at(place, kind, message, example)
                    unsettled = "no two leads were found that show it"
                case unknown:
                    unsettled = unknown.reason
        if unsettled is None:
            return None
        message = (
            f"whether `{self._field}` changes what becomes of a lead could not be settled "
            f"({unsettled}); split the conditions that look at it, or take it out of them"
        )
        return self._at(place, UNKNOWN, message, None)

    def _at(self, place: Place, kind: str, message: str, example: Lead | None) -> Finding:
        severity: Literal["error", "warning"] = "warning" if kind == UNKNOWN else "error"
        return Finding(kind, severity, place.line, place.column, message, example, self._field)

    def _shows(self, lines: Sequence[Lead]) -> int:
        one, other = ({k: v for k, v in x.items() if k not in self._ignored} for x in lines)
        if one != other:
            return 0
        treated = self._treated(lines)
        return int(treated[0] != treated[1])

    @property
    def _ignored(self) -> set[str]:
        mail = {"email"} if self._field in TOLD_BY_MAIL else set[str]()
        return self._may_differ | mail

    def _treated(self, lines: Sequence[Lead]) -> list[Treatment]:
        facts = (self._evaluate(self._contract, line) for line in lines)
        return [treatment(self._contract, one) for one in facts]

    def _told(self, lines: Sequence[Lead]) -> str:
        values = [self._value(line) for line in lines]
        one, other = self._treated(lines)
        return (
            f"`{self._field}` must change nothing, but of two leads equal in all else the one with "
            f"{values[0]} is {one}, the one with {values[1]} is {other}; "
            "take the field out of the conditions that decide this"
        )

    def _value(self, line: Lead) -> str:
        found = self._evaluate(self._contract, line).values.get(self._field)
        return "none" if found is None else repr(found)
