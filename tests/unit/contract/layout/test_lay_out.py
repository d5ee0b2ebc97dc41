"""One layout for every contract: what stays, what changes, what is refused."""

from pathlib import Path

import pytest

from handrail.contract.layout import lay_out

EXAMPLES = Path(__file__).resolve().parents[4] / "examples"


def laid_out(text: str) -> str:
    found = lay_out(text)
    assert isinstance(found, str), found
    assert lay_out(found) == found
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a:    1\nb: {x:   1,y: 2}\n", "a: 1\nb: {x: 1, y: 2}\n"),
        ("a:\n    - x\n    -   y\n", "a:\n  - x\n  - y\n"),
        ("a:\n- x\n-\n  b: 1\n  c: 2\n", "a:\n  - x\n  - b: 1\n    c: 2\n"),
        ('a: "x"\nb: \'y\'\nc: "it\'s"\n', "a: 'x'\nb: 'y'\nc: \"it's\"\n"),
        ('a: "x \\"y\\" z"\n', "a: 'x \"y\" z'\n"),
        ('a: "two\\nlines"\n', 'a: "two\\nlines"\n'),
        ("a: 'NO'\nb: NO\nc: '12'\nd: 12\n", "a: 'NO'\nb: NO\nc: '12'\nd: 12\n"),
        ("a: x\r\n\r\n\r\nb: y", "a: x\n\nb: y\n"),
        ("a:\n\n  b: 1\n", "a:\n  b: 1\n"),
        ("a: &x {b: 1}\nc: *x\n", "a: &x {b: 1}\nc: *x\n"),
        ("a: {b: , c: ~}\nd:\n", "a: {b: null, c: ~}\nd:\n"),
        ("a: one\n  two\n", "a: one two\n"),
        ("a: |\n     one\n       two\nb: 1\n", "a: |\n  one\n    two\nb: 1\n"),
        ("a: >-\n  one\n  two\nb: 1\n", "a: >-\n  one\n  two\nb: 1\n"),
        ("a: |2\n    one\nb: 1\n", 'a: "  one\\n"\nb: 1\n'),
        ("--- # first\na: 1\n...\n", "# first\na: 1\n"),
        ("? a\n: 1\n", "a: 1\n"),
        ("{a: 1, b: [x, y]}\n", "a: 1\nb: [x, y]\n"),
        ("a: []\nb: {}\n", "a: []\nb: {}\n"),
    ],
)
def test_each_thing_is_written_in_one_way(text: str, wanted: str) -> None:
    assert laid_out(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# top\n\n\n# more\na: 1 # one\n", "# top\n\n# more\na: 1  # one\n"),
        ("a: 1 # one\nbb: 22 # two\n", "a: 1    # one\nbb: 22  # two\n"),
        ("a:   # of a\n  # before b\n  b: 1\n", "a:  # of a\n  # before b\n  b: 1\n"),
        ("a:\n  - # of x\n    x: 1\n", "a:  # of x\n  - x: 1\n"),
        ("a: {b: 1, # of b\n  c: 2}\n", "a:\n  b: 1  # of b\n  c: 2\n"),
        ("a: [x, # of x\n  y]\nb: 1\n", "a:\n  - x  # of x\n  - y\nb: 1\n"),
        ("a: 'x # y' # z\n", "a: 'x # y'  # z\n"),
        ("a: x#y\n", "a: x#y\n"),
        ("a: 1\n# last\n", "a: 1\n# last\n"),
        ("a: | # of a\n  # text\nb: 1\n", "a: |  # of a\n  # text\nb: 1\n"),
        ("a: 1\n# one # two\n", "a: 1\n# one # two\n"),
    ],
)
def test_every_comment_stays_beside_what_it_speaks_of(text: str, wanted: str) -> None:
    assert laid_out(text) == wanted


def test_what_does_not_fit_into_a_line_is_opened_out() -> None:
    long = "x" * 60
    found = laid_out(f"rules:\n  - {{name: {long}, when: {long}}}\n")
    assert found == f"rules:\n  - name: {long}\n    when: {long}\n"


@pytest.mark.parametrize("text", ["a: [1\n", "", "a: 1\na: 2\n", "a:\n\t- 1\n", "a: !x 1\n"])
def test_what_is_no_contract_is_refused_with_its_place(text: str) -> None:
    found = lay_out(text)
    assert not isinstance(found, str)
    assert all(finding.kind == "syntax" for finding in found)
    assert found


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.yaml")), ids=str)
def test_every_example_can_be_laid_out_and_keeps_its_comments(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert words(laid_out(text)) == words(text)


def words(text: str) -> list[str]:
    """Letters and digits, comments included, in their order."""
    return "".join(sign if sign.isalnum() else " " for sign in text).split()
