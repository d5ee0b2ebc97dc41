"""Where findings gather while a contract is read."""

from collections.abc import Iterable
from difflib import get_close_matches

from handrail.contract.findings import Finding, Severity
from handrail.contract.model import Place
from handrail.contract.text.source import Source
from handrail.contract.text.tree import Node, Scalar

NAMES_LISTED_MAX = 12  # in one message: more than that nobody reads
FINDINGS_MAX = 1_000  # a file in which everything is wrong needs no longer list
MARKED_MAX = 200  # characters


class Report:
    """Collects the findings of one reading, each at a node or between two offsets."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.findings: list[Finding] = []
        self.doubts: list[Place] = []  # of errors after which a whole section is not as meant

    @property
    def has_errors(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)

    def at(
        self,
        node: Node,
        kind: str,
        message: str,
        severity: Severity = "error",
        *,
        in_clause: bool = False,
    ) -> None:
        end = node.end if isinstance(node, Scalar) else node.start
        self.between(node.start, end, kind, message, severity, in_clause=in_clause)

    def between(
        self,
        start: int,
        end: int,
        kind: str,
        message: str,
        severity: Severity = "error",
        *,
        in_clause: bool = False,
    ) -> None:
        """`in_clause`: only the clause is in doubt, and the contract shows it as unreadable."""
        place = self.source.place(start)
        marked = self.source.excerpt(start, end)[:MARKED_MAX] or None
        finding = Finding(kind, severity, place.line, place.column, message, marked=marked)
        self.add(finding)
        if severity == "error" and not in_clause:
            self.doubts.append(place)

    def add(self, finding: Finding) -> None:
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(finding)

    def place(self, node: Node) -> Place:
        return self.source.place(node.start)

    def in_order(self) -> tuple[Finding, ...]:
        """By place, each thing said once (an aliased value is read at every use)."""
        once = dict.fromkeys(
            (found.line, found.column, found.kind, found.message) for found in self.findings
        )
        first = {
            (found.line, found.column, found.kind, found.message): found
            for found in reversed(self.findings)
        }
        return tuple(first[key] for key in sorted(once))


def listed(names: Iterable[str]) -> str:
    """`a, b and 3 more`, sorted."""
    ordered = sorted(names)
    shown = ", ".join(ordered[:NAMES_LISTED_MAX]) or "none"
    more = len(ordered) - NAMES_LISTED_MAX
    return shown if more <= 0 else f"{shown} and {more} more"


def nearest(name: str, known: Iterable[str]) -> str:
    """` Did you mean ...?` or nothing."""
    found = nearest_of(name, known)
    return f" Did you mean `{found}`?" if found is not None else ""


def nearest_of(name: str, known: Iterable[str]) -> str | None:
    ordered = sorted(known)
    same = [one for one in ordered if one.lower() == name.lower()]
    found = same or get_close_matches(name[:100], ordered, n=1)
    return found[0] if found else None


def quoted(text: str) -> str:
    """The text in backquotes, cut where it grows long, on one line."""
    short = text if len(text) <= 60 else f"{text[:57]}..."
    return f"`{short!r}`" if any(ord(char) < 32 for char in short) else f"`{short}`"
