"""Completion in editors: the published schemas, through the yaml-language-server that they run."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from handrail.contract.definitions import definitions_schema
from handrail.contract.roster.schema import roster_schema
from handrail.contract.schema import contract_schema
from tests.editor import SERVER, Editor

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCHEMAS = {
    "contract": contract_schema,
    "roster": roster_schema,
    "definitions": definitions_schema,
}


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    if not SERVER.exists():
        pytest.skip("yaml-language-server is not there; `make setup` installs it from npm")
    with Editor() as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("editor")
    for name, schema in SCHEMAS.items():
        (path / f"{name}.json").write_text(json.dumps(schema()))
    return path


def kind_of(text: str) -> str | None:
    """By the key that begins it; mappings and rehearsals have no schema yet."""
    keys = {line.partition(":")[0] for line in text.splitlines() if line[:1].isalpha()}
    return None if "rehearsal" in keys else next((kind for kind in SCHEMAS if kind in keys), None)


def with_schema(kind: str, text: str) -> str:
    return f"# yaml-language-server: $schema={kind}.json\n{text}"


def test_no_shipped_file_is_underlined(editor: Editor, folder: Path) -> None:
    seen = 0
    for number, path in enumerate(sorted(EXAMPLES.rglob("*.yaml"))):
        text = path.read_text(encoding="utf-8")
        kind = kind_of(text)
        if kind is not None:
            found = editor.open(folder / f"{number}.yaml", with_schema(kind, text))
            assert not found, f"{path}: {found}"
            seen += 1
    assert seen > 50


WRONG = [
    ("contract", "acme/contract.yaml", "strategy: fair}", "strategy: even}", "fair"),
    ("contract", "acme/contract.yaml", "  clock: business", "  clok: business", "clok"),
    (
        "contract",
        "acme/contract.yaml",
        "accept_within: 4h\n",
        "accept_within: 4 hours\n",
        "pattern",
    ),
    ("contract", "acme/contract.yaml", "version: 3", "version: three", "integer"),
    ("contract", "acme/contract.yaml", "triage: {to: team:revops, within: 4h}", "", "triage"),
    ("contract", "acme/contract.yaml", "warn_at: 60%", "warn_at: 160%", "pattern"),
    ("contract", "acme/contract.yaml", "add: 40,", "add: forty,", "integer"),
    ("contract", "acme/contract.yaml", "do: reroute", "do: rerout", "pattern"),
    ("roster", "acme/roster.yaml", "tier: high", "tier: top", "high"),
    ("roster", "acme/roster.yaml", "mon-fri:", "monday:", "monday"),
    ("roster", "acme/roster.yaml", "manager: mo,", "", "manager"),
    ("roster", "acme/roster.yaml", "weight: 100", "weight: 0", "minimum"),
    ("definitions", "olist/sales.yaml", "definitions: sales", "definition: sales", "definition"),
    ("definitions", "olist/sales.yaml", "  any:", "  some:", "some"),
]


@pytest.mark.parametrize(("kind", "file", "old", "new", "said"), WRONG, ids=str)
def test_a_planted_fault_is_underlined(
    editor: Editor, folder: Path, kind: str, file: str, old: str, new: str, said: str
) -> None:
    text = (EXAMPLES / file).read_text(encoding="utf-8")
    assert old in text
    name = f"wrong-{abs(hash((file, new)))}.yaml"
    found = editor.open(folder / name, with_schema(kind, text.replace(old, new, 1)))
    assert found, "nothing is underlined"
    assert said in " ".join(one["message"] for one in found)
    assert all(one["severity"] == 1 for one in found)


def opened(editor: Editor, folder: Path, name: str, kind: str, text: str) -> Path:
    path = folder / name
    editor.open(path, with_schema(kind, text))
    return path


def test_keys_words_and_clauses_are_offered(editor: Editor, folder: Path) -> None:
    path = opened(editor, folder, "keys.yaml", "contract", "contract: a\n\n")
    labels = {item["label"] for item in editor.completions(path, line=2, column=0)}
    assert {"version", "routing", "mql", "sla", "governance"} <= labels
    assert "contract" not in labels, "what stands there already is not offered again"

    path = opened(editor, folder, "words.yaml", "contract", "sla:\n  clock: \n")
    labels = {item["label"] for item in editor.completions(path, line=2, column=9)}
    assert {"business", "wall"} <= labels

    path = opened(editor, folder, "rules.yaml", "contract", "routing:\n  - \n")
    items = editor.completions(path, line=2, column=4)
    (rule,) = [item for item in items if item["label"] == "routing rule"]
    assert "when:" in rule["insertText"] and "to:" in rule["insertText"]

    path = opened(editor, folder, "reps.yaml", "roster", "reps:\n  - id: ada\n    \n")
    labels = {item["label"] for item in editor.completions(path, line=3, column=4)}
    assert {"name", "email", "timezone", "shift", "caps", "cover"} <= labels


def test_what_a_key_means_is_shown_on_it(editor: Editor, folder: Path) -> None:
    path = opened(editor, folder, "hover.yaml", "contract", "sla:\n  warn_at: 60%\n")
    assert "after which the owner is warned" in editor.hover(path, line=2, column=4)
