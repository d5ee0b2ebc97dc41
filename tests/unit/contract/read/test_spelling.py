"""A problem in a condition stands where its token stands in the file, however YAML spells it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.contract.read.spelling import offsets_in_file
from handrail.contract.text.source import Source
from handrail.contract.text.tree import Scalar, read_tree

# each spelling has the token TOKEN once; the last column is its place in the file
CASES = {
    "plain": ("when: fit > TOKEN", (1, 13)),
    "plain over lines": ("when: fit > 1 &&\n   TOKEN > 2", (2, 4)),
    "plain in flow": ("{a: 1, when: fit > TOKEN, b: 2}", (1, 20)),
    "single quotes": ("when: 'fit > TOKEN'", (1, 14)),
    "doubled quote": ("when: 'x == ''a'' && TOKEN'", (1, 22)),
    "single quotes over lines": ("when: 'fit > 1\n   &&   TOKEN'", (2, 9)),
    "double quotes": ('when: "fit > TOKEN"', (1, 14)),
    "escapes": ('when: "x == \\"a\\" && \\u0041 \\x41 TOKEN"', (1, 34)),
    "escaped line break": ('when: "fit > \\\n    TOKEN"', (2, 5)),
    "double quotes over blank lines": ('when: "fit\n\n\n   > TOKEN"', (4, 6)),
    "literal block": ("when: |\n   fit >\n     TOKEN\n", (3, 6)),
    "literal block with indicators": ("when: |2-  # why\n   fit >\n    TOKEN\n", (3, 5)),
    "folded block": ("when: >-\n  fit >\n  TOKEN\n", (3, 3)),
    "folded block, more indented": ("when: >\n  fit >\n\n     1 ||\n  x > TOKEN\n", (5, 7)),
    "carriage returns": ("a: 1\r\nwhen: 'fit >\r\n  TOKEN'\r\n", (3, 3)),
    "anchored": ("when: &one fit > TOKEN", (1, 18)),
    "beyond ASCII": ("when: 'x == \"Zürich 🏔\" && TOKEN'", (1, 27)),
}


def scalar_of(text: str) -> tuple[Source, Scalar]:
    source = Source(text)
    root, findings = read_tree(source)
    assert root is not None and not findings
    node = root.get("when")
    assert isinstance(node, Scalar)
    return source, node


@pytest.mark.parametrize("name", CASES)
def test_a_token_is_found_in_the_file(name: str) -> None:
    text, place = CASES[name]
    source, scalar = scalar_of(text)
    offsets = offsets_in_file(source, scalar)
    at = scalar.text.index("TOKEN")
    found = source.place(offsets[at])
    assert (found.line, found.column) == place
    assert source.text[offsets[at] : offsets[at + 5]] == "TOKEN"


WORDS = st.lists(
    st.sampled_from(["a", "b1", "==", "''", '"x"', "ü", "\\", "#", ":", ">", "é🏔"]),
    min_size=1,
    max_size=8,
)
GAPS = st.sampled_from([" ", "  ", "\n    ", "\n\n    ", " \n    "])


@given(words=WORDS, gaps=st.lists(GAPS, min_size=8, max_size=8), style=st.sampled_from("'\"|>"))
def test_every_visible_character_maps_to_itself(
    words: list[str], gaps: list[str], style: str
) -> None:
    body = "".join(word + gap for word, gap in zip(words, gaps, strict=False)).rstrip()
    match style:
        case "'":
            body = body.replace("'", "''")
            text = f"when: '{body}'\n"
        case '"':
            body = body.replace("\\", "\\\\").replace('"', '\\"')
            text = f'when: "{body}"\n'
        case _:
            text = f"when: {style}\n    {body}\n"
    source, scalar = scalar_of(text)
    offsets = offsets_in_file(source, scalar)
    assert len(offsets) == len(scalar.text) + 1
    assert offsets == sorted(offsets)
    for character, offset in zip(scalar.text, offsets, strict=False):
        if not character.isspace():
            spelt = text[offset]
            assert spelt == character or (spelt == "\\" and text[offset + 1] == character)
