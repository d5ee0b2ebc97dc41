"""The process that proves: what it runs, and when it ends by itself."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from handrail.engine.proving import CPU_MAX_S, PROVED_WITHIN_S, Given, prove
from tests import cast

LIMITED = """\
import resource, sys
from handrail.engine import proving
proving.main()
print(resource.getrlimit(resource.RLIMIT_CPU)[1], file=sys.stderr)
"""


async def test_files_where_the_node_was_started_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit(9)\n")
    monkeypatch.chdir(tmp_path)
    proof = await prove(cast.CONTRACT, {})
    assert proof.digest is not None


def test_a_proof_whose_node_was_killed_ends_by_itself() -> None:
    asked = msgspec.json.encode(Given(source=cast.CONTRACT))
    child = subprocess.run(
        [sys.executable, "-P", "-c", LIMITED], input=asked, capture_output=True, check=True
    )
    assert int(child.stderr) == CPU_MAX_S > PROVED_WITHIN_S
