"""Texts of conditions -> compiled conditions, with every problem at its token in the file."""

from collections.abc import Mapping

from handrail.contract.cel import Names, Problem, compile_condition
from handrail.contract.cel.typed import FieldValue
from handrail.contract.facts import Facts, Fault
from handrail.contract.model import Condition, Field, Table
from handrail.contract.read.report import Report
from handrail.contract.read.shapes import Item
from handrail.contract.read.spelling import offsets_in_file
from handrail.contract.text.tree import Node, Scalar

MISSING = "?"  # the text of a condition that is not there


class Scope:
    """The names that the conditions of one place may use, and when the others come to be known."""

    def __init__(
        self,
        report: Report,
        *,
        fields: Mapping[str, Field],
        signals: frozenset[str],
        tables: Mapping[str, Table],
        later: Mapping[str, str],
        stand_ins: dict[str, Field],
    ) -> None:
        """`stand_ins` gets the field that stands for each condition that cannot be read."""
        self._report = report
        self._stand_ins = stand_ins
        self._names = Names(fields=fields, signals=signals, tables=tables)
        self._later = later

    def compile(self, item: "Item[str] | None", otherwise: Node) -> Condition:
        """The condition under a key; an unreadable one when it is missing or has a problem."""
        if item is None or not isinstance(item.node, Scalar):
            return self._unreadable(MISSING, otherwise)
        text, offsets = item.node.text, offsets_in_file(self._report.source, item.node)
        compiled = compile_condition(text, self._names)
        if isinstance(compiled, tuple):
            for problem in compiled:
                self._say(problem, text, offsets)
            return self._unreadable(text, item.node)
        first = len(text) - len(text.lstrip())
        return Condition(
            text=text,
            place=self._report.source.place(offsets[first]),
            test=compiled.test,
            expression=compiled.expression,
            fields=compiled.fields,
            signals=compiled.signals,
        )

    def _say(self, problem: Problem, text: str, offsets: list[int]) -> None:
        start = offsets[min(problem.start, len(text))]
        end = offsets[min(problem.end, len(text))]
        name = text[problem.start : problem.end]
        message = problem.message
        if problem.kind == "undefined" and name in self._later:
            message = f"`{name}` is not known here yet: {self._later[name]}"
        self._report.between(start, end, problem.kind, message, in_clause=True)

    def _unreadable(self, text: str, node: Node) -> Condition:
        place = self._report.place(node)
        field = Field(f"unread at {place.line}:{place.column}", "boolean")
        self._stand_ins[field.name] = field
        return Condition(
            text=text,
            place=place,
            test=_fault,
            expression=FieldValue(start=0, end=0, sort="boolean", field=field),
            fields=frozenset((field.name,)),
            readable=False,
        )


def _fault(facts: Facts) -> bool | Fault:
    return Fault("the condition could not be read")
