"""What Graph calls a time zone -> its IANA name."""

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from handrail.terms.zones import is_timezone

_BY_WINDOWS = {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}
_UTC = frozenset({"utc", "etc/utc", "tzone://microsoft/utc", "coordinated universal time"})
UTC_ZONE = "UTC"


def iana(name: str | None) -> str | None:
    """None for a zone that is somebody's own (`Customized Time Zone`) or nobody's."""
    if name is None:
        return None
    said = name.strip().casefold()
    if said in _UTC:
        return UTC_ZONE
    if said in _BY_WINDOWS:
        return _BY_WINDOWS[said]
    return name.strip() if is_timezone(name.strip()) else None
