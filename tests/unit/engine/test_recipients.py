"""Whose zone a reader's times are in."""

import pytest

from handrail.engine.recipients import recipient_of
from tests.cast import THE_ROSTER


@pytest.mark.parametrize("who", ["mo", "team:inbound"])
def test_who_has_no_zone_reads_the_contracts(who: str) -> None:
    assert THE_ROSTER.people["mo"].timezone is None
    found = recipient_of(who, roster=THE_ROSTER, zone="America/New_York")
    assert found is not None
    assert (found.id, found.timezone) == ("mo", "America/New_York")


def test_who_has_one_reads_their_own() -> None:
    found = recipient_of("ada", roster=THE_ROSTER, zone="Asia/Tokyo")
    assert found is not None
    assert found.timezone == "America/New_York"
