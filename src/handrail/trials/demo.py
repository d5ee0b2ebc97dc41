"""The demo: sample leads arrive, reps act or do not, clocks run out, and the ledger says it all.

The same story runs on the machine's clock, watched on the board, or in virtual time to its end.
"""

import asyncio
import heapq
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ledger import Entry, read_entry
from handrail.engine.ports import Store
from handrail.engine.vault import Vault
from handrail.engine.verify import verify
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.signal import Signal
from handrail.trials.sample.leads import Act, Fate, SampleLead, sample_leads

SEED = 2026
LEADS = 40  # that the story has
LEAD_EVERY = timedelta(seconds=1.5)
TRICKLE_EVERY = timedelta(seconds=8)  # after the story, while somebody looks on
STORY_MAX = timedelta(minutes=10)  # of virtual time; the last fate ends well before
LOOK_S = 0.2  # between two looks, in real time
CHUNK = 500
TICKS_MAX = 1_000  # at one instant, before we call it a loop


class Summary(msgspec.Struct, frozen=True):
    """What the ledger tells of a run. `breaches` without those later shown false."""

    leads: int
    mql: int
    assigned: int
    breaches: int
    escalations: int
    accepted: int
    rejected: int
    sql: int
    ledger_ok: bool


class Step(msgspec.Struct, frozen=True):
    """One thing that a person will do; `rep` is whose turn it then was, if anybody's."""

    lead: str
    act: Act
    rep: str | None


class Story:
    """Feeds one engine and plays its reps. Whoever drives it moves the clock and ticks."""

    def __init__(
        self,
        *,
        engine: Engine,
        seed: int = SEED,
        leads: int = LEADS,
        first: int = 1,
        trickles: bool = False,
        told: Callable[[SampleLead, str], None] = lambda lead, rep: None,
    ) -> None:
        """Leads are numbered from `first`. `told` hears of each assignment; with `trickles` leads
        go on coming, slower, when the story is over."""
        self._engine = engine
        self._source = sample_leads(seed, first=first)
        self._left = leads
        self._trickles = trickles
        self._told = told
        self._cast: dict[str, SampleLead] = {}
        self._turns: dict[str, int] = {}
        self._agenda: list[tuple[datetime, int, Step]] = []
        self._number = 0
        self._seen = 0
        self._lead_at: datetime | None = engine.clock.now()

    @property
    def next_at(self) -> datetime | None:
        """When somebody does something next."""
        instants = [at for at, _, _ in self._agenda[:1]]
        instants += [self._lead_at] if self._lead_at is not None else []
        return min(instants, default=None)

    async def play(self) -> None:
        """Do all that is due, and see what the engine made of it."""
        now = self._engine.clock.now()
        await self._watch()
        while self._lead_at is not None and self._lead_at <= now:
            await self._arrive(self._lead_at)
        while self._agenda and self._agenda[0][0] <= now:
            _, _, step = heapq.heappop(self._agenda)
            await self._do(step)
        await self._watch()

    async def _arrive(self, at: datetime) -> None:
        lead = next(self._source)
        self._cast[lead.item.id] = lead
        self._left -= 1
        if self._left > 0:
            self._lead_at = at + LEAD_EVERY
        else:
            self._lead_at = at + TRICKLE_EVERY if self._trickles else None
        await self._engine.capture([lead.item], actor="system")
        self._plan(lead.item.id, lead.fate.on_arrival)
        await self._watch()

    async def _do(self, step: Step) -> None:
        """As in life, it may be too late: somebody else has the lead by now."""
        try:
            command = self._command(step)
            await self._engine.command(step.lead, command, actor=_actor(step))
        except Refused:
            return

    def _command(self, step: Step) -> cmd.Command:
        now = self._engine.clock.now()
        rep = step.rep or ""
        detail = step.act[2] if len(step.act) == 3 else ""
        match step.act[1]:
            case "call" | "email" | "message" as kind:
                return cmd.LogAct(rep=rep, act=kind)
            case "accept":
                return cmd.Accept(rep=rep)
            case "converse":
                return cmd.LogConversation(rep=rep)
            case "reject":
                of = self._earlier(step.lead) if detail == "duplicate" else None
                return cmd.Reject(rep=rep, code=detail, of=of)
            case "qualify":
                return _qualify(rep, now)
            case "book":
                begins = now + timedelta(hours=2 + self._number % 40)
                return cmd.BookMeeting(
                    rep=rep, from_at=begins, until_at=begins + timedelta(minutes=30)
                )
            case "signal":
                return cmd.AddSignal(signal=Signal(name=detail, at=now))
            case "take":
                note = cmd.Personal(note="looked at it: a person who can use us")
                return cmd.Override(by="dana", owner=detail, personal=note)

    def _earlier(self, lead: str) -> str:
        return min(self._cast) if min(self._cast) != lead else max(self._cast)

    # --- what the engine made of it

    async def _watch(self) -> None:
        async for chunk in self._engine.store.entries(after=self._seen, chunk=CHUNK):
            for stored in chunk:
                self._seen = stored.seq
                if stored.lead in self._cast:
                    self._answer(read_entry(stored), self._cast[stored.lead].fate)

    def _answer(self, entry: Entry, fate: Fate) -> None:
        """The people whom an entry concerns make their plans."""
        assert entry.lead is not None
        for event in entry.events:
            match event:
                case ev.Assigned(to=owner) if owner.rep is not None:
                    turn = self._turns.get(entry.lead, 0)
                    self._turns[entry.lead] = turn + 1
                    self._told(self._cast[entry.lead], owner.rep)
                    if turn < len(fate.turns):
                        self._plan(entry.lead, fate.turns[turn], rep=owner.rep)
                case ev.Triaged():
                    self._plan(entry.lead, fate.on_triage)
                case ev.IncidentOpened():
                    self._plan(entry.lead, fate.on_incident, rep=_owner_of(entry))
                case _:
                    pass

    def _plan(self, lead: str, acts: tuple[Act, ...], rep: str | None = None) -> None:
        now = self._engine.clock.now()
        for act in acts:
            self._number += 1
            step = Step(lead=lead, act=act, rep=rep)
            heapq.heappush(self._agenda, (now + timedelta(seconds=act[0]), self._number, step))


def _qualify(rep: str, now: datetime) -> cmd.QualifySql:
    note = "problem: leads go cold over the weekend; authority: signs up to 50k"
    return cmd.QualifySql(
        rep=rep,
        next_step_at=now + timedelta(days=3),
        answers=("problem", "authority"),
        personal=cmd.Personal(note=note),
    )


def _owner_of(entry: Entry) -> str | None:
    breached = [event.owner for event in entry.events if isinstance(event, ev.SlaBreached)]
    return breached[-1] if breached else None


def _actor(step: Step) -> str:
    return f"rep:{step.rep}" if step.rep is not None else "person:dana"


async def play_to_the_end(story: Story, *, engine: Engine, clock: VirtualClock) -> None:
    """Move the clock from one instant to the next at which anything is due, until nobody acts."""
    end = clock.now() + STORY_MAX
    await story.play()
    while (acts_at := story.next_at) is not None and acts_at <= end:
        wakes_at = await engine.store.next_wake()
        at = min(acts_at, wakes_at) if wakes_at is not None else acts_at
        clock.move_to(max(at, clock.now()))
        await _tick_out(engine)
        await story.play()


async def _tick_out(engine: Engine) -> None:
    """Wake-ups before people, as in rehearsals."""
    for _ in range(TICKS_MAX):
        due_at = await engine.store.next_wake()
        if due_at is None or due_at > engine.clock.now():
            return
        await engine.tick()
    raise AssertionError(f"wake-ups do not end at {engine.clock.now()}")


async def play_live(story: Story, *, stop: asyncio.Event) -> None:
    """Play as time passes, until told to stop; the node's ticker takes the wake-ups."""
    while not stop.is_set():
        await story.play()
        try:
            await asyncio.wait_for(stop.wait(), timeout=LOOK_S)
        except TimeoutError:
            continue


async def summarize(store: Store, vault: Vault) -> Summary:
    """Counted from the ledger alone."""
    counts: dict[type, int] = {}
    leads: set[str] = set()
    async for chunk in store.entries(after=0, chunk=CHUNK):
        for stored in chunk:
            if stored.lead is not None:
                leads.add(stored.lead)
            for event in read_entry(stored).events:
                counts[type(event)] = counts.get(type(event), 0) + 1
    report = await verify(store, vault, signed=True)
    return Summary(
        leads=len(leads),
        mql=counts.get(ev.Qualified, 0),
        assigned=counts.get(ev.Assigned, 0),
        breaches=counts.get(ev.SlaBreached, 0) - counts.get(ev.BreachAnnulled, 0),
        escalations=counts.get(ev.Escalated, 0),
        accepted=counts.get(ev.Accepted, 0),
        rejected=counts.get(ev.Rejected, 0),
        sql=counts.get(ev.SalesQualified, 0),
        ledger_ok=report.ok,
    )
