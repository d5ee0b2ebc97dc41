"""The page that both teams sign, for browsers and paper."""

from handrail.contract.page import Page
from handrail.web.console.drawing import asset_text, draw


def whole_page(page: Page) -> str:
    """One HTML document that needs no other file, to be sent, opened and printed anywhere."""
    styles = asset_text("look.css") + asset_text("agreement.css")
    return draw("agreement_file.html", page=page, styles=styles)
