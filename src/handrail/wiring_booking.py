"""Booking on one node, put together."""

import hashlib
import hmac

from handrail.engine.booking.links import BookingLinks
from handrail.engine.settings import Settings


def booking_links(settings: Settings, *, master: bytes) -> BookingLinks | None:
    """Under a key that follows from the master key, so that every node reads them. Without a
    public address nobody outside could open one; a node that only observes books nothing."""
    if settings.public_url is None or settings.observe:
        return None
    secret = hmac.digest(master, b"handrail booking pages", hashlib.sha512)
    return BookingLinks(secret=secret, base_url=settings.public_url)
