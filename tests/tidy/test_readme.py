"""What the README shows can be done as it stands there."""

import re
import shutil
from pathlib import Path

from handrail.trials.rehearse import rehearse
from tests.tidy.source import ROOT


async def test_the_rehearsal_in_the_readme_passes(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    for file in (ROOT / "examples" / "acme").iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
    (tmp_path / "first.yaml").write_text(shown)
    outcome = await rehearse(tmp_path / "first.yaml")
    assert outcome.ok, outcome.hints


def test_the_readme_leads_to_files_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"\]\(([^)#]+)\)|`(examples/[\w./-]*)`", text)
    absent = [path for pair in named for path in pair if path and not (ROOT / path).exists()]
    missing = [path for path in absent if path != "examples/acme/first.yaml"]
    assert not missing, missing
