"""What the page says otherwise than the page of the version before, section by section."""

from handrail.contract.page.document import (
    Block,
    Line,
    Paragraph,
    Said,
    Section,
    Table,
    lines_of,
)

_UNCOMPARED = frozenset({"findings", "signatures"})


def changes(before: tuple[Section, ...], now: tuple[Section, ...], *, version: int) -> Section:
    """`version` is that of the page before. Order counts, since rules are asked in order."""
    old = {section.id: lines_of(section) for section in before}
    rows = tuple(
        row
        for section in now
        if section.id not in _UNCOMPARED
        for row in _rows(section.title, old.get(section.id, ()), lines_of(section))
    )
    block: Block = Paragraph(Said("Nothing that this page says has changed."))
    if rows:
        block = Table("Changes", ("Where", "Was", "Is now"), rows)
    return Section("changes", f"What changed since version {version}", (block,))


def _rows(
    title: str, was: tuple[Line, ...], now: tuple[Line, ...]
) -> tuple[tuple[Said, Said, Said], ...]:
    if was != now and set(was) == set(now):
        return ((Said(title), Said("one order"), Said("the same lines in another order")),)
    gone = [line for line in was if line not in now]
    new = [line for line in now if line not in was]
    return tuple(
        (Said(title, note=under or None), Said(old), Said(fresh))
        for under, old, fresh in _paired(gone, new)
    )


def _paired(gone: list[Line], new: list[Line]) -> list[tuple[str, str, str]]:
    """Heading, was, is now: lines that speak of the same thing stand beside each other."""
    rows = []
    left = list(gone)
    for line in new:
        same = next((old for old in left if _subject(old) == _subject(line)), None)
        if same is not None:
            left.remove(same)
        rows.append((line.under, "" if same is None else same.text, line.text))
    return [*rows, *((line.under, line.text, "") for line in left)]


def _subject(line: Line) -> tuple[str, str]:
    return line.under, line.name
