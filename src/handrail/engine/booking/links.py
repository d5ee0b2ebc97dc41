"""The address of one handoff's booking page: who has it may choose, move and call off its meeting.

The token says nothing to who reads it: it is the handoff's id under a key of ours. It opens as
long as the handoff is open and nobody has revoked it, and no longer than a quarter of a year.
"""

import base64
import binascii
from datetime import datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from handrail.terms.handoff import Handoff

OPENS_FOR = timedelta(days=92)
SECRET_BYTES = 64
TOKEN_CHARACTERS_MAX = 1_000
_PURPOSE = [b"handrail booking page"]


class _Opens(msgspec.Struct, frozen=True, array_like=True):
    handoff: str
    until: datetime
    revoked: int = 0  # how often links to this page had been revoked when it was made


class NoSuchPage(Exception):
    """The token is not ours, was changed or cut, its time is over, or it was revoked."""


class Opened(msgspec.Struct, frozen=True):
    """What a token is for. Of the page as it is only while as often revoked as it was then."""

    handoff: str
    revoked: int

    def is_of(self, handoff: Handoff) -> bool:
        return (self.handoff, self.revoked) == (handoff.id, handoff.pages_revoked)


class BookingLinks:
    """Makes and reads tokens. The same handoff always has the same until it is revoked, so that a
    repeated answer does not open a second door.

    `secret`: 64 bytes; `base_url`: where buyers reach us."""

    def __init__(self, *, secret: bytes, base_url: str) -> None:
        assert len(secret) == SECRET_BYTES
        self._cipher = AESSIV(secret)
        self.base_url = base_url.rstrip("/")

    def url(self, handoff: Handoff) -> str:
        return self.base_url + self.path(handoff)

    def path(self, handoff: Handoff) -> str:
        made = self.token(
            handoff=handoff.id, opened_at=handoff.opened_at, revoked=handoff.pages_revoked
        )
        return f"/book/{made}"

    def token(self, *, handoff: str, opened_at: datetime, revoked: int = 0) -> str:
        opens = _Opens(handoff=handoff, until=opened_at + OPENS_FOR, revoked=revoked)
        sealed = self._cipher.encrypt(msgspec.json.encode(opens), _PURPOSE)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def read(self, token: str, *, now: datetime) -> Opened:
        """Raises NoSuchPage; which of its reasons it was is not said."""
        if len(token) > TOKEN_CHARACTERS_MAX or not token.isascii():
            raise NoSuchPage
        try:
            sealed = base64.b64decode(
                token + "=" * (-len(token) % 4), altchars=b"-_", validate=True
            )
            plain = self._cipher.decrypt(sealed, _PURPOSE)
        except (binascii.Error, ValueError, InvalidTag) as fault:
            raise NoSuchPage from fault
        opens = msgspec.json.decode(plain, type=_Opens)
        if now >= opens.until:
            raise NoSuchPage
        return Opened(handoff=opens.handoff, revoked=opens.revoked)
