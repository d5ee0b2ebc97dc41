"""Laws of laying out: once is as good as twice, and neither meaning nor comment is lost."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.contract.layout import lay_out
from handrail.contract.read import read_contract_text
from handrail.contract.text.source import Source
from handrail.contract.text.tree import Block, Node, Scalar, Sequence, read_tree

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme"
WORDS = st.sampled_from(
    [
        "a", "NO", "12", "true", "x # y", "it's", 'lead.x == "y"', "a: b", "", "- a", "[a", "null",
        "two  blanks", "back\\slash", "line\nbreak", "*a", "&a", "é", "\t", "a" * 70,
    ]
)  # fmt: skip
COMMENTS = st.sampled_from(["", "", "", " # one", "   #two", " # 'three", " # {four: 4}"])
Tree = str | list["Tree"] | dict[str, "Tree"]
TREES: st.SearchStrategy[Tree] = st.recursive(
    WORDS,
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.sampled_from("abcd"), below, max_size=3)
    ),
    max_leaves=12,
)


def quoted(draw: st.DrawFn, text: str) -> str:
    """In any style that can bear it: plain only where it would be read as it stands."""
    double = '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    styles = [double.replace("\t", "\\t")]
    if text.isprintable():
        styles.append("'" + text.replace("'", "''") + "'")
    if text.isalnum():
        styles.append(text)
    return draw(st.sampled_from(styles))


def flow(draw: st.DrawFn, tree: Tree) -> str:
    gap = draw(st.sampled_from(["", " ", "  ", "\n       "]))
    match tree:
        case str():
            return quoted(draw, tree)
        case list():
            return f"[{f', {gap}'.join(flow(draw, one) for one in tree)}]"
        case dict():
            inner = (f"{key}: {gap}{flow(draw, one)}" for key, one in tree.items())
            return f"{{{f', {gap}'.join(inner)}}}"


def block(draw: st.DrawFn, tree: Tree, indent: int) -> str:
    """What comes after `key:` or `-`: a value beside it, or a block below."""
    comment = draw(COMMENTS)
    if isinstance(tree, str) or not tree or draw(st.booleans()):
        return f" {flow(draw, tree)}{comment}\n"
    deeper = indent + draw(st.integers(1, 4))
    lines = [f"{comment}\n"]
    for head, one in tree.items() if isinstance(tree, dict) else (("-", one) for one in tree):
        alone = draw(COMMENTS).strip()
        lines.append(draw(st.sampled_from(["", "\n", "\n\n"])))
        lines.append(f"{' ' * draw(st.integers(0, 6))}{alone}\n" if alone else "")
        start = "-" if head == "-" else f"{head}:"
        lines.append(" " * deeper + start + block(draw, one, deeper))
    return "".join(lines)


@st.composite
def texts(draw: st.DrawFn) -> str:
    tree = draw(st.dictionaries(st.sampled_from("abcd"), TREES, min_size=1, max_size=4))
    return "".join(f"{key}:{block(draw, one, 0)}" for key, one in tree.items())


def said(node: Node | None) -> object:
    """What a reader can tell of it: a quoted word is a text, a plain one may be a number."""
    match node:
        case Scalar(text=text, style=style):
            return text, style is not None
        case Sequence(items=items):
            return [said(item) for item in items]
        case Block(entries=entries):
            return [(key.text, said(value)) for key, value in entries]
        case None:
            return None


def comments(text: str) -> list[str]:
    return [
        mark
        for mark in ("# one", "#two", "# 'three", "# {four: 4}")
        for _ in range(text.count(mark))
    ]


@pytest.mark.long
@given(text=texts())
def test_laying_out_keeps_what_is_said_and_every_comment(text: str) -> None:
    laid_out = lay_out(text)
    assert isinstance(laid_out, str), (text, laid_out)
    assert said(read_tree(Source(laid_out))[0]) == said(read_tree(Source(text))[0])
    assert comments(laid_out) == comments(text)


@pytest.mark.long
@given(text=texts())
def test_laying_out_twice_is_laying_out_once(text: str) -> None:
    laid_out = lay_out(text)
    assert isinstance(laid_out, str)
    assert lay_out(laid_out) == laid_out


@pytest.mark.long
@given(blanks=st.integers(2, 6), width=st.sampled_from(["", " ", "    "]))
def test_a_contract_laid_out_is_the_same_contract(blanks: int, width: str) -> None:
    """The sample, indented otherwise and with loose braces: digest and places alone may change."""
    lines = (ACME / "contract.yaml").read_text().splitlines()
    loose = [
        " " * ((len(line) - len(line.lstrip(" "))) // 2 * blanks)
        + line.lstrip(" ").replace("{", f"{{{width}")
        for line in lines
    ]
    tables = {path.name: path.read_text() for path in ACME.glob("*.csv")}
    text = "\n".join(loose)
    laid_out = lay_out(text)
    assert isinstance(laid_out, str)
    before = read_contract_text(text, tables=tables).contract
    after = read_contract_text(laid_out, tables=tables).contract
    assert before is not None and after is not None
    assert bare(before) == bare(after)


PLACES = {"digest", "source", "place", "test", "expression"}


def bare(value: object) -> object:
    """All that a contract says, without where it says it."""
    if isinstance(value, msgspec.Struct):
        fields = value.__struct_fields__
        return {name: bare(getattr(value, name)) for name in fields if name not in PLACES}
    if isinstance(value, dict):
        return {key: bare(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [bare(one) for one in value]
    return value
