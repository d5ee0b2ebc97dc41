"""The page for terminals and for text files, at most 100 columns wide."""

from textwrap import wrap

from handrail.contract.page.document import (
    Block,
    Facts,
    Heading,
    Listing,
    Page,
    Paragraph,
    Picture,
    Said,
    Section,
    SignatureLine,
    Signatures,
    Table,
    Timeline,
)
from handrail.terms.durations import format_instant

COLUMNS_MAX = 100
DIGEST_SHOWN = 12
_CELL_MIN = 8


def render_plain(page: Page) -> str:
    """Ends with a line break. Pictures are left out: the table above each says the same."""
    head = [
        f"{page.title}, version {page.version}",
        "=" * min(COLUMNS_MAX, len(f"{page.title}, version {page.version}")),
        f"Content hash {page.digest[:DIGEST_SHOWN]}; times of day in {page.timezone}",
    ]
    return "\n".join([*head, *(line for one in page.sections for line in _section(one))]) + "\n"


def _section(section: Section) -> list[str]:
    title = section.title.upper()
    return [
        "",
        "",
        title,
        "-" * len(title),
        *(line for one in section.blocks for line in _block(one)),
    ]


def _block(block: Block) -> list[str]:
    match block:
        case Heading(text):
            return ["", f"## {text}"]
        case Paragraph(said):
            return ["", *_filled(_told(said))]
        case Listing(title, items):
            return ["", *_filled(title), *(line for one in items for line in _item(_told(one)))]
        case Facts(rows):
            return ["", *(line for name, said in rows for line in _item(f"{name}: {_told(said)}"))]
        case Table(caption, columns, rows):
            return ["", f"{caption}:", *_table(columns, rows)]
        case Timeline(title, moments):
            told = [f"{one.when}: {one.what}" for one in moments]
            return ["", f"{title}:", *(line for one in told for line in _item(one))]
        case Signatures(lines):
            return ["", *(line for one in lines for line in _item(_signed(one)))]
        case Picture():
            return []


def _told(said: Said) -> str:
    exact = f"  [{said.exact}]" if said.exact is not None else ""
    note = f" ({said.note})" if said.note is not None else ""
    return f"{said.words}{note}{exact}"


def _filled(text: str) -> list[str]:
    return wrap(text, COLUMNS_MAX)


def _item(text: str) -> list[str]:
    return wrap(text, COLUMNS_MAX, initial_indent="- ", subsequent_indent="  ")


def _signed(line: SignatureLine) -> str:
    who = f"{line.role} ({line.address})"
    if line.at is None:
        return f"{who}: not signed yet  ______________________________"
    key = f" with key {line.key}" if line.key else ""
    return f"{who}: signed {format_instant(line.at)}{key}"


def _table(columns: tuple[str, ...], rows: tuple[tuple[Said, ...], ...]) -> list[str]:
    cells = [tuple(columns), *(tuple(_told(cell) for cell in row) for row in rows)]
    widths = _widths(cells)
    head, *body = [_row(row, widths) for row in cells]
    rule = "  ".join("-" * width for width in widths)
    return [*head, rule, *(line for row in body for line in row)]


def _widths(cells: list[tuple[str, ...]]) -> list[int]:
    """As wide as the longest cell, while the widest columns give way."""
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    room = COLUMNS_MAX - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _CELL_MIN:
        widest = widths.index(max(widths))
        widths[widest] -= 1
    return widths


def _row(cells: tuple[str, ...], widths: list[int]) -> list[str]:
    wrapped = [wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
    height = max(len(lines) for lines in wrapped)
    return [
        "  ".join(
            (lines[at] if at < len(lines) else "").ljust(width)
            for lines, width in zip(wrapped, widths, strict=True)
        ).rstrip()
        for at in range(height)
    ]
