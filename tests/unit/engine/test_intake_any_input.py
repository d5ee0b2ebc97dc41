"""Whatever comes in at a door is either refused with its place or decided; nothing else happens."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.contract.read import read_contract_file
from handrail.contract.roster import RosterFile, read_roster
from handrail.engine.alone import Alone
from handrail.engine.intake import read_capture
from handrail.engine.items import CaptureItem

ACME = Path(__file__).resolve().parents[3] / "examples" / "acme"
NAMES = st.sampled_from(
    """id email captured_at signals lead.country lead.persona account.employees account.industry
    account.technologies account.csm account.owner account.domain lead lead.email lead_type fit
    lead.source_campaign lead.postal_code lead.email_domain tier threshold lead.times_mql""".split()
)
TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        """demo_request pricing_view;webinar_attended 2026-03-02T15:00:00Z 1970-01-01T00:00:00Z
        2199-12-31T23:59:59+00:00 a@bigco.example a@rival.example US ada 4000 1e400 NaN 0x10 -0
        a@xn--. a@[::1] a@com unsubscribe careers_view software true [] {}""".split()
    ),
)
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.sampled_from([2**63, -(10**80)])
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(NAMES, st.sampled_from(["name", "at"])), inner, max_size=3),
    ),
    max_leaves=6,
)
LEADS = st.dictionaries(st.one_of(NAMES, st.text(max_size=4)), VALUES, max_size=8)


def _alone() -> Alone:
    contract = read_contract_file(ACME / "contract.yaml").contract
    roster = read_roster(ACME / "roster.yaml")
    assert contract is not None
    assert isinstance(roster, RosterFile)
    return Alone(contract=contract, roster=roster, now=datetime(2026, 3, 2, 15, tzinfo=UTC))


ALONE = _alone()


@pytest.mark.long
@settings(max_examples=400)
@given(LEADS, st.booleans())
def test_any_input_is_refused_or_decided(lead: dict[str, Any], with_id: bool) -> None:
    read = read_capture({**lead, "id": "l1"} if with_id else lead, place="line 1")
    if isinstance(read, CaptureItem):
        line = ALONE.decide(read)
        assert msgspec.json.encode(line)
        assert ALONE.decide(read) == line
    else:
        assert read
        assert all(str(fault).startswith("line 1") for fault in read)
        assert all(str(fault).isprintable() for fault in read)
