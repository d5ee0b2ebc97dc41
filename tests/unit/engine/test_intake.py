"""One capture, as every door reads it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from handrail.engine.intake import parse_json, read_capture
from handrail.engine.items import CaptureItem

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def good(**fields: Any) -> CaptureItem:
    read = read_capture({"id": "l1", **fields}, place="line 1")
    assert isinstance(read, CaptureItem), read
    return read


def faults(raw: object) -> list[str]:
    read = read_capture(raw, place="line 7")
    assert isinstance(read, tuple), read
    return [str(fault) for fault in read]


def test_an_id_is_enough() -> None:
    assert good() == CaptureItem(id="l1")


def test_a_display_name_and_case_are_set_aside() -> None:
    assert good(email="Lena Lind <Lena@Acme.example> ").email == "lena@acme.example"


@pytest.mark.parametrize("empty", ["", " ", None])
def test_an_empty_address_is_none(empty: str | None) -> None:
    assert good(email=empty).email is None


def test_the_address_may_stand_among_the_fields_of_the_lead() -> None:
    read = good(lead={"email": "lena@acme.example", "country": "US"})
    assert read.email == "lena@acme.example"
    assert read.attributes == {"lead.country": "US"}


@pytest.mark.parametrize(
    "address",
    ["lena", "lena@", "@acme.example", "lena@@acme.example", "le na@acme.example", "l@a..example",
     "l@-acme.example", "l@acme.example\0", "l@acme.example\nbcc: x@y.example",
     f"{'l' * 65}@a.example", f"l@{'a' * 260}.example", 7, ["l@a.example"]],
)  # fmt: skip
def test_what_is_no_address_is_told(address: object) -> None:
    (told,) = faults({"id": "l1", "email": address})
    assert told.startswith("line 7, email: ")


def test_an_instant_is_read_in_utc() -> None:
    assert good(captured_at="2026-03-02T13:00:00+01:00").captured_at == NOON
    assert good(captured_at="").captured_at is None


@pytest.mark.parametrize(
    "instant",
    ["2026-03-02T12:00:00", "2026-03-02", "yesterday", "2026-02-30T12:00:00Z", 1_772_000_000,
     "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-02T12:00:00Z" * 9],
)  # fmt: skip
def test_what_is_no_instant_is_told_with_the_remedy(instant: object) -> None:
    (told,) = faults({"id": "l1", "captured_at": instant})
    assert told.startswith("line 7, captured_at: ")


@pytest.mark.parametrize(
    "written",
    ["demo;view", "demo|view", "demo, view", " demo\tview ", '["demo", "view"]', ["demo", "view"],
     [{"name": "demo"}, {"name": "view", "at": None}]],
)  # fmt: skip
def test_signals_may_be_written_in_every_form(written: object) -> None:
    assert good(signals=written).signals == (("demo", None), ("view", None))


def test_a_signal_may_have_its_own_time() -> None:
    read = good(signals=[{"name": "demo", "at": "2026-03-02T12:00:00Z"}])
    assert read.signals == (("demo", NOON),)


@pytest.mark.parametrize(
    "signals",
    [7, {"demo": 1}, [7], [""], [{"at": "2026-03-02T12:00:00Z"}], [{"name": "demo", "when": 1}],
     [{"name": "demo", "at": "2026-03-02T12:00:00"}], "[demo", ["x" * 101], ["de\0mo"],
     ["demo"] * 2_001],
)  # fmt: skip
def test_what_are_no_signals_is_told(signals: object) -> None:
    (told,) = faults({"id": "l1", "signals": signals})
    assert told.startswith("line 7, signals: ")


def test_everything_else_is_kept_as_it_came() -> None:
    read = good(
        **{"lead.tags": ["a", "b"], "n": 4_000, "share": 0.5, "ok": False, "nothing": None},
        account={"employees": "many", "seat": {"country": "US"}},
    )
    assert read.attributes == {
        "lead.tags": ["a", "b"],
        "n": 4_000,
        "share": 0.5,
        "ok": False,
        "account.employees": "many",
        "account.seat.country": "US",
    }


@pytest.mark.parametrize(
    "value",
    ["x" * 10_001, "a\0b", "\ud800", float("nan"), float("inf"), 2**63, [1], [["a"]], ["\0"],
     ["a"] * 201, {"a": {"b": {"c": {"d": {"e": 1}}}}}],
)  # fmt: skip
def test_a_value_that_cannot_be_kept_is_told(value: object) -> None:
    (told,) = faults({"id": "l1", "note": value})
    assert told.startswith("line 7, note")


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\0", "a\nb", "\ud800", 7, None])
def test_a_name_that_cannot_be_kept_is_told(name: object) -> None:
    assert len(faults({"id": "l1", name: "x"})) == 1


@pytest.mark.parametrize("raw", [None, 7, "lena", ["id"], True])
def test_a_lead_is_an_object(raw: object) -> None:
    (told,) = faults(raw)
    assert "write an object of fields" in told


@pytest.mark.parametrize("id_", [None, "", " ", 7, "x" * 201, "a\0b", "a\nb", "\ud800", {"a": 1}])
def test_an_id_is_a_short_text(id_: object) -> None:
    (told,) = faults({"id": id_})
    assert told.startswith("line 7, id: ")


def test_all_faults_are_told_at_once() -> None:
    told = faults({"email": "x", "captured_at": "x", "signals": 7, "note": [1]})
    assert [fault.split(": ")[0].removeprefix("line 7, ") for fault in told] == [
        "email",
        "captured_at",
        "signals",
        "id",
        "note",
    ]


def test_a_field_is_given_once() -> None:
    (told,) = faults({"id": "l1", "lead.country": "US", "lead": {"country": "DE"}})
    assert "given twice" in told


def test_two_addresses_of_one_lead_must_agree() -> None:
    (told,) = faults({"id": "l1", "email": "a@x.example", "lead.email": "b@x.example"})
    assert "keep one of the two" in told


def test_a_lead_has_at_most_200_fields() -> None:
    (told,) = faults({"id": "l1", **{f"f{index}": 1 for index in range(200)}})
    assert "more than 200 fields" in told


@pytest.mark.parametrize(
    "text",
    ['{"a": 1, "a": 1}', '{"a": NaN}', '{"a": -Infinity}', "{", "", "[" * 100_000, "1" * 5_000],
)
def test_json_is_read_strictly(text: str) -> None:
    with pytest.raises(ValueError):
        parse_json(text)
