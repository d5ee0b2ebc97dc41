"""The HTML of mails, from MJML: tables and buttons that every mail program shows as meant.

What came from outside never meets MJML: the template is made with marks in it, and the escaped
values take their places in what comes out.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape

import msgspec
from mjml import mjml2html

_MARK = re.compile(r"hr-(\w+)-mark")
_HREF = "https://hr-{name}-mark.invalid/"  # an address, so that it stays one
_HREF_MARK = re.compile(r"https://hr-(\w+)-mark\.invalid/")
_TEMPLATE = """\
<mjml lang="en">
<mj-head>
  <mj-title>hr-title-mark</mj-title>
  <mj-raw><meta name="color-scheme" content="light dark"></mj-raw>
  <mj-attributes>
    <mj-all font-family="Arial, Helvetica, sans-serif" font-size="16px" line-height="1.5"
      color="#1b2126" />
    <mj-text padding="6px 20px" />
    <mj-table padding="10px 20px" />
    <mj-button align="left" padding="4px 20px" inner-padding="12px 22px" border-radius="6px"
      background-color="#0e6b60" color="#ffffff" font-weight="700" />
  </mj-attributes>
  <mj-style>
    .hr-name { width: 30%%; vertical-align: top; padding: 3px 14px 3px 0; color: #58636c; }
    .hr-value { vertical-align: top; padding: 3px 0; word-break: break-word; }
    .hr-page a { color: #0e6b60; }
    @media (prefers-color-scheme: dark) {
      body, .hr-page, .hr-page div, .hr-page table, .hr-page td {
        background-color: #121619 !important; color: #e6e9ea !important;
      }
      .hr-page td.hr-name { color: #9ba7af !important; }
      .hr-page div > a, .hr-page li a { color: #7fd1c4 !important; }
    }
  </mj-style>
</mj-head>
<mj-body width="600px" background-color="#f6f5f2" css-class="hr-page">
  <mj-section background-color="#ffffff" padding="16px 0"><mj-column>
    %s
  </mj-column></mj-section>
</mj-body>
</mjml>
"""


class Page(msgspec.Struct, frozen=True):
    """What one mail shows, plain texts all. `lead`: the one thing it asks; `links`: label and
    address, the first of them a button; `items`: text and address of each line of a list, without
    an address where it is empty; `facts`: name and value of each row."""

    title: str
    lead: str = ""
    paragraphs: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


def html_of(page: Page) -> str:
    """No picture, no script, nothing from elsewhere."""
    values = {"title": escape(page.title), "lead": escape(page.lead)}
    for number, text in enumerate(page.paragraphs):
        values[f"text{number}"] = escape(text)
    for number, (label, _) in enumerate(page.links):
        values[f"label{number}"] = escape(label)
    values["items"] = "".join(_item(text, url) for text, url in page.items)
    values["facts"] = "".join(
        f'<tr><td class="hr-name">{escape(name)}</td><td class="hr-value">{escape(value)}</td></tr>'
        for name, value in page.facts
    )
    urls = {f"url{number}": escape(url, quote=True) for number, (_, url) in enumerate(page.links)}
    made = _made(
        has_lead=bool(page.lead),
        texts=len(page.paragraphs),
        links=len(page.links),
        has_items=bool(page.items),
        has_facts=bool(page.facts),
    )
    return "".join(_filled(made, {**values, **urls}))


def _item(text: str, url: str) -> str:
    if not url:
        return f"<li>{escape(text)}</li>"
    return f'<li><a href="{escape(url, quote=True)}">{escape(text)}</a></li>'


def _filled(made: Sequence[str], values: dict[str, str]) -> list[str]:
    """Texts and marks by turns; a value is never looked into again."""
    return [values[part] if number % 2 else part for number, part in enumerate(made)]


def _link(tag: str, number: int) -> str:
    href = _HREF.format(name=f"url{number}")
    return f'<{tag} href="{href}">hr-label{number}-mark</{tag}>'


@lru_cache(maxsize=64)
def _made(
    *, has_lead: bool, texts: int, links: int, has_items: bool, has_facts: bool
) -> tuple[str, ...]:
    """The page's HTML with its marks, cut at them."""
    parts = ['<mj-text font-size="21px" font-weight="700">hr-title-mark</mj-text>']
    if has_lead:
        parts.append('<mj-text font-weight="700">hr-lead-mark</mj-text>')
    parts += [f"<mj-text>hr-text{number}-mark</mj-text>" for number in range(texts)]
    if links:
        parts.append(_link("mj-button", 0))
    if links > 1:
        others = " &nbsp; ".join(_link("a", number) for number in range(1, links))
        parts.append(f"<mj-text>{others}</mj-text>")
    if has_items:
        parts.append("<mj-text><ol>hr-items-mark</ol></mj-text>")
    if has_facts:
        parts.append("<mj-table>hr-facts-mark</mj-table>")
    html = str(mjml2html(_TEMPLATE % "\n    ".join(parts)))
    return tuple(_MARK.split(_HREF_MARK.sub(r"hr-\1-mark", html)))
