"""Booking on one node, put together."""

import hashlib
import hmac

from handrail.connectors.mail.client import MailSettings
from handrail.connectors.mail.letter import LetterSender
from handrail.engine.arranging.carrying import Calendars, Carrier, ToBuyers, ToCalendars
from handrail.engine.booking.errands import CALENDAR, INVITATION, WithErrands
from handrail.engine.booking.links import BookingLinks
from handrail.engine.engine import Engine
from handrail.engine.notices import Notices
from handrail.engine.settings import Settings
from handrail.engine.ticker import Rhythm, outbox_rhythm


class Arranging:
    """What a node does outside for what buyers book. Nothing of it where a node observes.

    `mail`: where letters go through; `calendars`: whose can be written.
    """

    def __init__(self, *, mail: MailSettings | None, calendars: Calendars | None = None) -> None:
        self._letters = LetterSender(mail) if mail is not None else None
        self._calendars = calendars
        found = ((INVITATION, self._letters), (CALENDAR, calendars))
        self._channels = tuple(name for name, way in found if way is not None)

    def beside(self, notices: Notices) -> Notices:
        return WithErrands(notices, channels=self._channels) if self._channels else notices

    def rhythms(self, engine: Engine, *, links: BookingLinks | None) -> tuple[Rhythm, ...]:
        """One for each way, so that what hangs there delays no other."""
        errands: list[ToBuyers | ToCalendars] = []
        if self._letters is not None:
            errands.append(ToBuyers(engine=engine, letters=self._letters, links=links))
        if self._calendars is not None:
            errands.append(ToCalendars(engine=engine, calendars=self._calendars))
        carriers = [Carrier(engine=engine, errands=one) for one in errands]
        return tuple(outbox_rhythm(engine, carrier.deliver) for carrier in carriers)


def booking_links(settings: Settings, *, master: bytes) -> BookingLinks | None:
    """Under a key that follows from the master key, so that every node reads them. Without a
    public address nobody outside could open one; a node that only observes books nothing."""
    if settings.public_url is None or settings.observe:
        return None
    secret = hmac.digest(master, b"handrail booking pages", hashlib.sha512)
    return BookingLinks(secret=secret, base_url=settings.public_url)
