"""How sure a share of a count is."""

from math import sqrt

Z = 1.959964  # 95 % of a normal distribution lie within


def wilson(share: float, count: int) -> tuple[float, float]:
    """The interval in which the true share lies 95 times in 100 (Wilson, 1927). `count` > 0."""
    middle = share + Z * Z / (2 * count)
    spread = Z * sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    whole = 1 + Z * Z / count
    return (middle - spread) / whole, (middle + spread) / whole
