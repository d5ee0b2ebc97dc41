"""Opening lines that a language model drafts: what it may see, and what may stand. Pure.

A draft states only what is in the brief. So each of its words must stand in what the model was
shown, or be one of the plain words below, which say nothing of a buyer. Whatever fails is dropped,
and the alert goes out without it.
"""

import re
import unicodedata
from collections.abc import Sequence

import msgspec

from handrail.engine.alerts.brief import Brief
from handrail.engine.telling import spaced

DRAFT_CHARACTERS_MAX = 240
SHOWN_CHARACTERS_MAX = 120  # of each fact
_WORDS = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
# No link, address, markup, mention, quote or control character; one line.
_BARRED = re.compile(
    r"[<>@#*_`|\\{}\[\]\"\u201c\u201d$€£%&=+~^/:;\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f]"
)
_JOINED = re.compile(r"\w\.\w")  # a name of a host, or a number with a point
# Words of asking and offering; none of talks that were, of agreeing or of being ready: what the
# buyer said stands in what was shown, or nowhere.
_PLAIN = frozenset(
    """
    looked noticed saw seen a about all also am an and another any are as at available be
    because been being below both but by call can chance chat could do does each else every
    few find first for from further get give go good has have having he hear hello help her
    here hi him his how i i'd i'll i'm i've if in interest interested into is it it's just
    know later learn let let's like look looking looks make many matter may me mean mind
    minute minutes moment more most much my new next nice no now of off on one only open or
    other our out over own page people perhaps please question questions quick quickly reach
    really right say see seem seems seen send share she short should show some somebody
    speak start still such sure take talk than thank thanks that that's the their them then
    there these they thing things think this those time to together too try two understand
    up us use useful way we we'd we'll we're we've well what what's when where whether which
    while who why will with work would write you you're your yours
    """.split()
)

_ASKED = frozenset({"asked", "asking"})
_BETWEEN = frozenset({"for", "about", "a", "an", "the", "our", "your", "us", "to"})


class Shown(msgspec.Struct, frozen=True):
    """What the model is shown: facts by their names. Neither name nor address of the buyer."""

    facts: tuple[tuple[str, str], ...]

    @property
    def words(self) -> frozenset[str]:
        return frozenset(word for _, value in self.facts for word in _words(value))


def shown_of(brief: Brief) -> Shown:
    """Company, type, reasons and what was done; each cut, and without markup."""
    told: list[tuple[str, str | None]] = [
        ("company", brief.account),
        *((name, value) for name, value in brief.company),
        ("title", brief.title),
        ("asked for", spaced(brief.lead_type) if brief.lead_type else None),
        ("qualified by", brief.why),
        *((f"did {number}", spaced(one.what)) for number, one in enumerate(brief.did, 1)),
        *((f"promised {number}", one) for number, one in enumerate(brief.promised, 1)),
    ]
    return Shown(tuple((name, _clean(value)) for name, value in told if value and _clean(value)))


def may_stand(text: str, shown: Shown) -> bool:
    """Whether a draft is one short line that says nothing beyond what was shown."""
    line = unicodedata.normalize("NFC", text).strip()
    if not line or len(line) > DRAFT_CHARACTERS_MAX:
        return False
    if _BARRED.search(line) or any(joined not in _joined(shown) for joined in _hosts(line)):
        return False
    known, words = shown.words | _PLAIN | _ASKED, _words(line)
    return all(word in known for word in words) and all(
        _was_shown(words[place + 1 :], shown) for place, word in enumerate(words) if word in _ASKED
    )


def _was_shown(words: Sequence[str], shown: Shown) -> bool:
    """What the buyer is said to have asked for must be what they asked for."""
    named = next((word for word in words if word not in _BETWEEN), None)
    return named in shown.words


def _words(text: str) -> list[str]:
    return [word.casefold().replace("\u2019", "'") for word in _WORDS.findall(text)]


def _hosts(text: str) -> list[str]:
    """Words with a point within: the account's domain may stand, `evil.io` may not."""
    return [word.strip(".,!?()").casefold() for word in text.split() if _JOINED.search(word)]


def _joined(shown: Shown) -> frozenset[str]:
    return frozenset(host for _, value in shown.facts for host in _hosts(value))


def _clean(value: str) -> str:
    return " ".join(_BARRED.sub(" ", value).split())[:SHOWN_CHARACTERS_MAX]
