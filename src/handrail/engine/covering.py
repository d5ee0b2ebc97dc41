"""One press moves what a rep has open to their cover: each handoff by a recorded act, with its
meeting. What cannot be moved stays where it is and is listed with its reason."""

from datetime import datetime

import msgspec

from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import HandoffFilter
from handrail.kernel.eligibility import has_joined, on_leave
from handrail.kernel.offering import stands
from handrail.terms import command as cmd
from handrail.terms.evidence import RepConditions
from handrail.terms.handoff import Handoff
from handrail.terms.people import Rep, Roster

MOVED_MAX = 2_000  # handoffs in one press; a second press moves the next


class Stays(msgspec.Struct, frozen=True):
    """`why`: a word; `message`: for people."""

    handoff: str
    lead: str
    why: str
    message: str


class PassedOn(msgspec.Struct, frozen=True):
    """`refused`: why nothing at all was moved; then everything stays."""

    rep: str
    to: str | None
    moved: tuple[str, ...] = ()
    stays: tuple[Stays, ...] = ()
    refused: str | None = None


async def pass_on(
    engine: Engine, rep: str, *, to: str | None = None, by: str, reason: str, actor: str
) -> PassedOn:
    """To the rep's cover, or to `to`. Pressed again it moves what is left. Raises `Refused` where
    there is no such rep."""
    _, roster = await engine.in_force()
    if rep not in roster.reps:
        raise Refused("not_found", f"no rep {rep!r} in the roster")
    cover = to or roster.reps[rep].cover
    days = await engine.people.days()
    known = days[cover].conditions if cover is not None and cover in days else RepConditions()
    found = await _open(engine, rep)
    refused = _nobody(rep, cover, roster, known, now=engine.clock.now())
    if refused is not None or cover is None:
        stays = tuple(_stays(one, refused or Refused("no_cover", "")) for one in found)
        message = refused.message if refused is not None else ""
        return PassedOn(rep=rep, to=cover, stays=stays, refused=message)
    moved: list[str] = []
    left: list[Stays] = []
    for handoff in found:
        try:
            _check_free(handoff, rep=rep, cover=roster.reps[cover], known=known)
            command = cmd.PassOn(rep=rep, to=cover, by=by, personal=cmd.Personal(note=reason))
            await engine.command(handoff.id, command, actor=actor)
            moved.append(handoff.id)
        except Refused as one:
            left.append(_stays(handoff, one))
    return PassedOn(rep=rep, to=cover, moved=tuple(moved), stays=tuple(left))


async def _open(engine: Engine, rep: str) -> list[Handoff]:
    query = HandoffFilter(owner=rep, limit=MOVED_MAX)
    cases = [stored.case for stored in await engine.store.cases_of(query)]
    return [case.handoff for case in cases if case.handoff is not None]


def _nobody(
    rep: str, cover: str | None, roster: Roster, known: RepConditions, *, now: datetime
) -> Refused | None:
    """Why there is nobody to pass anything on to."""
    if cover is None:
        return Refused(
            "no_cover", f"{rep} has no cover; name one in the roster (`cover`), or say to whom"
        )
    if cover not in roster.reps:
        return Refused("unknown_rep", f"no rep {cover!r} in the roster")
    if cover == rep:
        return Refused("bad_value", f"{rep} cannot cover for themselves")
    person = roster.reps[cover]
    if not person.active or not has_joined(rep=person, at=now):
        return Refused("ineligible", f"{cover} takes no leads now; say to whom else")
    if on_leave(rep=person, conditions=known, at=now):
        return Refused("ineligible", f"{cover} is on leave themselves; say to whom else")
    return None


def _check_free(handoff: Handoff, *, rep: str, cover: Rep, known: RepConditions) -> None:
    """A meeting goes along only where the cover can be there. Raises `Refused`."""
    meeting = stands(handoff)
    if meeting is None or meeting.rep != rep:
        return
    if on_leave(rep=cover, conditions=known, at=meeting.from_at):
        raise Refused("ineligible", f"{cover.id} is on leave when the meeting is")
    if any(
        span.from_at < meeting.until_at and meeting.from_at < span.until_at for span in known.taken
    ):
        raise Refused("double_booked", f"{cover.id} has something else when the meeting is")


def _stays(handoff: Handoff, refused: Refused) -> Stays:
    return Stays(handoff=handoff.id, lead=handoff.lead, why=refused.code, message=refused.message)
