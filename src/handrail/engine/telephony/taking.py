"""A call is taken in: its rep is on a call until it ends, and an act toward a buyer counts as one.

Systems tell things twice, late and in any order: each call begins once and ends once here, and one
that has ended never begins.
"""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import HandoffFilter
from handrail.engine.telephony.reading import CallSeen
from handrail.kernel.decision import Case
from handrail.terms import command as cmd
from handrail.terms.people import Roster

SYSTEM = "telephony"  # of a rep's `ids`
DIGITS_ALIKE = 9  # of two numbers, from behind: the one may lack its country
DIGEST_CHARACTERS = 24  # of a call's id: it stands in evidence
LOOKED_AT_MAX = 2_000  # open handoffs among which the buyer is looked for


class CallTaken(msgspec.Struct, frozen=True):
    """`rep`: None where the roster has nobody of that id; `handoff`: whose act it was."""

    call: str
    rep: str | None = None
    handoff: str | None = None
    changed: bool = False


async def take_call(engine: Engine, seen: CallSeen, *, source: str) -> CallTaken:
    _, roster = await engine.in_force()
    actor, rep = f"hook:{source}", rep_of(seen.reps, roster)
    name = f"{source} {sha256(seen.id.encode()).hexdigest()[:DIGEST_CHARACTERS]}"
    now = engine.clock.now()
    began_at = min(seen.started_at or now, now)
    changed = False
    if not seen.runs:
        changed = await engine.people.end_call(name, actor=actor)
    elif rep is not None:
        changed = await engine.people.begin_call(rep, name, began_at=began_at, actor=actor)
    handoff = None
    if rep is not None and seen.is_act and (seen.runs or seen.started_at is not None):
        act = cmd.LogAct(rep=rep, act="call", from_at=began_at)
        handoff = await _act(engine, seen, act, roster=roster, name=name, actor=actor)
    return CallTaken(call=seen.id, rep=rep, handoff=handoff, changed=changed)


def rep_of(names: Iterable[str], roster: Roster, *, system: str = SYSTEM) -> str | None:
    """By the system's entry in `ids`, else by e-mail address; nobody who shares it with another."""
    for name in names:
        found = [
            rep.id
            for rep in roster.reps.values()
            if name in (rep.ids.get(system), rep.email) or name.casefold() == rep.email.casefold()
        ]
        if len(found) == 1:
            return found[0]
    return None


async def _act(
    engine: Engine, seen: CallSeen, act: cmd.LogAct, *, roster: Roster, name: str, actor: str
) -> str | None:
    """Once for each call, at the machine's own time. A call from before the handoff is none."""
    handoff = await _handoff_of(engine, seen.buyers, rep=act.rep, roster=roster)
    if handoff is None:
        return None
    try:
        once = (f"call {name} act", b"act")
        await engine.command(handoff, act, actor=actor, idempotency=once)
    except Refused:
        return None
    return handoff


async def _handoff_of(
    engine: Engine, buyers: Iterable[str], *, rep: str, roster: Roster
) -> str | None:
    """The open handoff of this buyer: the rep's own first, then those of their teams."""
    wanted = tuple(buyers)
    if not wanted:
        return None
    queries = [HandoffFilter(owner=rep, limit=LOOKED_AT_MAX)]
    queries += [HandoffFilter(team=team, limit=LOOKED_AT_MAX) for team in roster.teams_of(rep)]
    for query in queries:
        cases = [stored.case for stored in await engine.store.cases_of(query)]
        found = {
            case.handoff.id
            for case in cases
            if case.handoff is not None and any(_is_of(case, buyer) for buyer in wanted)
        }
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _is_of(case: Case, buyer: str) -> bool:
    if "@" in buyer:
        return case.lead.email is not None and case.lead.email.casefold() == buyer.casefold()
    return is_same_number(str(case.lead.attributes.get("lead.phone", "")), buyer)


def is_same_number(one: str, other: str) -> bool:
    """However it is written, and with or without its country."""
    left, right = (_digits(text) for text in (one, other))
    if len(left) < DIGITS_ALIKE or len(right) < DIGITS_ALIKE:
        return False
    return left[-DIGITS_ALIKE:] == right[-DIGITS_ALIKE:]


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isdigit())
