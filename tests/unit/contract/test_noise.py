"""`alerts.budget`, `digest_every`, `storm`: read, told on the page, refused where nonsense."""

from datetime import timedelta
from pathlib import Path

import pytest

from handrail.contract.diff.clauses import clause_differences
from handrail.contract.diff.sections import changed_sections
from handrail.contract.layout import lay_out
from handrail.contract.model import Noise
from handrail.contract.page.promises import alerts
from handrail.contract.read import read_contract_text
from handrail.contract.read.reading import ReadResult

ACME = Path(__file__).resolve().parents[3] / "examples" / "acme"
TEXT = (ACME / "contract.yaml").read_text()
TABLES = {path.name: path.read_text() for path in ACME.glob("*.csv")}
CALM = "budget: 12\n  digest_every: 30m\n  storm: {above: 1, every: 2m}"


def text_with(noise: str) -> str:
    return TEXT.replace("alerts:\n", f"alerts:\n  {noise}\n", 1)


def read(noise: str) -> ReadResult:
    return read_contract_text(text_with(noise), tables=TABLES)


def test_what_a_contract_says_of_noise_is_read_and_told_to_who_signs() -> None:
    found = read(CALM)
    assert found.contract is not None, found.findings
    noise = found.contract.alerts.noise
    assert noise == Noise(12, timedelta(minutes=30), 1, timedelta(minutes=2))
    told = str(alerts(found.contract))
    assert "1 message a minute and 12 messages a shift come to one person one by one." in told
    assert "every 2 minutes while a storm lasts, every 30 minutes beyond the shift's budget" in told


def test_unsaid_is_twenty_a_shift_and_two_a_minute() -> None:
    contract = read_contract_text(TEXT, tables=TABLES).contract
    assert contract is not None
    assert contract.alerts.noise == Noise(20, timedelta(minutes=15), 2, timedelta(minutes=5))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("budget: 0", "0 is too small: at least 1"),
        ("budget: many", "a whole number"),
        ("digest_every: 30s", "digests are 1m to 1d apart"),
        ("digest_every: 2d", "digests are 1m to 1d apart"),
        ("storm: {every: 2h}", "digests are 1m to 1h apart"),
        ("storm: {above: 0}", "0 is too small: at least 1"),
        ("storm: {over: 3}", "over"),
    ],
)
def test_what_cannot_be_meant_is_an_error(wrong: str, said: str) -> None:
    found = read(wrong)
    assert found.contract is None
    assert any(said in one.message for one in found.findings), found.findings


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ("budget: 1", "only 1 in a whole shift"),
        ("storm: {above: 30}", "only 20 in a whole shift"),
        ("digest_every: 2m", "told more often"),
        ("storm: {every: 30m}", "its breach may come first"),
    ],
)
def test_what_is_hardly_meant_is_a_warning_at_its_place(odd: str, said: str) -> None:
    found = read(odd)
    assert found.contract is not None, found.findings
    lines = [one.line for one in found.findings if said in one.message and one.kind == "value"]
    written = text_with(odd).splitlines().index(f"  {odd}") + 1
    assert lines == [written]
    assert all(one.severity == "warning" for one in found.findings if said in one.message)


def test_a_change_of_noise_is_a_change_of_alerts() -> None:
    old, new = read_contract_text(TEXT, tables=TABLES).contract, read(CALM).contract
    assert old is not None and new is not None
    assert changed_sections(old, new) == {"alerts"}
    found = {(one.old, one.new) for one in clause_differences(old, new)}
    assert found == {("20", "12"), ("15m", "30m"), ("2", "1"), ("5m", "2m")}


def test_what_was_laid_out_says_the_same() -> None:
    laid_out = lay_out(text_with(CALM))
    found = read_contract_text(str(laid_out), tables=TABLES)
    assert found.contract is not None
    assert found.contract.alerts.noise.budget == 12
