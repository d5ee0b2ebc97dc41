"""Routing drawn: rules from top to bottom, targets from left to right.

Panels of a few rules each, so that paper never cuts one. A contract with many rules is drawn with
neighbours of the same targets as one box; the table beside it still has every rule.
"""

from itertools import groupby
from unicodedata import east_asian_width

import msgspec

from handrail.contract.model import ContinueTarget, FieldTarget, RoutingRule, Target, TeamTarget
from handrail.contract.page.document import Arrow, Box, Picture
from handrail.contract.page.phrases import listed, target_name
from handrail.contract.page.spoken import is_always, say

ROWS_MAX = 30  # drawn one by one; beyond it neighbours with the same targets share a box
PANEL_ROWS_MAX = 10  # rows that fit on a sheet of paper with a heading above them
TARGETS_IN_LINE = 3  # beside each other; further ones go on below

_RULE_WIDTH, _TARGET_WIDTH = 310, 140
_LINE_HEIGHT, _PADDING, _MARGIN = 17, 9, 12
_GAP, _ROW_GAP, _HEAD = 28, 26, 8
_NARROW, _WIDE, _USUAL = frozenset("iljtfI.,:;|!'()[] "), frozenset("mwMW@%"), 8


class _Row(msgspec.Struct, frozen=True):
    """A rule to draw, or several with the same targets."""

    lines: tuple[str, ...]
    to: tuple[Target, ...]
    kind: str = "rule"


def draw_routing(rules: tuple[RoutingRule, ...]) -> tuple[Picture, ...]:
    rows = _rows(rules)
    starts = range(0, len(rows), PANEL_ROWS_MAX)
    panels = [rows[start : start + PANEL_ROWS_MAX] for start in starts]
    return tuple(
        _panel(panel, number=number, of=len(panels)) for number, panel in enumerate(panels, start=1)
    )


def _rows(rules: tuple[RoutingRule, ...]) -> list[_Row]:
    numbered = list(enumerate(rules, start=1))
    if len(rules) <= ROWS_MAX:
        return [_rule_row(number, rule) for number, rule in numbered]
    rows = []
    for to, group in groupby(numbered, key=lambda one: one[1].to):
        same = list(group)
        rows.append(_rule_row(*same[0]) if len(same) == 1 else _group_row(same, to))
    return rows if len(rows) <= ROWS_MAX else [*rows[: ROWS_MAX - 2], _left_out(rows), rows[-1]]


def _rule_row(number: int, rule: RoutingRule) -> _Row:
    when = "every lead that is left" if is_always(rule.when) else f"if {say(rule.when)}"
    return _Row((_cut(f"{number}. {rule.name}"), *_wrapped(when, lines_max=3)), rule.to)


def _group_row(same: list[tuple[int, RoutingRule]], to: tuple[Target, ...]) -> _Row:
    (first, _), (last, _) = same[0], same[-1]
    names = listed(rule.name for _, rule in same)
    return _Row((f"{first} to {last}: {len(same)} rules", *_wrapped(names, lines_max=2)), to)


def _left_out(rows: list[_Row]) -> _Row:
    count = len(rows) - ROWS_MAX + 1
    return _Row((f"{count} more boxes", "see the table for every rule"), (), "more")


# --- placing


def _panel(rows: list[_Row], *, number: int, of: int) -> Picture:
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    y = _MARGIN if number == 1 else _MARGIN + _ROW_GAP
    for place, row in enumerate(rows):
        height = _row_height(row)
        box = Box(_MARGIN, y, _RULE_WIDTH, height, row.kind, row.lines)
        boxes.append(box)
        _place_targets(row, box, boxes, arrows)
        if place or number > 1:
            arrows.append(_arrow(((_DOWN_X, y - _ROW_GAP), (_DOWN_X, y)), "else"))
        y += height + _ROW_GAP
    if number < of:
        arrows.append(_arrow(((_DOWN_X, y - _ROW_GAP), (_DOWN_X, y)), "else"))
    part = f", part {number} of {of}" if of > 1 else ""
    return Picture(
        title=f"Routing as a picture{part}",
        described=" ".join(f"{' '.join(row.lines)}: {_told(row.to)}." for row in rows),
        width=_TARGET_X + TARGETS_IN_LINE * (_TARGET_WIDTH + _GAP) - _GAP + _MARGIN,
        height=y - (0 if number < of else _ROW_GAP) + _MARGIN,
        boxes=tuple(boxes),
        arrows=tuple(arrows),
    )


_TARGET_X = _MARGIN + _RULE_WIDTH + _GAP
_TARGET_HEIGHT = 2 * _LINE_HEIGHT + 2 * _PADDING
_DOWN_X = _MARGIN + 28  # where the arrows for `no match` go down
_NEXT_X = _MARGIN + _RULE_WIDTH - 28  # where those of `continue` come in


def _row_height(row: _Row) -> int:
    lines = -(-len(row.to) // TARGETS_IN_LINE)
    of_targets = lines * (_TARGET_HEIGHT + _ROW_GAP) - _ROW_GAP
    return max(len(row.lines) * _LINE_HEIGHT + 2 * _PADDING, of_targets, _TARGET_HEIGHT)


def _place_targets(row: _Row, rule: Box, boxes: list[Box], arrows: list[Arrow]) -> None:
    before = rule
    for place, target in enumerate(row.to):
        line, column = divmod(place, TARGETS_IN_LINE)
        box = Box(
            x=_TARGET_X + column * (_TARGET_WIDTH + _GAP),
            y=rule.y + line * (_TARGET_HEIGHT + _ROW_GAP),
            width=_TARGET_WIDTH,
            height=_TARGET_HEIGHT,
            kind="next" if isinstance(target, ContinueTarget) else "target",
            lines=_target_lines(target),
        )
        boxes.append(box)
        arrows.append(_to(box, before))
        if isinstance(target, ContinueTarget):
            arrows.append(_to_next(box, below=rule.y + rule.height))
        before = box


def _target_lines(target: Target) -> tuple[str, ...]:
    match target:
        case TeamTarget(team):
            return "team", _cut(team, _TARGET_WIDTH)
        case FieldTarget():
            return tuple(_wrapped(target_name(target), lines_max=2, width=_TARGET_WIDTH))
        case ContinueTarget():
            return "go on with", "the next rule"


def _to(box: Box, before: Box) -> Arrow:
    """From the rule or the target before: straight on, or down to the next line of targets."""
    middle = box.y + _TARGET_HEIGHT // 2
    if before.kind in ("rule", "more") or before.y == box.y:
        kind = "take" if before.kind == "rule" else "else"
        return _arrow(((before.x + before.width, middle), (box.x, middle)), kind)
    from_x, to_x = before.x + before.width // 2, box.x + box.width // 2
    half = box.y - _ROW_GAP // 2
    return _arrow(
        ((from_x, before.y + before.height), (from_x, half), (to_x, half), (to_x, box.y)), "else"
    )


def _to_next(box: Box, *, below: int) -> Arrow:
    """From `continue` back to the left and into the next rule."""
    x, half = box.x + box.width // 2, below + _ROW_GAP // 2
    return _arrow(
        ((x, box.y + box.height), (x, half), (_NEXT_X, half), (_NEXT_X, below + _ROW_GAP)), "next"
    )


def _arrow(points: tuple[tuple[int, int], ...], kind: str) -> Arrow:
    """Ends in a head that points along its last part, which is level or plumb."""
    (from_x, from_y), (x, y) = points[-2:]
    back_x, back_y = _sign(from_x - x) * _HEAD, _sign(from_y - y) * _HEAD
    half_x, half_y = back_y // 2, back_x // 2
    head = (
        (x, y),
        (x + back_x + half_x, y + back_y + half_y),
        (x + back_x - half_x, y + back_y - half_y),
    )
    return Arrow(points, head, kind)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _told(targets: tuple[Target, ...]) -> str:
    return ", else ".join(target_name(target) for target in targets)


# --- fitting text; no font is measured, so widths are taken amply


def _width(text: str) -> int:
    return sum(_advance(char) for char in text)


def _advance(char: str) -> int:
    if char in _NARROW:
        return 5
    if char in _WIDE:
        return 14
    if east_asian_width(char) in "WF":
        return 14
    return 11 if char.isupper() else _USUAL


def _cut(text: str, width: int = _RULE_WIDTH) -> str:
    room = width - 2 * _PADDING
    if _width(text) <= room:
        return text
    kept = ""
    for char in text:
        if _width(kept + char + "…") > room:
            break
        kept += char
    return kept.rstrip() + "…"


def _wrapped(text: str, *, lines_max: int, width: int = _RULE_WIDTH) -> list[str]:
    room = width - 2 * _PADDING
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or _width(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    rest = " ".join(lines[lines_max - 1 :])
    kept = [*lines[: lines_max - 1], rest] if rest else lines
    return [_cut(line, width) for line in kept]
