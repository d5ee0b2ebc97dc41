"""`alerts.always`: what nobody can switch off is read, and stands on the page."""

from pathlib import Path

from handrail.contract.model import Always
from handrail.contract.page.promises import alerts
from handrail.contract.read import read_contract_text
from handrail.contract.read.reading import ReadResult

ACME = Path(__file__).resolve().parents[3] / "examples" / "acme"
TABLES = {path.name: path.read_text() for path in ACME.glob("*.csv")}
KEPT = "alerts:\n  always: {kinds: [high_intent], channels: [email]}\n"


def read(section: str) -> ReadResult:
    text = (ACME / "contract.yaml").read_text().replace("alerts:\n", section, 1)
    return read_contract_text(text, tables=TABLES)


def test_what_is_always_on_is_read_and_told() -> None:
    found = read(KEPT)
    assert found.contract is not None, found.findings
    contract = found.contract
    assert contract.alerts.always == Always(kinds=("high_intent",), channels=("email",))
    assert "Nobody can switch off: high intent, email." in str(alerts(contract))


def test_an_unknown_channel_or_a_kind_that_must_arrive_anyway_is_a_finding() -> None:
    for wrong in ("channels: [pigeon]", "kinds: [assigned]"):
        found = read(KEPT.replace("kinds: [high_intent], channels: [email]", wrong))
        assert found.contract is None
