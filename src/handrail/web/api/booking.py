"""What a buyer may choose from, in the answer to their lead."""

from msgspec import UNSET, UnsetType

from handrail.engine.alerts import reach_of
from handrail.kernel.reach import is_closed
from handrail.web.api import shapes as s
from handrail.web.doors import Doors


async def booking_of(doors: Doors, handoff: str | None) -> s.BookingView | UnsetType:
    """Nothing where nobody can be booked, or the buyer wants to be contacted in no way."""
    links, bookings = doors.settings.booking, doors.engine.bookings
    if links is None or handoff is None or not bookings.are_any:
        return UNSET
    offer = await bookings.offer(handoff, just_seen=True)
    if offer is None or not offer.reps or is_closed(reach_of(offer.case.lead, offer.contract)):
        return UNSET
    return s.BookingView(
        url=links.url(offer.handoff),
        slots=[s.SlotView(from_at=slot.from_at, until_at=slot.until_at) for slot in offer.slots],
    )
