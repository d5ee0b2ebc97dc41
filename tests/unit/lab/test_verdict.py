"""Two decisions on one lead: in what they differ, and no more than that."""

import pytest

from handrail.lab.verdict import Verdict, differences

ADA = Verdict(outcome="mql", type="demo", tier="A", rule="everyone", owner="ada")


@pytest.mark.parametrize(
    ("other", "kinds"),
    [
        (ADA, ()),
        (Verdict(outcome="nurture"), ("mql",)),
        (Verdict(outcome="triage", type="demo", tier="A", owner="team:revops"), ("mql",)),
        (Verdict(outcome="mql", type="demo", tier="A", rule="everyone", owner="ben"), ("owner",)),
        (
            Verdict(outcome="mql", type="content", tier="B", rule="other", owner="ben"),
            ("type", "tier", "rule", "owner"),
        ),
    ],
)
def test_each_difference_has_its_kind(other: Verdict, kinds: tuple[str, ...]) -> None:
    assert differences(ADA, other) == kinds
    assert differences(other, ADA) == kinds
