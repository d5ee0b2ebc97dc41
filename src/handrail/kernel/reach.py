"""By which ways the buyer may be contacted: what they wished, read strictly."""

import re
from typing import Literal

import msgspec

from handrail.contract.model import Contract
from handrail.terms.lead import Lead

MAY_CONTACT = "lead.may_contact"

Way = Literal["call", "mail"]
WAYS: tuple[Way, ...] = ("call", "mail")
_SPLIT = re.compile(r"[,;/|\s]+")
_SPELT = {"email": "mail", "e-mail": "mail", "phone": "call", "telephone": "call", "calls": "call"}
_NO = frozenset({"no", "not", "none", "false", "never", "suppressed", "0"})
_YES = frozenset({"yes", "true", "all", "any", "both", "1"})


class Reach(msgspec.Struct, frozen=True):
    """Whether the person may be called and mailed; `because` says why not."""

    call: bool = True
    mail: bool = True
    because: str | None = None


def reach_of(lead: Lead, contract: Contract) -> Reach:
    """Ways that the person left open: `lead.may_contact`, and signals that end all mail.

    `lead.may_contact` is yes or no, or names the ways: `call`, `mail`. Unsaid is yes; a no beats a
    yes, and what cannot be read is a no. A reset signal (`reset_on`: an unsubscribe) ends mail.
    """
    said = _said(lead.attributes.get(MAY_CONTACT))
    call, mail = "call" in said, "mail" in said
    if mail and _left(lead, contract):
        return Reach(call=call, mail=False, because="the buyer unsubscribed")
    return Reach(call=call, mail=mail, because=None if call and mail else "the buyer's wish")


def _said(value: object) -> tuple[Way, ...]:
    match value:
        case None | True | 1:
            return WAYS
        case False | 0:
            return ()
        case dict():
            return tuple(way for way in WAYS if value.get(way) is True)
        case list() | tuple():
            text = " ".join(map(str, value))
        case _:
            text = str(value)
    words = {_SPELT.get(word, word) for word in _SPLIT.split(text.lower())}
    if words & _NO:
        return ()
    return WAYS if words & _YES else tuple(way for way in WAYS if way in words)


def _left(lead: Lead, contract: Contract) -> bool:
    resets = {name for score in contract.scores for name in score.reset_on}
    return any(signal.name in resets for signal in lead.signals)


def is_closed(reach: Reach) -> bool:
    """No way is left open."""
    return not (reach.call or reach.mail)
