"""Files of leads: each row by itself, and a bad one costs no other."""

from pathlib import Path

import pytest

from handrail.engine.intake import BadInput
from handrail.engine.items import CaptureItem
from handrail.engine.lead_file import LINE_BYTES_MAX, LeadFile, LeadFileFault
from handrail.engine.mapping import Mapping, read_mapping_text


def read(
    folder: Path, name: str, content: bytes, mapping: Mapping | None = None
) -> list[tuple[int, str]]:
    """(line, id of the lead or what is wrong) of each row; twice, to see that passes agree."""
    path = folder / name
    path.write_bytes(content)
    with LeadFile(path, mapping=mapping) as file:
        first = [(row.line, said(row.read)) for row in file.rows()]
        assert first == [(row.line, said(row.read)) for row in file.rows()]
    return first


def said(read: CaptureItem | tuple[BadInput, ...]) -> str:
    return read.id if isinstance(read, CaptureItem) else "; ".join(str(fault) for fault in read)


def test_ndjson_rows_stand_for_themselves(tmp_path: Path) -> None:
    content = (
        b'\xef\xbb\xbf{"id": "a"}\r\n\n  \n{"id": "b"\n{"id": "c", "x": "\xff"}\n["d"]\n{"id": "e"}'
    )
    rows = read(tmp_path, "leads.ndjson", content)
    assert [line for line, _ in rows] == [1, 4, 5, 6, 7]
    assert rows[0] == (1, "a")
    assert "not JSON" in rows[1][1]
    assert "not UTF-8" in rows[2][1]
    assert "write an object" in rows[3][1]
    assert rows[4] == (7, "e")


def test_a_line_that_is_too_long_costs_itself_only(tmp_path: Path) -> None:
    long = b'{"id": "a", "x": "' + b"x" * (2 * LINE_BYTES_MAX) + b'"}\n'
    rows = read(tmp_path, "leads.ndjson", long + b'{"id": "b"}\n')
    assert "longer than 256 KB" in rows[0][1]
    assert rows[1] == (2, "b")


def test_csv_cells_may_hold_commas_quotes_and_lines(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbfid,note\r\na,"x, ""y""\r\nz"\r\n\r\nb,\r\n'
    assert read(tmp_path, "leads.csv", content) == [(2, "a"), (5, "b")]


def test_csv_rows_that_are_ragged_or_misquoted_cost_themselves_only(tmp_path: Path) -> None:
    content = b'id,note\na\nb,1,2\nc,"x"y\nd,"never ends\ne,1\nf,\xff\ng,1\n'
    rows = read(tmp_path, "leads.csv", content)
    assert [line for line, _ in rows] == [2, 3, 4, 5, 6, 7, 8]
    assert [row for _, row in rows if len(row) == 1] == ["e", "g"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"name,email\nx,y\n", "no column is `id`"),
        (b"id,,x\n", "column 2 has no name"),
        (b"id,x,x\n", "two columns"),
        (b"id;email\n", "split by commas"),
        (b'id,"x\n', "not CSV"),
        (b"\x1f\x8b\x08\x00", "compressed"),
    ],
)
def test_a_header_that_cannot_be_used_ends_the_file(
    tmp_path: Path, content: bytes, told: str
) -> None:
    with pytest.raises(LeadFileFault, match=told):
        read(tmp_path, "leads.csv", content)


def test_a_file_without_a_telling_name_is_told_by_its_start(tmp_path: Path) -> None:
    assert read(tmp_path, "leads", b'{"id": "a"}\n') == [(1, "a")]
    assert read(tmp_path, "leads.txt", b"id\na\n") == [(2, "a")]
    with pytest.raises(LeadFileFault, match="NDJSON"):
        read(tmp_path, "leads.json", b'[{"id": "a"}]')


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(LeadFileFault, match="check the path"):
        LeadFile(Path("no") / "such.csv")
    with pytest.raises(LeadFileFault, match="check the path"):
        LeadFile(Path("."))


# --- mappings


def mapping(text: str) -> Mapping:
    made = read_mapping_text(text)
    assert isinstance(made, Mapping), made
    return made


FULL = """
columns: {mql_id: id, first: captured_at, origin: lead.source_campaign}
ignore: [internal]
values: {origin: {organic search: organic}}
defaults: {lead.country: BR, account.employees: 7}
signals:
  - {name: form}
  - {name: click, when: {origin: [paid, paid search]}, at: clicked}
  - {name: unknown, when: {origin: ""}}
timezone: America/Sao_Paulo
date_format: "%d/%m/%Y"
"""


def test_a_mapping_gives_columns_their_meaning() -> None:
    raw: dict[object, object] = {
        "mql_id": "a",
        "first": "01/02/2018",
        "origin": "organic search",
        "internal": "x",
        "page": "p",
        "signals": "view",
    }
    item = mapping(FULL).capture(raw, place="line 2")
    assert isinstance(item, CaptureItem)
    assert item.id == "a"
    assert str(item.captured_at) == "2018-02-01 02:00:00+00:00"
    assert item.signals == (("view", None), ("form", None))
    assert item.attributes == {
        "lead.source_campaign": "organic",
        "page": "p",
        "lead.country": "BR",
        "account.employees": 7,
    }


def test_a_mapped_signal_may_have_a_time_of_its_own() -> None:
    raw: dict[object, object] = {"mql_id": "a", "origin": "paid", "clicked": "02/02/2018"}
    item = mapping(FULL).capture(raw, place="line 2")
    assert isinstance(item, CaptureItem)
    assert [name for name, _ in item.signals] == ["form", "click"]
    assert str(item.signals[1][1]) == "2018-02-02 02:00:00+00:00"


def test_an_empty_cell_can_be_asked_for() -> None:
    item = mapping(FULL).capture({"mql_id": "a"}, place="line 2")
    assert isinstance(item, CaptureItem)
    assert [name for name, _ in item.signals] == ["form", "unknown"]


def test_a_date_that_cannot_be_read_is_told() -> None:
    read = mapping(FULL).capture({"mql_id": "a", "first": "2018-02-01"}, place="line 2")
    assert isinstance(read, tuple)
    assert "%d/%m/%Y" in str(read[0])


@pytest.mark.parametrize(
    "text",
    ["", "- a", "colums: {a: id}", "columns: [a]", "columns: {a: id, b: id}", "timezone: Mars",
     "signals: [{when: {a: b}}]", "signals: [{name: x, on: y}]", "values: {a: b}", "a: [",
     "ignore: {a: b}"],
)  # fmt: skip
def test_a_faulty_mapping_is_told_at_its_place(text: str) -> None:
    findings = read_mapping_text(text)
    assert isinstance(findings, tuple)
    assert findings
    assert all(finding.line >= 1 and finding.message for finding in findings)


def test_a_mapping_must_fit_the_header(tmp_path: Path) -> None:
    with pytest.raises(LeadFileFault, match="'mql_id', which is not here"):
        read(tmp_path, "l.csv", b"mql,x\n1,2\n", mapping("columns: {mql_id: id}"))
    with pytest.raises(LeadFileFault, match="both give `id`"):
        read(tmp_path, "l.csv", b"id,key\n1,2\n", mapping("columns: {key: id}"))
