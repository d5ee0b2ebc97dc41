"""The reference model: what the ledger says, folded without any of the engine's code.

It is simple on purpose. What it finds wrong while it reads is kept in `faults`, each line beginning
with the invariant's number.
"""

from collections import defaultdict
from datetime import datetime, timedelta

import msgspec

from handrail.engine.ledger import Entry
from handrail.terms import event as ev
from handrail.terms.evidence import RepConditions
from handrail.terms.handoff import Owner
from handrail.terms.sla import Clock
from handrail.trials.sim.hand import Hand
from handrail.trials.sim.people import Hands
from handrail.trials.sim.world import ContractPlan, RosterPlan, World

BY_PERSON = frozenset(
    {
        "override",
        "passed_on",
        "claimed",
        "took_over",
        "acted",
        "meeting_booked",
        "meeting_moved",
    }
)


class Turns(msgspec.Struct):
    """Assignments and credits of one rep in one team."""

    given: list[datetime] = []
    credited: list[datetime] = []


class Book:
    """Everything that was recorded, by lead and by person."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults: list[str] = []
        self.seq = 0
        self.roster: RosterPlan | None = None
        self.captures: dict[str, str] = {}  # capture id -> lead
        self.leads: dict[str, str | None] = {}  # lead -> latest handoff
        self.excluded: set[str] = set()
        self.hands: dict[str, Hand] = {}
        self.turns: dict[tuple[str, str], Turns] = defaultdict(Turns)
        self.conditions: dict[str, RepConditions] = {}
        self.observed: dict[str, int] = defaultdict(int)
        self._rosters = {plan.stored.digest: plan for plan in world.rosters}
        self._contracts = {plan.stored.digest: plan for plan in world.contracts}

    def fault(self, code: str, at: datetime, message: str) -> None:
        self.faults.append(f"{code}: at {at:%d %H:%M:%S}, entry {self.seq}: {message}")

    def plan_of(self, hand: Hand) -> ContractPlan:
        return self._contracts[hand.contract]

    # --- reading

    def take(self, entry: Entry) -> None:
        """Count one entry: all that it says, in its order."""
        self.seq = entry.seq
        if entry.kind == "roster":
            self.roster = self._rosters[str(entry.change["digest"])]
        story = _EntryReader(self, entry)
        for event in entry.events:
            story.read(event)
        story.end()
        for rep, said in entry.change.get("conditions", {}).items():
            self.conditions[rep] = msgspec.convert(said, RepConditions)

    # --- counting

    def hands_of(self, rep: str) -> Hands:
        held = [hand for hand in self.hands.values() if hand.rep == rep]
        open_ = [hand for hand in held if hand.stage in ("assigned", "accepted")]
        return Hands(
            open=len(open_),
            unworked=sum(not hand.is_met for hand in open_),
            timed=sum("first_action" in hand.clocks and not hand.same_day for hand in open_),
            turns=tuple(
                at for (_, who), turns in self.turns.items() if who == rep for at in turns.given
            ),
        )

    def waiting(self, team: str) -> int:
        return sum(
            hand.is_open and hand.stage != "triage" and hand.rep is None and hand.team == team
            for hand in self.hands.values()
        )

    def open_hand(self, lead: str) -> Hand | None:
        latest = self.leads.get(lead)
        hand = self.hands[latest] if latest is not None else None
        return hand if hand is not None and hand.is_open else None

    def overdue(self, now: datetime) -> list[tuple[Hand, Clock]]:
        return [
            (hand, clock)
            for hand in self.hands.values()
            if hand.is_open
            for clock in hand.clocks.values()
            if clock.due_at <= now
        ]


class _EntryReader:
    """One entry's events, each held against what the book says before it."""

    def __init__(self, book: Book, entry: Entry) -> None:
        self.book = book
        self.entry = entry
        self.at = entry.at
        self.may_open = False  # a first-action window may open: it qualified, or breached
        self.expects: int | None = None  # the escalation that must follow in this entry
        self.before = book.leads.get(entry.lead) if entry.lead is not None else None

    def fault(self, code: str, message: str) -> None:
        self.book.fault(code, self.at, f"{self.entry.handoff or self.entry.lead}: {message}")

    def read(self, event: ev.Event) -> None:
        lead = self.entry.lead
        assert lead is not None
        match event:
            case ev.Captured():
                if event.id in self.book.captures:
                    self.fault("I3", f"capture {event.id} was taken in twice")
                self.book.captures[event.id] = lead
                self.book.leads.setdefault(lead, None)
            case ev.Excluded():
                self.book.excluded.add(lead)
            case ev.Qualified() | ev.Triaged():
                self._open(lead, event)
            case _:
                latest = self.book.leads.get(lead)
                if latest is not None:
                    self._on_hand(self.book.hands[latest], event)

    def end(self) -> None:
        if self.expects is not None:
            self.fault("I5", f"breach {self.expects} was followed by no escalation")

    # --- openings

    def _open(self, lead: str, event: ev.Qualified | ev.Triaged) -> None:
        known = self.book.hands.get(event.handoff)
        current = self.book.open_hand(lead)
        if current is not None and current.id != event.handoff:
            self.fault("I1", f"{event.handoff} opens while {current.id} is open")
        if known is None:
            self.book.hands[event.handoff] = known = Hand(
                id=event.handoff,
                lead=lead,
                contract=event.contract,
                lead_type=event.lead_type,
                same_day=False,
                account=event.account,
                territory=event.territory,
            )
            self.book.leads[lead] = known.id
            self.book.excluded.discard(lead)
        if isinstance(event, ev.Qualified):
            known.lead_type, known.same_day = event.lead_type, event.same_day
            known.account = event.account
            known.territory, known.stage, known.clocks = event.territory, "assigned", {}
            self.may_open = True
        else:
            known.stage, known.team, known.rep = "triage", event.to.team, None
            known.clocks = {"triage": event.clock}

    # --- what happens to a handoff

    def _on_hand(self, hand: Hand, event: ev.Event) -> None:
        match event:
            case ev.Assigned():
                self._given(hand, event.to, event.clocks, rule=event.rule, reason=event.reason)
            case ev.Pooled():
                self._given(hand, event.to, event.clocks, rule=event.rule, reason=event.reason)
            case ev.HandedOver():
                self._given(hand, event.to, event.clocks, rule=None, reason="handover")
                hand.handed_over = True
            case ev.SlaWarned():
                self._warned(hand, event)
            case ev.SlaBreached():
                self._breached(hand, event)
            case ev.BreachAnnulled():
                for due_at, owner in hand.breaches:
                    if due_at == event.due_at:
                        hand.breaches[due_at, owner] = False
            case ev.Escalated():
                self._escalated(hand, event)
            case ev.Retyped():
                self._retyped(hand, event)
            case ev.Paused():
                self._paused(hand, event)
            case ev.Overridden(what="owner"):
                hand.owner_is_set = True
            case ev.Overridden(what="release"):
                hand.owner_is_set = False
            case _:
                self._worked(hand, event)

    def _given(
        self,
        hand: Hand,
        to: Owner,
        clocks: tuple[Clock, ...],
        *,
        rule: str | None,
        reason: str | None,
    ) -> None:
        if hand.owner_is_set and reason not in BY_PERSON | {"handover"} and hand.rep != to.rep:
            if hand.rep is not None or to.rep is None:
                self.fault("I17", f"a set owner {hand.owner} gave way to {to} ({reason})")
        for clock in clocks:
            self._opens(hand, clock)
        hand.clocks.pop("accept_within", None)
        hand.clocks.update({clock.kind: clock for clock in clocks})
        hand.team, hand.rep, hand.rule = to.team, to.rep, rule or hand.rule
        hand.stage = "sql" if hand.stage == "sql" else "assigned"
        if to.rep is not None:
            self.book.turns[to.team, to.rep].given.append(self.at)

    def _opens(self, hand: Hand, clock: Clock) -> None:
        """Only qualification and a taken step open a first-action window, and as long as said."""
        if clock.kind != "first_action":
            return
        if hand.is_met:
            self.fault("I8", "a first-action window opened after the first action")
        if not self.may_open:
            self.fault("I5", "a first-action window opened though none had closed")
        self.may_open = False
        plan = self.book.plan_of(hand)
        window = plan.windows[hand.lead_type]
        if plan.contract.sla.clock == "wall" and window is not None:
            opens_at = max(self.at, hand.paused_until or self.at)  # no clock runs in a pause
            if clock.due_at != opens_at + window:
                self.fault("I5", f"the window ends at {clock.due_at}, not after {window}")
        if clock.due_at <= self.at:
            self.fault("I6", f"a window that ends when it opens, at {clock.due_at}")

    def _warned(self, hand: Hand, event: ev.SlaWarned) -> None:
        clock = hand.clocks.get(event.clock)
        if clock is None or clock.warn_at is None:
            self.fault("I5", f"warned of {event.clock}, of which no warning was due")
            return
        if self.at < clock.warn_at:
            self.fault("I6", f"warned before {clock.warn_at}")
        hand.clocks[event.clock] = msgspec.structs.replace(clock, warn_at=None)

    def _breached(self, hand: Hand, event: ev.SlaBreached) -> None:
        clock = hand.clocks.pop(event.clock, None)
        if self.at < event.due_at:
            self.fault("I6", f"breach before its due instant {event.due_at}")
        if clock is None or clock.due_at != event.due_at:
            self.fault("I5", f"breach of {event.clock} due {event.due_at}, the book has {clock}")
        if event.owner != hand.owner:
            self.fault("I1", f"breach of {event.owner}, the owner is {hand.owner}")
        if event.clock != "first_action":
            return
        if hand.acted_at is not None and hand.acted_at < event.due_at:
            self.fault("I8", f"breach due {event.due_at}, acted at {hand.acted_at}")
        if event.step in hand.steps:
            self.fault("I5", f"step {event.step} was taken twice")
        hand.steps.add(event.step)
        hand.breaches[event.due_at, event.owner] = True
        chain = self.book.plan_of(hand).contract.sla.escalation
        if event.step != len(hand.steps):
            self.fault("I5", f"step {event.step} comes as number {len(hand.steps)}")
        if event.step <= len(chain):
            self.expects = event.step
        self.may_open = event.step < len(chain)

    def _escalated(self, hand: Hand, event: ev.Escalated) -> None:
        if event.step != self.expects:
            self.fault("I5", f"escalation {event.step}, its breach is {self.expects}")
        self.expects = None
        for clock in event.clocks:
            self._opens(hand, clock)
        hand.clocks.update({clock.kind: clock for clock in event.clocks})

    def _retyped(self, hand: Hand, event: ev.Retyped) -> None:
        for clock in event.clocks:
            old = hand.clocks.get(clock.kind)
            if old is None or clock.due_at > old.due_at:
                self.fault("I5", f"re-typed from {old} to a later {clock}")
        hand.clocks.update({clock.kind: clock for clock in event.clocks})
        hand.lead_type, hand.same_day = event.lead_type, event.same_day

    def _paused(self, hand: Hand, event: ev.Paused) -> None:
        stands_from = max(self.at, hand.paused_until or self.at)
        pause = max(event.until - stands_from, timedelta(0))
        is_wall = self.book.plan_of(hand).contract.sla.clock == "wall"
        if {clock.kind for clock in event.clocks} != set(hand.clocks):
            self.fault("I5", "a pause closed or opened a window")
        for clock in event.clocks:
            old = hand.clocks.get(clock.kind)
            if old is None:
                continue
            if clock.due_at < old.due_at:
                self.fault("I6", f"a pause made {clock.kind} due earlier, at {clock.due_at}")
            if is_wall and clock.due_at != old.due_at + pause:
                self.fault("I5", f"a pause of {pause} moved {old.due_at} to {clock.due_at}")
        hand.clocks = {clock.kind: clock for clock in event.clocks}
        hand.paused_until = max(event.until, hand.paused_until or event.until)

    # --- what people did

    def _worked(self, hand: Hand, event: ev.Event) -> None:
        match event:
            case ev.FirstAction() | ev.Acted():
                self._acted(hand, event)
            case ev.ConversationHeld():
                self._met(hand)
            case ev.MeetingBooked():
                hand.meeting = event
                self._met(hand)
            case ev.MeetingMoved():
                hand.meeting = event
            case ev.MeetingCancelled():
                hand.meeting = None
            case ev.Accepted():
                hand.stage = "sql" if hand.stage == "sql" else "accepted"
                hand.clocks.pop("accept_within", None)
                hand.clocks.pop("handover", None)
            case ev.SalesQualified():
                hand.stage, hand.clocks, hand.is_met = "sql", {}, True
            case ev.Rejected():
                self._rejected(hand, event)
            case ev.Recycled():
                self._ends(hand, "recycled")
            case ev.Disqualified():
                self._ends(hand, "disqualified")
            case ev.Merged() | ev.Closed():
                self._ends(hand, "closed")
            case ev.Reopened():
                hand.stage = event.stage
            case _:
                pass

    def _acted(self, hand: Hand, event: ev.FirstAction | ev.Acted) -> None:
        if hand.acted_at is None or event.acted_at < hand.acted_at:
            hand.acted_at = event.acted_at
        clock = hand.clocks.get("first_action")
        if clock is not None and event.acted_at >= clock.due_at:
            self.fault("I5", f"an act at {event.acted_at} healed the breach of {clock.due_at}")
        if isinstance(event, ev.FirstAction) and hand.rep == event.rep:
            self.book.observed[event.rep] += 1
        hand.acted.add(event.rep)
        self._met(hand)

    def _met(self, hand: Hand) -> None:
        hand.is_met = True
        hand.clocks.pop("first_action", None)

    def _rejected(self, hand: Hand, event: ev.Rejected) -> None:
        codes = self.book.plan_of(hand).contract.sal.reject_codes
        if event.code not in codes:
            self.fault("I18", f"rejected with {event.code!r}, which the contract lacks")
        elif codes[event.code].credit and hand.rep is not None:
            self.book.turns[hand.team, hand.rep].credited.append(self.at)
        if event.rep is not None:
            hand.declined.add(event.rep)

    def _ends(self, hand: Hand, stage: str) -> None:
        hand.stage, hand.clocks = stage, {}
