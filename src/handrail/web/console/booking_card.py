"""What the console says of booking on a lead's page: what is booked, and the best times."""

import msgspec

from handrail.kernel.habits import reason_of
from handrail.kernel.slots import Slot
from handrail.terms.handoff import Handoff, Meeting
from handrail.web.doors import Doors

TIMES_SHOWN = 3


class BookingCard(msgspec.Struct, frozen=True):
    """`times`: the best ones, and `because` why these; none where a meeting is booked."""

    meeting: Meeting | None
    times: tuple[Slot, ...] = ()
    because: str = ""


async def card_of(doors: Doors, handoff: Handoff) -> BookingCard | None:
    """None where its contract lets nobody book, or buyers cannot reach us."""
    if doors.settings.booking is None:
        return None
    offer = await doors.engine.bookings.offer(handoff.id, limit=TIMES_SHOWN)
    if offer is None:
        return None
    if offer.meeting is not None:
        return BookingCard(meeting=offer.meeting)
    because = reason_of(offer.habit) if offer.slots else "no time is free"
    return BookingCard(meeting=None, times=offer.slots, because=because)
