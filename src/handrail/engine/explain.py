"""Why a handoff stands where it stands, in plain words, from what the ledger recorded."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from handrail.contract.model import Contract, Score
from handrail.engine import views
from handrail.engine.ledger import Entry, read_entry
from handrail.engine.ports import SealedEntry, Store
from handrail.engine.replay import entries_about, opened_entries
from handrail.engine.telling import spaced
from handrail.engine.vault import Vault
from handrail.engine.versions import EMPTY_ROSTER, compile_contract, compile_roster
from handrail.engine.views import EventView, HandoffView
from handrail.kernel.decision import Case
from handrail.kernel.evolve import evolve
from handrail.kernel.facts import facts_of
from handrail.kernel.score import score_lead
from handrail.terms import event as ev
from handrail.terms.event import Event
from handrail.terms.evidence import AccountHistory
from handrail.terms.lead import Lead

UNBOUNDED = -(10**9)  # a floor under which no part of a score falls


class ScorePart(msgspec.Struct, frozen=True):
    """What one clause added. `line`: of the contract, where the clause stands on one."""

    score: str
    points: int
    because: str
    line: int | None = None


class Window(msgspec.Struct, frozen=True):
    """A clock that was opened, and what became of it."""

    clock: str
    opened_at: datetime
    due_at: datetime
    warn_at: datetime | None
    owner: str
    breached: bool


class Explanation(msgspec.Struct, frozen=True):
    """What is known of one handoff, or of a lead that has none (`handoff` and `why` are None).

    `erased`: the person's key was destroyed; what identified them, and the parts of the scores,
    cannot be told any more. `why` has clauses and candidates, the latest routing first.
    """

    id: str
    lead: str
    stage: str
    captured_at: datetime
    erased: bool
    scores: dict[str, int]
    score_parts: tuple[ScorePart, ...]
    windows: tuple[Window, ...]
    timeline: tuple[EventView, ...]
    excluded: str | None = None
    handoff: HandoffView | None = None
    why: views.Explanation | None = None


async def explain(store: Store, vault: Vault, id: str) -> Explanation:
    """Explain a handoff by its id, or a lead's latest one by the lead's.

    Raises LookupError when nothing is recorded under the id; Unreadable when a sealed value was
    changed.
    """
    lead, stored = await entries_about(store, id)
    entries, erased = await _read(store, vault, stored)
    case, entries = _until(entries, handoff=id if id != lead else None)
    own = [entry for entry in entries if _is_about(entry, case)]
    contract = await _contract(store, own or entries)
    digest = (await store.head()).roster
    kept = await store.roster(digest) if digest is not None else None
    roster = compile_roster(kept) if kept is not None else EMPTY_ROSTER
    timeline = views.timeline(own, roster=roster)
    handoff = case.handoff
    return Explanation(
        id=handoff.id if handoff is not None else lead,
        lead=lead,
        stage=handoff.stage if handoff is not None else case.lead.state,
        captured_at=case.lead.captured_at,
        erased=erased,
        scores=handoff.scores if handoff is not None else case.lead.scores,
        score_parts=() if erased else _parts_at_decision(entries, own, contract=contract),
        windows=windows_of(own),
        timeline=tuple(timeline),
        excluded=_excluded(own),
        handoff=(
            views.handoff_view(case, roster=roster, now=own[-1].at) if handoff is not None else None
        ),
        why=(
            views.explain(case, entries=entries, contract=contract, roster=roster)
            if handoff is not None
            else None
        ),
    )


async def _read(
    store: Store, vault: Vault, stored: Sequence[SealedEntry]
) -> tuple[list[Entry], bool]:
    """The entries, without personal values where the person was erased; and whether they were."""
    opened = await opened_entries(store, vault, stored)
    read = [
        entry if entry is not None else read_entry(raw)
        for entry, raw in zip(opened, stored, strict=True)
    ]
    return read, any(entry is None for entry in opened)


def _until(entries: Sequence[Entry], *, handoff: str | None) -> tuple[Case, list[Entry]]:
    """The case at the end of a handoff (None: now), and the entries that led there."""
    last = max(
        (place for place, entry in enumerate(entries) if entry.handoff == handoff),
        default=len(entries) - 1,
    )
    counted = list(entries if handoff is None else entries[: last + 1])
    case: Case | None = None
    for entry in counted:
        for event in entry.events:
            case = evolve(case, event, at=entry.at)
    assert case is not None, "the first entry of a lead captures it"
    return case, counted


def _is_about(entry: Entry, case: Case) -> bool:
    """Of this handoff, or before any; what belongs to an earlier handoff is left out."""
    return case.handoff is None or entry.handoff in (None, case.handoff.id)


async def _contract(store: Store, entries: Sequence[Entry]) -> Contract:
    digest = entries[-1].contract
    assert digest is not None, "a case is decided under a contract"
    stored = await store.contract(digest)
    if stored is None:
        raise LookupError(f"contract {digest} is not kept; `handrail ledger verify` says more")
    return compile_contract(stored)


def _excluded(entries: Sequence[Entry]) -> str | None:
    said = [
        event.reason
        for entry in entries
        for event in entry.events
        if isinstance(event, ev.Excluded)
    ]
    return said[-1] if said else None


def windows_of(entries: Sequence[Entry]) -> tuple[Window, ...]:
    """Every clock that was opened, in order, with who had it and whether it was missed."""
    found: list[Window] = []
    owner = ""
    missed: set[tuple[str, datetime]] = set()
    for entry in entries:
        for event in entry.events:
            to = getattr(event, "to", None)
            if isinstance(event, ev.Assigned | ev.Pooled | ev.HandedOver | ev.Triaged):
                owner = str(to)
            if isinstance(event, ev.SlaBreached):
                missed.add((event.clock, event.due_at))
            if isinstance(event, ev.BreachAnnulled):
                missed.discard((event.clock, event.due_at))
            found.extend(_opened_by(event, owner=owner))
    return tuple(
        msgspec.structs.replace(window, breached=(window.clock, window.due_at) in missed)
        for window in found
    )


def _opened_by(event: Event, *, owner: str) -> list[Window]:
    clocks = getattr(event, "clocks", ())
    if isinstance(event, ev.Triaged):
        clocks = (event.clock,)
    return [
        Window(
            clock=clock.kind,
            opened_at=clock.opened_at,
            due_at=clock.due_at,
            warn_at=clock.warn_at,
            owner=owner,
            breached=False,
        )
        for clock in clocks
    ]


# --- parts of scores


def _parts_at_decision(
    entries: Sequence[Entry], own: Sequence[Entry], *, contract: Contract
) -> tuple[ScorePart, ...]:
    """The parts as they were when the handoff was opened; without one, when last scored."""
    opening = [entry for entry in own if any(map(_opens, entry.events))]
    scored = [entry for entry in own if any(isinstance(e, ev.Scored) for e in entry.events)]
    decided = opening[0] if opening else scored[-1] if scored else None
    if decided is None:
        return ()
    case: Case | None = None
    for entry in entries:
        for event in entry.events:
            if entry.seq == decided.seq and _opens(event):
                break
            case = evolve(case, event, at=entry.at)
        if entry.seq == decided.seq:
            break
    assert case is not None
    account = decided.evidence.account if decided.evidence is not None else AccountHistory()
    return parts_of(contract=contract, lead=case.lead, account=account, now=decided.at)


def _opens(event: Event) -> bool:
    return isinstance(event, ev.Qualified | ev.Triaged)


def parts_of(
    *, contract: Contract, lead: Lead, account: AccountHistory, now: datetime
) -> tuple[ScorePart, ...]:
    """What each clause adds to each score; the cap and the floor come after."""
    facts, _ = facts_of(contract=contract, lead=lead, account=account, now=now)

    def points(score: Score, **kept: object) -> int:
        """The same scoring, of a score that has nothing but this one clause."""
        bare = Score(name=score.name, reset_on=score.reset_on, floor=UNBOUNDED)
        alone = msgspec.structs.replace(contract, scores=(msgspec.structs.replace(bare, **kept),))
        tally = score_lead(contract=alone, facts=facts, signals=lead.signals, overrides={}, now=now)
        return tally.scores[score.name]

    parts: list[ScorePart] = []
    for score in contract.scores:
        if score.name in lead.score_overrides:
            set_to = lead.score_overrides[score.name]
            parts.append(ScorePart(score.name, set_to, "set by a person"))
            continue
        for rule in score.rules:
            because = rule.because or rule.when.text
            added = points(score, rules=(rule,))
            parts.append(ScorePart(score.name, added, because, rule.when.place.line))
        for name, signal in score.signals.items():
            added = points(score, signals={name: signal})
            parts.append(ScorePart(score.name, added, spaced(name)))
        if score.idle is not None:
            idle = points(score, idle=score.idle)
            parts.append(ScorePart(score.name, idle, "nothing was heard for a while"))
    return tuple(part for part in parts if part.points)
