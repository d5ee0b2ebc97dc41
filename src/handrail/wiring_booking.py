"""Booking on one node, put together."""

import hashlib
import hmac
import re
from pathlib import Path

import msgspec

from handrail.connectors.mail.client import MailSettings
from handrail.connectors.mail.letter import LetterSender
from handrail.engine.arranging.carrying import Calendars, Carrier, ToBuyers, ToCalendars
from handrail.engine.booking.errands import CALENDAR, INVITATION, WithErrands
from handrail.engine.booking.links import BookingLinks
from handrail.engine.engine import Engine
from handrail.engine.notices import Notices
from handrail.engine.settings import BadSetting, Settings
from handrail.engine.ticker import Rhythm, outbox_rhythm
from handrail.web.booking.app import Buyers
from handrail.web.booking.forms import FIELDS_MAX, Form, Forms, FormsFile, FormTokens

_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")


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


def buyers_of(settings: Settings, *, master: bytes) -> Buyers | None:
    """Under keys that follow from the master key, so that every node reads them. Without a public
    address nobody outside could come; a node that only observes books nothing. Raises BadSetting.
    """
    if settings.public_url is None or settings.observe:
        return None
    secret = hmac.digest(master, b"handrail booking pages", hashlib.sha512)
    return Buyers(
        links=BookingLinks(secret=secret, base_url=settings.public_url),
        tokens=FormTokens(hmac.digest(master, b"handrail public forms", hashlib.sha512)),
        forms=_forms(settings.forms),
    )


def _forms(path: Path | None) -> Forms:
    """Which forms anybody may fill in: a JSON file."""
    if path is None:
        return Forms({})
    try:
        read = msgspec.json.decode(path.expanduser().read_bytes(), type=FormsFile)
        disposable = read.disposable
        text = (path.parent / disposable).read_text("utf-8") if disposable is not None else ""
    except (OSError, UnicodeDecodeError) as fault:
        raise BadSetting(f"HANDRAIL_FORMS: {path}: {fault}") from fault
    except msgspec.MsgspecError as fault:
        raise BadSetting(
            f"HANDRAIL_FORMS: {path}: {fault}; it is a JSON object such as "
            '{"forms": {"demo": {"title": "See a demo", "signals": ["demo_request"]}}}'
        ) from fault
    for name, form in read.forms.items():
        _check(name, form)
    domains = (line.strip().lower() for line in text.splitlines())
    return Forms(read.forms, frozenset(one for one in domains if one and not one.startswith("#")))


def _check(name: str, form: Form) -> None:
    if _NAME.fullmatch(name) is None:
        raise BadSetting(f"HANDRAIL_FORMS: {name!r}: letters, digits, - and _ make a name")
    if len(form.fields) > FIELDS_MAX:
        raise BadSetting(f"HANDRAIL_FORMS: {name}: at most {FIELDS_MAX} fields")
    if not any(field.name == "email" for field in form.fields):
        raise BadSetting(f"HANDRAIL_FORMS: {name}: a form asks for `email`")
    for origin in form.origins:
        if _ORIGIN.fullmatch(origin) is None:
            raise BadSetting(
                f"HANDRAIL_FORMS: {name}: {origin!r} is no origin; write https://www.acme.example"
            )
