"""A command line typed in this process: what came out, and how it ended."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from handrail.cli import main


@dataclass(frozen=True)
class Typed:
    returncode: int
    stdout: str
    stderr: str


def typed(capfd: pytest.CaptureFixture[str], *words: str | Path) -> Typed:
    """`handrail WORDS`. An exception other than an exit fails the test: it were a traceback."""
    capfd.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["handrail", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
    sys.stdout.flush()
    out, err = capfd.readouterr()
    code = ended.value.code
    return Typed(returncode=code if isinstance(code, int) else 0, stdout=out, stderr=err)
