"""How much of a rep's hands an open handoff fills, in hundredths: sums of them are exact."""

ONE_LOAD = 100  # what a handoff fills unless its contract says otherwise


def tell_load(hundredths: int) -> str:
    """As people write it: `6.5`."""
    whole, rest = divmod(abs(hundredths), ONE_LOAD)
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{whole}.{rest:02}".rstrip("0").rstrip(".") if rest else f"{sign}{whole}"
