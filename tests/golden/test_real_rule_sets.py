"""The published rules, stated literally from the data: the check says where they contradict
themselves. As settled in `examples/handbook-*` it has nothing to say."""

import json
import re
from pathlib import Path

import pytest

from handrail.contract.findings import Finding
from handrail.contract.read import read_contract_file, read_contract_text
from handrail.engine.alone import facts_seen

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
RULES = ROOT.parent / "shared" / "data" / "rules"

needs_rules = pytest.mark.skipif(
    not RULES.is_dir(), reason=f"the published rules are not here: {RULES}"
)


def literal(published: str) -> str:
    """`250-2,400` -> a condition that says just that."""
    low, dash, high = published.replace(",", "").replace("+", "").partition("-")
    upper = f" && account.employees <= {int(high)}" if dash else ""
    return f"account.employees >= {int(low)}{upper}"


def segments() -> dict[str, str]:
    return json.loads((RULES / "gitlab_sla_lifecycle_2025.json").read_text("utf-8"))["segments"]


def points_by_size() -> list[dict]:
    return json.loads((RULES / "posthog_rules.json").read_text("utf-8"))["employee_count"]


def settled(name: str) -> str:
    return (EXAMPLES / name / "contract.yaml").read_text("utf-8")


def with_segments_as_territories() -> str:
    areas = [f"  - {{name: {one}, when: {literal(band)}}}" for one, band in segments().items()]
    text, count = re.subn(
        r"^territories:\n(  - .*\n)+(?=  - \{name: size unknown)",
        "\n".join(["territories:", *areas, ""]),
        settled("handbook-a"),
        flags=re.MULTILINE,
    )
    assert count == 1
    return text


def with_segments_as_points() -> str:
    rules = [f"      - {{when: {literal(band)}, add: 5}}\n" for band in segments().values()]
    head, fit, tail = settled("handbook-a").partition("  fit:\n    cap: 70\n    rules:\n")
    assert fit
    return head + fit + "".join(rules) + tail


def with_points_by_size() -> str:
    rules = [
        f"      - {{when: {literal(band['range'])}, add: {band['points']}}}\n"
        for band in points_by_size()
    ]
    lines = settled("handbook-b").splitlines(keepends=True)
    kept = [line for line in lines if "{when: account.employees " not in line]
    assert len(lines) - len(kept) == 2
    at = kept.index("    rules:\n") + 1
    return "".join([*kept[:at], *rules, *kept[at:]])


def bands_found(text: str) -> dict[str, list[tuple[Finding, str]]]:
    """Findings by kind, with the line that each marks. Others are only notes on the order."""
    found: dict[str, list[tuple[Finding, str]]] = {"band_gap": [], "band_overlap": []}
    lines = text.splitlines()
    for finding in read_contract_text(text, evaluate=facts_seen).findings:
        if finding.kind in ORDER_NOTES:
            assert finding.severity == "note"
            continue
        found[finding.kind].append((finding, lines[finding.line - 1]))
    return found


ORDER_NOTES = ("overlap", "redundant")  # a rule may be there for its name in the record


def employees_of(finding: Finding) -> object:
    assert finding.example is not None
    return finding.example["account.employees"]


@needs_rules
@pytest.mark.parametrize(
    ("stated", "severity"),
    [(with_segments_as_territories, "note"), (with_segments_as_points, "warning")],
    ids=["as territories", "as points"],
)
def test_segments_that_share_250_and_leave_out_2401_to_2499_are_reported(
    stated: object, severity: str
) -> None:
    assert list(segments().values()) == ["0-250", "250-2,400", "2,500+"]
    assert callable(stated)
    found = bands_found(stated())
    ((overlap, second),) = found["band_overlap"]
    assert (overlap.severity, employees_of(overlap)) == (severity, 250)
    assert ">= 250 &&" in second and "= 250 " in overlap.message
    ((gap, third),) = found["band_gap"]
    assert (gap.severity, employees_of(gap)) == ("warning", 2401)
    assert ">= 2500" in third and "from 2,401 to 2,499" in gap.message


@needs_rules
def test_bands_of_points_that_share_1000_are_reported() -> None:
    assert [band["range"] for band in points_by_size()] == ["1-10", "11-1000", "1000+"]
    found = bands_found(with_points_by_size())
    assert not found["band_gap"]
    ((overlap, last),) = found["band_overlap"]
    assert (overlap.severity, employees_of(overlap)) == ("warning", 1000)
    assert ">= 1000" in last and "= 1,000 " in overlap.message


@pytest.mark.parametrize("name", ["handbook-a", "handbook-b"])
def test_the_rules_as_settled_have_no_fault(name: str) -> None:
    read = read_contract_file(EXAMPLES / name / "contract.yaml", evaluate=facts_seen)
    assert all(one.kind in ORDER_NOTES and one.severity == "note" for one in read.findings)
