"""What a step does, once it is known where things stand."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec

from handrail.engine.engine import Engine
from handrail.engine.items import CaptureItem
from handrail.terms import command as cmd
from handrail.terms.people import Presence, PresenceState, Span
from handrail.trials.sim.book import Book
from handrail.trials.sim.hand import Hand
from handrail.trials.sim.story import Step
from handrail.trials.sim.world import CODES, COMPANIES, COUNTRIES, SIGNALS, World

PEOPLE = 9  # persons at each company
PRESENCES: tuple[PresenceState, ...] = ("available", "away", "on_call")
NOBODY = ("zed", "mo")  # no rep of any roster


class Attempt(msgspec.Struct):
    """Something a client sends, and sends again word for word when no answer came."""

    text: str
    call: Callable[[Engine], Awaitable[Any]]
    key: str | None = None
    captures: tuple[str, ...] = ()


class Scene(msgspec.Struct):
    """What a step may look at when it decides what to do."""

    world: World
    book: Book
    step: Step
    now: datetime
    sent: list[Attempt]
    rng: Random

    def hand(self) -> Hand | None:
        """Mostly one that is open; now and then one that ended."""
        hands = list(self.book.hands.values())
        open_ = [hand for hand in hands if hand.is_open]
        pick = open_ if open_ and self.rng.random() < 0.9 else hands
        return self.rng.choice(pick) if pick else None

    def rep(self) -> str:
        return (
            self.rng.choice((*self.world.reps, *NOBODY))
            if self.rng.random() < 0.3
            else (
                self.rng.choice(
                    list(self.book.roster.reps) if self.book.roster else self.world.reps
                )
            )
        )

    def owner(self, hand: Hand) -> str:
        """Mostly the owner (of a pool: a member)."""
        stranger = self.rng.random() < 0.2 and not self.world.is_plain
        if stranger or self.book.roster is None:
            return self.rep()
        return hand.rep or self.rng.choice(self.book.roster.teams.get(hand.team, ("zed",)))

    def later(self, *minutes: int) -> datetime:
        return self.now + timedelta(minutes=self.rng.choice(minutes))

    def maybe(self, chance: float) -> bool:
        return self.rng.random() < chance


def attempt_of(scene: Scene) -> Attempt | None:
    """What this step sends; None when there is nothing that it could be about."""
    if scene.step.kind in _SENDS:
        return _SENDS[scene.step.kind](scene)
    hand = scene.hand()
    if hand is None:
        return capture(scene)
    command = _COMMANDS[scene.step.kind](scene, hand)
    target = hand.lead if scene.maybe(0.2) else hand.id
    return _command(scene, target, command)


def _command(scene: Scene, target: str, command: cmd.Command) -> Attempt:
    key = f"k{scene.step.number}" if scene.maybe(0.5) else None
    body = hashlib.sha256(msgspec.json.encode(command)).digest()

    def call(engine: Engine) -> Awaitable[Any]:
        given = (key, body) if key is not None else None
        return engine.command(target, command, actor="key:sim", idempotency=given)

    return Attempt(text=f"{target} {command}", call=call, key=key)


# --- captures


def capture(scene: Scene) -> Attempt:
    count = scene.rng.choice((1, 1, 1, 2, 5))
    items = [_item(scene, f"l{scene.step.number}.{n}") for n in range(count)]
    return _captures(scene, items)


def _captures(scene: Scene, items: list[CaptureItem]) -> Attempt:
    key = f"k{scene.step.number}" if scene.maybe(0.4) else None
    body = hashlib.sha256(msgspec.json.encode(items)).digest()

    def call(engine: Engine) -> Awaitable[Any]:
        given = (key, body) if key is not None else None
        return engine.capture(items, actor="key:web", idempotency=given)

    ids = tuple(item.id for item in items)
    return Attempt(text=f"capture {items}", call=call, key=key, captures=ids)


def _item(scene: Scene, id: str, *, email: str | None = None) -> CaptureItem:
    rng, is_plain = scene.rng, scene.world.is_plain
    company = f"c{rng.randrange(COMPANIES)}.example"
    attributes: dict[str, object] = {"account.employees": rng.choice((5, 200, 5_000))}
    if is_plain or rng.random() < 0.85:
        attributes["lead.country"] = rng.choice(COUNTRIES)
    if not is_plain:
        attributes |= _oddities(scene)
    names = [name for name in SIGNALS[:4] if rng.random() < 0.4 and not is_plain] or ["webinar"]
    late = timedelta(minutes=rng.choice((0, 0, 0, 5, 600)))
    address = email or f"p{rng.randrange(PEOPLE)}@{company}"
    return CaptureItem(
        id=id,
        email=f"p@{id.replace('.', '-')}.example"
        if is_plain
        else address
        if rng.random() < 0.95
        else None,
        captured_at=scene.now - late,
        attributes=attributes,
        signals=tuple((name, scene.now - late if rng.random() < 0.3 else None) for name in names),
    )


def _oddities(scene: Scene) -> dict[str, object]:
    odd: dict[str, object] = {}
    if scene.maybe(0.1):
        odd["account.owner"] = scene.rep()
    if scene.maybe(0.1):
        odd["account.csm"] = scene.rep()
    if scene.maybe(0.06):
        odd["lead.persona"] = scene.rng.choice(("student", "executive", "pirate"))
    if scene.maybe(0.05):
        odd["lead.country"] = "Utopia"
    if scene.maybe(0.05):
        odd["account.domain"] = "c0.example"
    return odd


def again(scene: Scene) -> Attempt | None:
    """Known source events, permuted, repeated, among new ones."""
    known = sorted(scene.book.captures)
    if not known:
        return None
    ids = [scene.rng.choice(known) for _ in range(scene.rng.randint(1, 4))]
    items = [_item(scene, id) for id in [*ids, f"l{scene.step.number}.x"]]
    scene.rng.shuffle(items)
    return _captures(scene, items)


def same_person(scene: Scene) -> Attempt | None:
    """Another source event of somebody known."""
    company = f"c{scene.rng.randrange(COMPANIES)}.example"
    email = f"p{scene.rng.randrange(2)}@{company}"
    items = [_item(scene, f"l{scene.step.number}.{n}", email=email) for n in range(2)]
    return _captures(scene, items)


def resend(scene: Scene) -> Attempt | None:
    """A client that got no answer, or does not trust it, sends the same again."""
    keyed = [attempt for attempt in scene.sent if attempt.key is not None or attempt.captures]
    return scene.rng.choice(keyed[-12:]) if keyed else None


# --- people and versions


def signal(scene: Scene) -> Attempt | None:
    leads = sorted(scene.book.leads)
    if not leads:
        return None
    lead, name = scene.rng.choice(leads), scene.rng.choice(SIGNALS)
    at = scene.now - timedelta(minutes=scene.rng.choice((0, 0, 30, 3_000)))
    return Attempt(
        text=f"signal {lead} {name} at {at}",
        call=lambda engine: engine.signal(lead, name, at=at, actor="key:web"),
    )


def presence(scene: Scene) -> Attempt:
    rep, state = scene.rep(), scene.rng.choice(PRESENCES)
    until = scene.later(1, 20, 300) if scene.maybe(0.7) else None
    given = Presence(state=state, until=until)
    return Attempt(
        text=f"presence {rep} {given}",
        call=lambda engine: engine.people.set_presence(rep, given, actor="key:sim"),
    )


def _span(scene: Scene) -> Span:
    from_at = scene.later(0, 0, 15, 120)
    return Span(
        from_at=from_at, until_at=from_at + timedelta(minutes=scene.rng.choice((5, 30, 240)))
    )


def busy(scene: Scene) -> Attempt:
    """Reported, or read from a calendar. No draw is added: seeds keep their stories."""
    rep, span = scene.rep(), _span(scene)
    if scene.step.number % 2:
        return _calendar(rep, span, stale=scene.step.number % 8 == 7)
    return Attempt(
        text=f"busy {rep} {span}",
        call=lambda engine: engine.people.set_busy(rep, [span], actor="key:sim"),
    )


def _calendar(rep: str, span: Span, *, stale: bool) -> Attempt:
    later = timedelta(days=7)
    spans = [span, Span(from_at=span.from_at + later, until_at=span.until_at + later)]
    away = [
        Span(from_at=one.from_at + 2 * later, until_at=one.until_at + 2 * later) for one in spans
    ]
    return Attempt(
        text=f"calendar {rep} {span}{' stale' if stale else ''}",
        call=lambda engine: engine.people.set_calendar(
            rep, busy=spans, away=away[:1], stale=stale, actor="key:sim"
        ),
    )


def leave(scene: Scene) -> Attempt:
    rep, span = scene.rep(), _span(scene)
    return Attempt(
        text=f"leave {rep} {span}",
        call=lambda engine: engine.people.add_leave(rep, span, actor="key:sim"),
    )


def roster(scene: Scene) -> Attempt:
    plan = scene.rng.choice(scene.world.rosters)
    return Attempt(
        text=f"roster {plan.stored.digest[:8]} with {', '.join(plan.reps)}",
        call=lambda engine: engine.adopt_roster(plan.stored, actor="person:dana"),
    )


def contract(scene: Scene) -> Attempt:
    plan = scene.rng.choice(scene.world.contracts)
    return Attempt(
        text=f"contract {plan.stored.version}",
        call=lambda engine: engine.adopt_contract(plan.stored, actor="person:dana"),
    )


_SENDS: dict[str, Callable[[Scene], Attempt | None]] = {
    "capture": capture,
    "again": again,
    "same_person": same_person,
    "resend": resend,
    "signal": signal,
    "presence": presence,
    "busy": busy,
    "leave": leave,
    "roster": roster,
    "contract": contract,
}


# --- commands on one handoff


def _act(scene: Scene, hand: Hand) -> cmd.Command:
    known_late = scene.maybe(0.25)
    return cmd.LogAct(
        rep=scene.owner(hand),
        act=scene.rng.choice(("call", "message", "email")),
        from_at=scene.now - timedelta(seconds=scene.rng.choice((-60, 0, 30, 300, 7_200)))
        if known_late
        else None,
        until_at=scene.later(5, 30) if scene.maybe(0.2) and not scene.world.is_plain else None,
    )


def _reject(scene: Scene, hand: Hand) -> cmd.Command:
    code = scene.rng.choice(CODES) if scene.maybe(0.95) else "because"
    return cmd.Reject(rep=scene.owner(hand), code=code, personal=cmd.Personal(note="no"))


def _qualify(scene: Scene, hand: Hand) -> cmd.Command:
    return cmd.QualifySql(
        rep=scene.owner(hand),
        next_step_at=scene.later(-5, 60, 2_880) if scene.maybe(0.9) else None,
        answers=("problem",) if scene.maybe(0.9) else (),
    )


def _book(scene: Scene, hand: Hand) -> cmd.Command:
    """Or moves, or calls off, what is booked. No draw is added: seeds keep their stories."""
    span, rep = _span(scene), scene.owner(hand)
    if hand.meeting is not None:
        match scene.step.number % 4:
            case 0:
                return cmd.CancelMeeting(by=cmd.BUYER)
            case 1 | 2:
                return cmd.MoveMeeting(
                    rep=rep, from_at=span.from_at, until_at=span.until_at, by=cmd.BUYER
                )
            case _:
                pass
    return cmd.BookMeeting(
        rep=rep,
        from_at=span.from_at,
        until_at=span.until_at,
        arranged=scene.step.number % 2 == 0,
        by=cmd.BUYER if scene.step.number % 3 == 0 else None,
    )


def _override(scene: Scene, hand: Hand) -> cmd.Command:
    note = cmd.Personal(note="because I say so")
    match scene.rng.randrange(8):
        case 0 | 1 | 2:
            return cmd.Override(by="mo", owner=scene.rep(), personal=note)
        case 3:
            team = scene.rng.choice((*scene.world.teams, "nowhere"))
            return cmd.Override(by="mo", owner=f"team:{team}", personal=note)
        case 4 | 5:
            stages = ("triage", "assigned", "accepted", "sql", "recycled", "closed", "limbo")
            return cmd.Override(by="mo", stage=scene.rng.choice(stages), personal=note)
        case 6:
            return cmd.Override(by="mo", score={"fit": scene.rng.choice((0, 90))}, personal=note)
        case _ if scene.step.number % 2:
            return cmd.Override(by="mo", release=True, personal=note)
        case _:
            plan = scene.book.roster
            reps = sorted(plan.reps if plan is not None else scene.world.reps)
            to = reps[scene.step.number % len(reps)]
            return cmd.PassOn(rep=scene.owner(hand), to=to, by="mo", personal=note)


def _pause(scene: Scene, hand: Hand) -> cmd.Command:
    return cmd.Pause(by="mo", until=scene.later(-1, 2, 60, 1_000), personal=cmd.Personal(note="x"))


def _converse(scene: Scene, hand: Hand) -> cmd.Command:
    return cmd.LogConversation(rep=scene.owner(hand) if scene.maybe(0.7) else None)


def _acknowledge(scene: Scene, hand: Hand) -> cmd.Command:
    """Or the act of a manager on an incident. No draw is added: seeds keep their stories."""
    rep, note = scene.owner(hand), cmd.Personal(note="x")
    match scene.step.number % 4:
        case 0:
            return cmd.CloseIncident(by="mo", code="staffing")
        case 1:
            until = scene.now + timedelta(hours=1)
            return cmd.SilenceIncident(by="mo", until=until, personal=note)
        case _:
            return cmd.Acknowledge(rep=rep)


def _miss(scene: Scene, hand: Hand) -> cmd.Command:
    """Or they said before it that they will come; or a conferencing system saw who did."""
    match scene.rng.randrange(6):
        case 4:
            return cmd.DeclineMeeting(by=cmd.BUYER)
        case 0:
            return cmd.ConfirmMeeting(by=cmd.BUYER)
        case 1:
            return cmd.JoinMeeting(who="rep", joined_at=scene.now, by="hook:zoom")
        case 2:
            return cmd.JoinMeeting(who="buyer", joined_at=scene.now, by="hook:zoom")
        case 3:
            return cmd.EndMeeting(ended_at=scene.now, by="hook:zoom")
        case _:
            return cmd.MissMeeting()


_COMMANDS: dict[str, Callable[[Scene, Hand], cmd.Command]] = {
    "act": _act,
    "accept": lambda scene, hand: cmd.Accept(rep=scene.owner(hand)),
    "reject": _reject,
    "qualify": _qualify,
    "converse": _converse,
    "book": _book,
    "miss": _miss,
    "override": _override,
    "pause": _pause,
    "close": lambda scene, hand: cmd.Close(outcome=scene.rng.choice(("won", "lost"))),
    "acknowledge": _acknowledge,
}
