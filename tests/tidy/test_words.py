"""Names say what, comments say why, and nothing stands half-done."""

import re

from tests.tidy.source import PACKAGE, ROOT, functions, tracked_files, tracked_lines

EMPTY_ROOMS = re.compile(r"utils?|helpers?|common|managers?|misc|base|services?")
EMPTY_ACTS = re.compile(r"(process|handle)_(data|it|item|thing)s?|process_\w+")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|NotImplemented" r"Error)\b")
SILENCED = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<rest>.*)")
CODES = re.compile(r"^(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|\[[\w, -]+\])")
# Paths of the machine that somebody worked on, and hosts of package registries.
MACHINE_PATH = re.compile(r"(^|[^a-zA-Z0-9_.-])/(work|farm|Users|root)/")
REGISTRY_HOST = re.compile(r"\bpypi\.[a-z]{2,}|\bpythonhosted\.|\bnpmjs\.|\bdeb\.debian\.")
FILE_BYTES_MAX = 1 << 20


def test_no_module_or_function_has_a_name_that_says_nothing() -> None:
    rooms = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*")
        if path.suffix in ("", ".py") and EMPTY_ROOMS.fullmatch(path.stem)
    ]
    named = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path, node in functions()
        if EMPTY_ACTS.fullmatch(node.name)
    ]
    assert not rooms + named, "name these by what they are about: " + ", ".join(rooms + named)


def test_nothing_is_left_for_later_in_the_source() -> None:
    found = [str(line) for line in tracked_lines(under=PACKAGE) if UNFINISHED.search(line.text)]
    assert not found, "\n".join(found)


def test_every_ignore_names_its_code_and_its_reason() -> None:
    bare = [
        str(line) for line in tracked_lines() if line.path.suffix == ".py" and is_bare(line.text)
    ]
    assert not bare, "write the code and why:\n" + "\n".join(bare)


def is_bare(line: str) -> bool:
    """Whether the line silences a checker without a code and two words of reason."""
    silenced = SILENCED.search(line)
    if silenced is None:
        return False
    code = CODES.match(silenced["rest"])
    return code is None or len(re.findall(r"\w+", silenced["rest"][code.end() :])) < 2


def test_an_ignore_without_reason_is_seen() -> None:
    mark = "#"  # kept apart, lest these lines silence their own checkers
    assert is_bare(f"x = y  {mark} noqa")
    assert is_bare(f"x = y  {mark} noqa: E501")
    assert is_bare(f"x = y  {mark} type: ignore[misc]")
    assert not is_bare(f"x = y  {mark} noqa: E501 - a table reads better unbroken")
    assert not is_bare(f"x = y  {mark} type: ignore[misc]  # untyped upstream")


def test_no_path_of_one_machine_is_tracked() -> None:
    found = [str(line) for line in tracked_lines() if MACHINE_PATH.search(line.text)]
    assert not found, "\n".join(found)


def test_no_registry_host_is_tracked() -> None:
    found = [str(line) for line in tracked_lines() if REGISTRY_HOST.search(line.text)]
    assert not found, "\n".join(found)


def test_no_large_file_is_tracked() -> None:
    large = [str(path) for path in tracked_files() if path.stat().st_size > FILE_BYTES_MAX]
    assert not large, "\n".join(large)
