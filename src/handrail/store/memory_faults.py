"""Invariants of the stored state, looked at in memory; `queries/faults.sql` is their twin."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from handrail.engine.ports import LoadRow
from handrail.store import fault_words as words
from handrail.store.facets import capped, is_in_hand, is_timed, is_waiting
from handrail.store.memory_tables import Tables
from handrail.terms.load import ONE_LOAD


def faults_of(tables: Tables) -> list[str]:
    kinds = (
        _captures(tables),
        _handoffs(tables),
        _teams(tables),
        _loads(tables),
        _chain(tables),
        _meetings(tables),
        _deliveries(tables),
        _turns(tables),
    )
    return [fault for kind in kinds for fault in capped(kind)]


def _captures(tables: Tables) -> Iterator[str]:
    for capture, lead in tables.captures.items():
        if lead not in tables.leads:
            yield words.capture_without_lead(capture, lead)


def _handoffs(tables: Tables) -> Iterator[str]:
    for row in tables.handoffs.values():
        if row.handoff.is_open and row.wake_at is None:
            yield words.open_without_wake(row.handoff.id)
        if row.handoff.lead not in tables.leads:
            yield words.handoff_without_lead(row.handoff.id, row.handoff.lead)


def _teams(tables: Tables) -> Iterator[str]:
    armed = {wake.id for wake in tables.wakes if wake.kind == "team"}
    for team, leads in tables.waiting_by.items():
        if leads and team not in armed:
            yield words.team_without_wake(team, len(leads))


def _loads(tables: Tables) -> Iterator[str]:
    counted: Counter[tuple[str, str]] = Counter()
    for row in tables.handoffs.values():
        handoff = row.handoff
        if is_waiting(handoff):
            counted[f"team:{handoff.owner.team}", "open"] += 1
        elif is_in_hand(handoff):
            rep = str(handoff.owner)
            counted[rep, "open"] += 1
            counted[rep, "unworked"] += handoff.met_at is None
            counted[rep, "timed"] += is_timed(handoff)
            counted[rep, "extra"] += handoff.load - ONE_LOAD
    for owner in {*tables.loads, *(owner for owner, _ in counted)}:
        kinds = ("open",) if owner.startswith("team:") else LoadRow.__struct_fields__
        load = tables.loads.get(owner, (0, LoadRow()))[1]
        for kind in kinds:
            noted = getattr(load, kind)
            if noted != counted[owner, kind]:
                yield words.wrong_load(owner, kind, noted, counted[owner, kind])


def _chain(tables: Tables) -> Iterator[str]:
    head, numbers = tables.head, tables.ledger.keys()
    last = tables.ledger.get(max(numbers, default=0))
    if len(numbers) != head.seq or max(numbers, default=0) != head.seq or 0 in numbers:
        yield words.gaps(head.seq, len(numbers), max(numbers, default=0))
    elif last is not None and last.digest != head.digest:
        yield words.other_end(head.seq)


def _meetings(tables: Tables) -> Iterator[str]:
    for rep, handoffs in tables.meetings_by.items():
        booked = sorted((tables.meetings[key] for key in handoffs), key=lambda row: row.from_at)
        for one, next_one in pairwise(booked):
            if next_one.from_at < one.until_at:
                yield words.overlap(rep, one.handoff, next_one.handoff)


def _deliveries(tables: Tables) -> Iterator[str]:
    for row in tables.deliveries.values():
        if row.state == "parked" and not row.reason:
            yield words.parked_without_reason(row.key)


def _turns(tables: Tables) -> Iterator[str]:
    for seq, turns in tables.turns.items():
        for turn in turns:
            if seq not in tables.ledger:
                yield words.turn_without_entry(seq, turn.team, turn.rep)
