"""`booking`: when buyers may book."""

from datetime import timedelta

import pytest

from handrail.contract.diff import changed_sections
from handrail.contract.model import Booking
from handrail.contract.read import read_contract_text
from tests import cast

WHOLE = """booking:
  length: 45m
  step: 30m
  before: 5m
  after: 10m
  notice: 2h
  within: 21d
  per_day: 6
  offer: 3
  hold: 15m
  reminders: [24h, 1h]
  title: Demo of Acme
"""


def read(text: str) -> tuple[Booking | None, list[str]]:
    found = read_contract_text(cast.CONTRACT + text, proofs="none")
    booking = found.contract.booking if found.contract is not None else None
    errors = [f"{one.kind}: {one.message}" for one in found.findings if one.severity == "error"]
    return booking, errors


def test_without_the_section_nobody_books() -> None:
    assert read("") == (None, [])


def test_all_that_it_says_is_read() -> None:
    hour = timedelta(hours=1)
    booking, errors = read(WHOLE)
    assert not errors
    assert booking == Booking(
        length=timedelta(minutes=45),
        step=timedelta(minutes=30),
        before=timedelta(minutes=5),
        after=timedelta(minutes=10),
        notice=2 * hour,
        within=timedelta(days=21),
        per_day=6,
        offer=3,
        hold=timedelta(minutes=15),
        reminders=(24 * hour, hour),
        title="Demo of Acme",
    )


def test_what_is_left_out_is_as_the_schema_says() -> None:
    assert read("booking: {offer: 2}\n") == (Booking(offer=2), [])


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{step: 7m}", "whole number of steps"),
        ("{step: 1m}", "whole number of steps"),
        ("{length: 9h}", "at most 8h"),
        ("{before: 5h}", "at most 4h before"),
        ("{after: 5h}", "at most 4h after"),
        ("{within: 93d}", "more than 92d"),
        ("{hold: 2h}", "at most 1h"),
        ("{notice: 14d}", "leaves no time"),
        ("{per_day: 0}", "1"),
        ("{length: 0m}", "positive"),
        ("{lenght: 30m}", "length"),
    ],
)
def test_what_cannot_be_is_told_at_its_place(said: str, told: str) -> None:
    _, errors = read(f"booking: {said}\n")
    assert len(errors) == 1 and told in errors[0], errors


def test_a_change_in_it_is_a_change_of_its_section() -> None:
    one, other = (
        read_contract_text(cast.CONTRACT + f"booking: {{offer: {n}}}\n", proofs="none").contract
        for n in (2, 3)
    )
    assert one is not None and other is not None
    assert changed_sections(one, other) == {"booking"}
