"""Every rehearsal of the examples passes, and one with a wrong expectation says what happened."""

from pathlib import Path

import pytest

from handrail.contract.read import read_contract_file
from handrail.engine.alerts import KINDS
from handrail.kernel.eligibility import INELIGIBILITY_CODES
from handrail.trials.rehearsal_file import read_rehearsal
from handrail.trials.rehearse import Outcome, rehearsals_in, rehearse

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FILES = rehearsals_in(EXAMPLES)
CONTRACTS = sorted(EXAMPLES.rglob("contract.yaml")) + sorted(EXAMPLES.rglob("contracts/*.yaml"))
REHEARSALS_MIN = 45

WRONG = """
rehearsal: a demo lead that Ben was to get
contract: {folder}/contracts/inbound.yaml
roster: {folder}/rosters/office.yaml
start: 2026-03-02T15:00:00Z
until: +4m
script:
  - at: +0m
    lead: {{id: lena, email: lena@acme.example, lead.country: US}}
    signals: [demo_request]
expect:
  - {{at: +0m, event: assigned, lead: lena, to: ben}}
  - {{at: +2m, event: sla_warned, lead: lena}}
  - {{at: +3m, event: stalled, lead: lena}}
  - {{at: +1m, event: merged, lead: lena}}
never:
  - {{event: notified, to: ada}}
"""


def told(outcome: Outcome) -> str:
    lines = [f"{outcome.name} ({outcome.path})"]
    for want, instead in zip(outcome.missing, outcome.hints, strict=True):
        lines.append(f"  missing {want}; instead {instead}")
    lines += [f"  unwanted {event}" for event in outcome.unwanted]
    return "\n".join(lines)


# About many leads; about none.
APART = {"digest", "activation_denied", "calendar_lost", "calendar_back"}


def test_every_kind_of_alert_is_expected_by_a_rehearsal() -> None:
    wanted = [want.keys for file in FILES for want in read_rehearsal(file).expect]
    kinds = {str(keys.get("kind")) for keys in wanted if keys.get("event") == "alerted"}
    events = {str(keys.get("event")) for keys in wanted}
    paged = {"incident"} if "incident_opened" in events else set()
    assert set(KINDS) - APART <= kinds | events | paged


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(EXAMPLES)))
async def test_a_rehearsal_goes_as_it_says(file: Path) -> None:
    outcome = await rehearse(file)
    assert outcome.ok, told(outcome)


def test_there_are_enough_of_them_and_each_names_its_clause() -> None:
    assert len(FILES) >= REHEARSALS_MIN
    without = [file.name for file in FILES if read_rehearsal(file).clause is None]
    assert not without, f"add the key `clause`: {without}"


def test_no_two_have_one_name() -> None:
    names = [read_rehearsal(file).name for file in FILES]
    assert sorted(names) == sorted(set(names))


def test_each_ineligibility_code_has_its_rehearsal() -> None:
    rehearsed = {file.stem for file in FILES if file.parent.name == "ineligible"}
    assert not set(INELIGIBILITY_CODES) - rehearsed


async def test_a_wrong_expectation_fails_and_says_what_happened_instead(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG.format(folder=EXAMPLES / "rehearsals"), "utf-8")
    outcome = await rehearse(file)
    assert not outcome.ok
    assert outcome.missing[0] == {"at": "+0m", "event": "assigned", "lead": "lena", "to": "ben"}
    assigned, warned, stalled, merged = outcome.hints
    assert "+0m assigned (lead lena, to ada" in assigned
    assert "+3m sla_warned" in warned
    assert "at that instant: +3m sla_warned" in stalled
    assert merged == "no merged happened"
    assert [(event["at"], event["event"]) for event in outcome.unwanted] == [("+0m", "notified")]


@pytest.mark.parametrize("file", CONTRACTS, ids=lambda file: str(file.relative_to(EXAMPLES)))
def test_a_contract_of_the_examples_has_no_fault(file: Path) -> None:
    read = read_contract_file(file)
    faults = [str(found) for found in read.findings if found.severity == "error"]
    assert not faults, "\n".join(faults)
