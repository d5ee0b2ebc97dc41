"""I12: whoever was given a lead could take it, and nobody had a better claim to it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import msgspec

from handrail.engine.ledger import Entry
from handrail.kernel.decision import Routing
from handrail.terms import event as ev
from handrail.terms.evidence import RepConditions
from handrail.trials.sim.book import BY_PERSON, Book, Turns
from handrail.trials.sim.hand import Hand
from handrail.trials.sim.people import SOON, why_not
from handrail.trials.sim.world import RepPlan

HANDLING_FROM = 20  # observations after which `fastest` reads more than counts
RANKED = frozenset({None, "breach", "rejected", "departed"})


class Given(msgspec.Struct, frozen=True):
    """One lead given to one rep by routing."""

    entry: Entry
    hand: Hand
    team: str
    rep: str
    rule: str | None
    reason: str | None
    routing: Routing

    @property
    def through_team(self) -> bool:
        return bool(self.routing.targets) and self.routing.targets[-1] == f"team:{self.team}"


def judge_entry(book: Book, entry: Entry) -> None:
    """Hold what an entry gave against the book as it was before the entry."""
    for event in entry.events:
        match event:
            case ev.Assigned(reason=reason) if reason in BY_PERSON:
                pass
            case ev.Assigned(to=to, rule=rule, reason=reason) if to.rep is not None:
                _judge(book, entry, team=to.team, rep=to.rep, rule=rule, reason=reason)
            case ev.HandedOver(to=to) if to.rep is not None:
                _judge(book, entry, team=to.team, rep=to.rep, rule=None, reason="handover")
            case _:
                pass


def _judge(
    book: Book, entry: Entry, *, team: str, rep: str, rule: str | None, reason: str | None
) -> None:
    hand = _hand_before(book, entry)
    routings = entry.reasons.routings if entry.reasons is not None else ()
    if hand is None or not routings:
        book.fault("I12", entry.at, f"{rep} was given {entry.handoff} for no reason")
        return
    given = Given(
        entry=entry,
        hand=hand,
        team=team,
        rep=rep,
        rule=rule,
        reason=reason,
        routing=routings[-1],
    )
    _judge_eligible(book, given)
    if reason in RANKED and given.through_team:
        _judge_rank(book, given)


def _hand_before(book: Book, entry: Entry) -> Hand | None:
    """The handoff as the entry's own events have shaped it so far, without counting them."""
    known = book.hands.get(entry.handoff or "")
    hand = msgspec.structs.replace(known) if known is not None else None
    for event in entry.events:
        match event:
            case ev.Qualified():
                hand = _qualified(hand, event, lead=entry.lead or "")
            case ev.SlaBreached(clock="first_action") if hand is not None:
                hand.breaches = {**hand.breaches, (event.due_at, event.owner): True}
            case ev.Rejected(rep=str(rep)) if hand is not None:
                hand.declined = {*hand.declined, rep}
            case _:
                pass
    return hand


def _qualified(hand: Hand | None, event: ev.Qualified, *, lead: str) -> Hand:
    known = hand if hand is not None and hand.id == event.handoff else None
    return Hand(
        id=event.handoff,
        lead=lead,
        contract=event.contract,
        lead_type=event.lead_type,
        same_day=event.same_day,
        territory=event.territory,
        account=event.account,
        breaches=known.breaches if known is not None else {},
        declined=known.declined if known is not None else set(),
        rule=known.rule if known is not None else None,
        handed_over=known.handed_over if known is not None else False,
    )


def _judge_eligible(book: Book, given: Given) -> None:
    roster, at = book.roster, given.entry.at
    assert roster is not None
    plan = roster.reps.get(given.rep)
    if plan is None:
        book.fault("I12", at, f"{given.rep}, not in the roster, was given {given.hand.id}")
        return
    by_rule = given.reason != "handover" and not given.hand.handed_over
    rule = given.rule or given.hand.rule if by_rule else None
    found = why_not(
        rep=plan,
        hand=given.hand,
        needs=book.plan_of(given.hand).needs.get(rule or "", frozenset()),
        conditions=book.conditions.get(given.rep, RepConditions()),
        hands=book.hands_of(given.rep),
        at=at,
    )
    wrong = sorted(found if given.through_team else found - SOON)
    if wrong:
        book.fault("I12", at, f"{given.rep} was given {given.hand.id} ({given.reason}): {wrong}")


def _judge_rank(book: Book, given: Given) -> None:
    """Fair: the largest deficit among the eligible; fastest: the fewest unworked first."""
    roster, entry = book.roster, given.entry
    assert roster is not None
    free = [c.rep for c in given.routing.candidates if c.eligible and c.rep in _of(book, given)]
    if book.plan_of(given.hand).strategies[given.hand.lead_type] == "fastest":
        if any(count >= HANDLING_FROM for count in book.observed.values()):
            return
        waits = {rep: book.hands_of(rep).unworked for rep in free}
        free = [rep for rep in free if waits[rep] == min(waits.values())]
        if given.rep not in free:
            book.fault("I12", entry.at, f"{given.rep} is not the fastest: unworked {waits}")
            return
    members = [roster.reps[rep] for rep in roster.teams[given.team]]
    if any(_was_absent(book, member) for member in members):
        return
    behind = deficits(book, team=given.team, members=members, hand=given.hand, at=entry.at)
    if behind[given.rep] < max(behind[rep] for rep in free):
        shown = {rep: str(value) for rep, value in behind.items()}
        book.fault("I12", entry.at, f"{given.rep} was not the furthest behind: {shown} of {free}")
    if book.world.is_plain and len(members) == 2 and any(abs(off) > 1 for off in behind.values()):
        book.fault("I12", entry.at, f"a share is off by more than one lead: {behind}")


def _of(book: Book, given: Given) -> Sequence[str]:
    assert book.roster is not None
    return book.roster.teams[given.team]


def _was_absent(book: Book, rep: RepPlan) -> bool:
    announced = book.conditions.get(rep.id, RepConditions()).absent
    return bool(rep.leave or rep.joined or announced)


def deficits(
    book: Book, *, team: str, members: Sequence[RepPlan], hand: Hand, at: datetime
) -> dict[str, Fraction]:
    """Weight share x total had - had, in exact fractions, of each member."""
    start = _window_start(book, hand, at)
    had = {member.id: _had(book.turns[team, member.id], start) for member in members}
    weights = {member.id: member.weight * member.ramp for member in members}
    total = sum(had.values())
    return {
        rep: Fraction(weights[rep] * total, sum(weights.values())) - had[rep] for rep in weights
    }


def _had(turns: Turns, start: datetime) -> int:
    return sum(at >= start for at in turns.given) - sum(at >= start for at in turns.credited)


def _window_start(book: Book, hand: Hand, at: datetime) -> datetime:
    contract = book.plan_of(hand).contract
    local = at.astimezone(ZoneInfo(contract.timezone))
    first = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if contract.fairness_window == "week":
        return first - timedelta(days=first.weekday())
    return first if contract.fairness_window == "day" else first.replace(day=1)
