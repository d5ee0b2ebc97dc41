"""Every setting is explained, and every explained setting exists."""

import re

from handrail.engine.settings import setting_names
from tests.tidy.source import ROOT


def test_the_settings_page_has_every_setting_once_in_their_order() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `(HANDRAIL_\w+)` \|", page, flags=re.MULTILINE)
    assert explained == list(setting_names())
