"""A draft that passes its own check: rules that could never be reached are taken out and told."""

import re
from collections.abc import Mapping

from handrail.contract.checks import Evaluate, check_against_roster
from handrail.contract.findings import Finding
from handrail.contract.read import places_of, read_contract_text
from handrail.contract.roster import read_roster_text
from handrail.lab.first_draft.pages import Draft, draft_pages, without

OWN_RULES = 1  # before those of the draft: the owner's
_LINE = re.compile(r" \(line [0-9]+\)")  # of a page that nobody will see


class Unsound(Exception):
    """The draft has findings that no rule taken out would mend: a fault of ours."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(f"line {one.line}: {one.message}" for one in findings))


def sound_pages(draft: Draft, evaluate: Evaluate) -> tuple[Draft, Mapping[str, str]]:
    """The pages of the draft, and what is left of it, with no finding above a note.

    Raises Unsound.
    """
    while True:
        pages = draft_pages(draft)
        read = read_contract_text(pages["contract.yaml"], evaluate=evaluate)
        wrong = tuple(one for one in read.findings if one.severity != "note")
        if not wrong:
            break
        dropped = _to_drop(draft, pages["contract.yaml"], wrong)
        if not dropped:
            raise Unsound(wrong)
        draft = without(draft, dropped)
    roster = read_roster_text(pages["roster.yaml"], name="roster.yaml")
    if isinstance(roster, tuple):
        raise Unsound(roster)
    assert read.contract is not None
    lacking = check_against_roster(read.contract, roster.roster)
    if any(one.severity != "note" for one in lacking):
        raise Unsound(lacking)
    return draft, pages


def _to_drop(draft: Draft, text: str, wrong: tuple[Finding, ...]) -> dict[str, str]:
    """By name the rules of the draft that a finding stands in."""
    places = places_of(text)
    found: dict[str, str] = {}
    for number, rule in enumerate(draft.routes.rules, start=OWN_RULES):
        first = places["routing", number].line
        end = places["routing", number + 1].line
        told = next((one.message for one in wrong if first <= one.line < end), None)
        if told is not None:
            found[rule.name] = _LINE.sub("", told)
    return found
