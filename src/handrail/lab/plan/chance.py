"""Chance that is the same again: numbers that follow from a seed and a name."""

from hashlib import sha256

PARTS = 1 << 53  # a double holds so many different parts of one


def part_of_one(*names: object) -> float:
    """A number in (0, 1), evenly spread over names."""
    digest = sha256("\0".join(str(name) for name in names).encode()).digest()
    return ((int.from_bytes(digest[:8], "big") >> 11) + 0.5) / PARTS


def below(limit: int, *names: object) -> int:
    """A whole number from 0, evenly spread over names."""
    return int(part_of_one(*names) * limit)
