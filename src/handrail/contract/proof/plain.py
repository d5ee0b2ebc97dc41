"""Lines that show a claim, without what they can do without."""

from collections.abc import Callable, Iterator, Sequence

from handrail.contract.proof.lines import Lead

KEPT = frozenset({"id", "email", "captured_at", "signals", "lead.source_campaign"})
Still = Callable[[Sequence[Lead]], bool]


def plainest(lines: Sequence[Lead], still: Still) -> tuple[Lead, ...]:
    """Lines from which nothing more can be left out in all of them at once.

    `still`: whether plainer lines are as good. What several leads share is left out of all of them
    or of none, so that they differ in what the claim is about and in nothing else.
    """
    found = tuple(lines)
    for name in dict.fromkeys(name for line in lines for name in line if name not in KEPT):
        found = _better(found, tuple(_without(line, name) for line in found), still)
    for signal in dict.fromkeys(_names(lines)):
        found = _fewer(found, signal, still)
    return found


def _better(lines: tuple[Lead, ...], plainer: tuple[Lead, ...], still: Still) -> tuple[Lead, ...]:
    return plainer if still(plainer) else lines


def _without(line: Lead, name: str) -> Lead:
    return {key: value for key, value in line.items() if key != name}


def _names(lines: Sequence[Lead]) -> Iterator[str]:
    for line in lines:
        yield from map(_name, _signals(line))


def _fewer(lines: tuple[Lead, ...], signal: str, still: Still) -> tuple[Lead, ...]:
    """As few of the signal as will do, found by halves."""
    low, high = 0, max(sum(_name(one) == signal for one in _signals(line)) for line in lines)
    best = lines
    while low < high:
        middle = (low + high) // 2
        plainer = tuple(_with_at_most(line, signal, middle) for line in lines)
        if still(plainer):
            best, high = plainer, middle
        else:
            low = middle + 1
    return best


def _with_at_most(line: Lead, signal: str, count: int) -> Lead:
    """The last ones are kept, which are the newest."""
    kept: list[object] = []
    for one in reversed(_signals(line)):
        if _name(one) != signal or sum(_name(other) == signal for other in kept) < count:
            kept.append(one)
    return {**line, "signals": kept[::-1]}


def _signals(line: Lead) -> list[object]:
    signals = line["signals"]
    assert isinstance(signals, list)
    return signals


def _name(signal: object) -> str:
    return str(signal["name"]) if isinstance(signal, dict) else str(signal)
