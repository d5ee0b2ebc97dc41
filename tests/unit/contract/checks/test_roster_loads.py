"""What a contract asks of the hands in a roster."""

from handrail.contract.checks import check_against_roster
from tests.cast import CONTRACT, ROSTER, contract, roster

HEAVY = CONTRACT.replace(
    "first_action: 5m, strategy: fastest}", "first_action: 5m, strategy: fastest, load: {A: 6.5}}"
)


def test_a_lead_that_is_more_than_anybody_may_have_is_told_of() -> None:
    capped = ROSTER.replace(
        "timezone: America/New_York}", "timezone: America/New_York, caps: {open: 6}}"
    )
    [found] = check_against_roster(contract(HEAVY), roster(capped))
    assert (found.kind, found.severity) == ("uncovered", "warning")
    assert "one open `demo` fills 6.5" in found.message
    assert "more than 6 open" in found.message


def test_who_has_no_cap_may_take_any_lead() -> None:
    assert not check_against_roster(contract(HEAVY), roster(ROSTER))


def test_where_each_fills_one_a_small_cap_is_nobodys_concern() -> None:
    capped = ROSTER.replace(
        "timezone: America/New_York}", "timezone: America/New_York, caps: {open: 0}}"
    )
    assert not check_against_roster(contract(), roster(capped))
