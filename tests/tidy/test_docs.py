"""The docs keep up with the code: what a person can type, read or be told is explained."""

import functools
import re
from collections.abc import Iterable, Iterator
from typing import get_args

import typer

import handrail.cli
from handrail.terms.event import Event
from tests.tidy.source import ROOT, words_named

GLOSSARY = ROOT / "docs" / "glossary.md"
# The words that the product's public pages are written in.
WORDS = """
    lead, account, signal, fit, intent, lead type, contract, roster, MQL, SAL, SQL, handoff, owner,
    assignment, first action, conversation, clock, breach, escalation, incident, disposition,
    exclusion, ineligibility, rejection, refusal, override, evidence, event, effect, ledger,
    case, staffing, window, pool, tally, entry, seal, wake-up, rep, team, territory, shift, tier,
    alert, meeting, stage, triage, pause, rehearsal, command, decision, kernel, finding
"""
# Codes of other people's checks: they may grow, none may go.
INELIGIBILITY = frozenset(
    """
    inactive on_leave off_shift in_meeting on_call away at_capacity daily_cap weekly_cap monthly_cap
    wrong_territory missing_skill excluded_after_breach conflict_of_interest calendar_stale
    busy_with_timed_lead
    """.split()
)
FINDINGS = frozenset("syntax type value undefined unrouted dead_rule overlap".split())
COMMANDS = frozenset(
    "demo serve contract rehearse decide explain replay ledger import bench".split()
)


@functools.cache
def prose() -> str:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def assert_explained(words: Iterable[str]) -> None:
    """Some page has each as code: `word`, alone or at the start of a longer example."""
    missing = sorted(word for word in words if not re.search(rf"`{re.escape(word)}\b", prose()))
    assert not missing, "explain in docs/reference: " + ", ".join(missing)


def glossary_words() -> list[str]:
    """The first column of the glossary's tables; a cell may hold several words."""
    cells = re.findall(r"^\| \*\*(.+?)\*\* \|", GLOSSARY.read_text(), flags=re.MULTILINE)
    return [word.strip() for cell in cells for word in cell.split(",")]


def test_every_event_is_explained() -> None:
    tags = [kind.__struct_config__.tag for kind in get_args(Event)]
    assert len(set(tags)) == len(tags), "two events share a name"
    assert_explained(tags)


def test_every_ineligibility_code_is_explained() -> None:
    assert_explained(INELIGIBILITY | words_named("INELIGIBILITY_CODES"))


def test_every_finding_kind_is_explained() -> None:
    assert_explained(FINDINGS | words_named("FindingKind", "ProblemKind"))


def test_every_command_is_explained() -> None:
    apps = [value for value in vars(handrail.cli).values() if isinstance(value, typer.Typer)]
    paths = {path for app in apps for path in command_paths(typer.main.get_command(app))}
    missing = sorted(path for path in COMMANDS | paths if f"handrail {path}" not in prose())
    assert not missing, "explain in docs/reference: " + ", ".join(missing)


def command_paths(command: object, *above: str) -> Iterator[str]:
    """What a person types after `handrail`: `serve`, `contract check`."""
    below = getattr(command, "commands", {})
    if above and not below:
        yield " ".join(above)
    for name, inner in below.items():
        yield from command_paths(inner, *above, name)


def test_the_glossary_has_every_word_once() -> None:
    words = glossary_words()
    wanted = {word.strip() for word in WORDS.split(",")}
    assert not wanted - set(words), f"explain: {sorted(wanted - set(words))}"
    assert sorted(words) == sorted(set(words)), "one word, one meaning"
