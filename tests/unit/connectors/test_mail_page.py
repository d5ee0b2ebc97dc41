"""The HTML of mails: what came from outside stays text."""

import pytest

from handrail.connectors.mail.page import Page, html_of

NASTY = [
    "hr-lead-mark hr-url0-mark hr-facts-mark",
    "https://hr-url0-mark.invalid/",
    "<mj-button href='https://evil.example'>x</mj-button>",
    "</td><script>alert(1)</script>",
    "%s {title} \\1 {{ x }}",
]


@pytest.mark.parametrize("nasty", NASTY)
def test_what_somebody_typed_becomes_neither_markup_nor_another_value(nasty: str) -> None:
    html = html_of(
        Page(
            title=nasty,
            lead="LEAD",
            paragraphs=(nasty,),
            links=(("Accept", "https://h.example/act/a?b=1&c=2"),),
            items=((nasty, ""), (nasty, "https://h.example/leads/x?a=1&b=2")),
            facts=(("Buyer", nasty), ("Why", "asked")),
        )
    )
    assert html.count("LEAD") == 1
    assert html.count('href="https://h.example/act/a?b=1&amp;c=2"') == 1
    assert html.count('href="https://h.example/leads/x?a=1&amp;b=2"') == 1
    assert "<script" not in html and "<mj-" not in html and "evil.example'>" not in html
    assert "invalid/" not in html.replace(NASTY[1], "")


def test_nothing_is_fetched_from_elsewhere() -> None:
    html = html_of(Page(title="A lead is yours", lead="Call."))
    for asks in ("<img", "<link", "@import", "url(", "<script", "fonts."):
        assert asks not in html


def test_every_shape_of_page_is_made_whole() -> None:
    for texts in range(3):
        for links in range(5):
            page = Page(
                title="T",
                paragraphs=tuple("P" * texts),
                links=tuple((f"L{n}", f"https://h.example/{n}") for n in range(links)),
            )
            html = html_of(page)
            assert html.startswith("<!doctype html>") and html.rstrip().endswith("</html>")
            assert "-mark" not in html
            assert all(f"https://h.example/{n}" in html for n in range(links))
