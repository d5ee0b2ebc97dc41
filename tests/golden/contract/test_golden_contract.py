"""Cases of findings as data: a passage of the sample is changed, one finding stands at the mark."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from handrail.contract.text.source import Source
from tests.unit.contract.read.acme import TEXT, read

FOLDER = Path(__file__).parent
MARK = "«"
CASES = {
    f"{path.stem}: {case['case']}": case
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in YAML(typ="safe", pure=True).load(path)
}


def marked_text(case: dict[str, str]) -> tuple[str, tuple[int, int] | None]:
    assert case["old"] in TEXT
    text = TEXT.replace(case["old"], case["new"], 1)
    if "at" in case:
        plain = case["at"].replace(MARK, "")
        assert plain in text
        text = text.replace(plain, case["at"], 1)
    if MARK not in text:
        return text, None
    place = Source(text).place(text.index(MARK))
    return text.replace(MARK, ""), (place.line, place.column)


@pytest.mark.parametrize("name", CASES)
def test_a_finding_stands_where_the_case_says(name: str) -> None:
    case = CASES[name]
    text, place = marked_text(case)
    result = read(text)
    severity = case.get("severity", "error")
    found = [one for one in result.findings if one.severity != "note"]
    if case["kind"] == "none":
        assert not found
        return
    assert [(one.kind, one.severity) for one in found] == [(case["kind"], severity)], found
    assert place is None or (found[0].line, found[0].column) == place, found
    assert case["says"] in found[0].message
    assert (result.contract is None) == (severity == "error")
