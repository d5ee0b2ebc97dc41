"""Links in messages: to the console's pages; signed ones for one act of one person, once."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import quote

import msgspec

from handrail.terms.handoff import Handoff

LINK_ALIVE = timedelta(hours=24)
SECRET_BYTES_MIN = 32
TOKEN_CHARACTERS_MAX = 1_000  # longer ones are not even looked at

LinkAct = Literal["accept", "reject", "called", "snooze", "pass_on", "steer"]
# By the button that each link stands with: of the owner, and of who is called to help.
OWNED: Mapping[str, LinkAct] = {
    "accept": "accept",
    "reject": "reject",
    "called": "called",
    "snooze": "snooze",
    "reassign": "pass_on",
}
STEERED: Mapping[str, LinkAct] = {"reassign": "steer"}


class Pages(msgspec.Struct, frozen=True):
    """Addresses in the console. `base_url`: where people reach it, without a slash at its end."""

    base_url: str

    def lead(self, id: str) -> str:
        """By lead or handoff."""
        return f"{self.base_url}/leads/{quote(id, safe='')}"

    def incident(self, handoff: str) -> str:
        return f"{self.base_url}/incidents/{quote(handoff, safe='')}"

    def board_of(self, owner: str) -> str:
        """What a rep has open, or a pool (`team:ID`)."""
        return f"{self.base_url}/?owner={quote(owner, safe='')}"

    @property
    def board(self) -> str:
        return f"{self.base_url}/"

    @property
    def contracts(self) -> str:
        return f"{self.base_url}/contracts"

    @property
    def calendars(self) -> str:
        return f"{self.base_url}/calendars"


class Link(msgspec.Struct, frozen=True, array_like=True):
    """What a token allows. `turn` is the delivery it was sent with: the next one has others.

    `rep`: who acts; a manager too, where the act is to steer.
    """

    handoff: str
    rep: str
    act: LinkAct
    turn: str
    expires_at: datetime


class BadLink(Exception):
    """The link does not open: `invalid` (changed, cut, not ours) or `expired`."""

    def __init__(self, code: Literal["invalid", "expired"]) -> None:
        super().__init__(f"the link is {code}")
        self.code = code


class Links:
    """Makes and reads links. `secret`: at least 32 bytes; `base_url`: where the doors are."""

    def __init__(self, *, secret: bytes, base_url: str) -> None:
        assert len(secret) >= SECRET_BYTES_MIN
        self._secret = secret
        self._base_url = base_url.rstrip("/")

    def url(self, link: Link) -> str:
        return f"{self._base_url}/act/{self.token(link)}"

    @property
    def pages(self) -> Pages:
        return Pages(self._base_url)

    def all_for(
        self, acts: Mapping[str, LinkAct], *, handoff: str, who: str, turn: str, now: datetime
    ) -> dict[str, str]:
        """The address behind each button, for one message to one person."""
        until = now + LINK_ALIVE
        return {
            button: self.url(Link(handoff=handoff, rep=who, act=act, turn=turn, expires_at=until))
            for button, act in acts.items()
        }

    def token(self, link: Link) -> str:
        payload = msgspec.json.encode(link)
        return _text(payload) + "." + _text(self._signature(payload))

    def read(self, token: str, *, now: datetime) -> Link:
        """What the token allows. Raises BadLink; says nothing of why a token is not ours."""
        if len(token) > TOKEN_CHARACTERS_MAX or not token.isascii():
            raise BadLink("invalid")
        payload_text, _, signature_text = token.partition(".")
        try:
            payload, signature = _bytes(payload_text), _bytes(signature_text)
        except (binascii.Error, ValueError) as fault:
            raise BadLink("invalid") from fault
        if not hmac.compare_digest(signature, self._signature(payload)):
            raise BadLink("invalid")
        link = _decoder.decode(payload)
        if now >= link.expires_at:
            raise BadLink("expired")
        return link

    def _signature(self, payload: bytes) -> bytes:
        return hmac.new(self._secret, b"handrail-link:" + payload, hashlib.sha256).digest()


_decoder = msgspec.json.Decoder(Link)


def is_of_turn(link: Link, handoff: Handoff) -> bool:
    """Was the link made in the present turn of its rep? Who is called to help has no turn.

    A lead may leave a rep and come back; what was sent in the first turn does nothing in the next.
    """
    if link.act == "steer":
        return True
    is_owner = str(handoff.owner) == link.rep
    made_at = link.expires_at - LINK_ALIVE
    return is_owner and (handoff.assigned_at is None or made_at >= handoff.assigned_at)


def used_key(link: Link) -> str:
    """The idempotency key under which a used link is remembered: one turn, one act, once."""
    return f"link:{link.handoff}:{link.turn}:{link.act}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Exactly what `_text` wrote: another spelling of the same bytes is refused."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _text(data) != text:
        raise ValueError("not as it was written")
    return data
