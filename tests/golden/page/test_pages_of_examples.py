"""The whole text of three contracts' pages. `python -m tests.golden.page.test_pages_of_examples`
writes them anew; review the difference.

Findings are left out: they have golden cases of their own.
"""

from pathlib import Path

import pytest

from handrail.contract.page import page_of, render_plain
from handrail.contract.read import read_contract_file
from handrail.contract.roster import read_roster

FOLDER = Path(__file__).resolve().parent
EXAMPLES = FOLDER.parents[2] / "examples"
NAMES = ("acme", "handbook-a", "handbook-b")


def plain(name: str) -> str:
    contract = read_contract_file(EXAMPLES / name / "contract.yaml").contract
    staff = read_roster(EXAMPLES / name / "roster.yaml")
    assert contract is not None
    assert not isinstance(staff, tuple)
    return render_plain(page_of(contract, roster=staff.roster))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_reads_as_it_did(name: str) -> None:
    assert plain(name) == (FOLDER / f"{name}.txt").read_text("utf-8")


if __name__ == "__main__":
    for name in NAMES:
        (FOLDER / f"{name}.txt").write_text(plain(name), "utf-8")
