"""What the store in memory holds, and how a batch changes it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import msgspec

from handrail.contract.agreement import Agreement, AgreementBook, PersonKey
from handrail.engine.ports import (
    Batch,
    Choice,
    Delivery,
    Head,
    IdempotencyRow,
    LoadRow,
    Meeting,
    RefusedOverlap,
    SavedCase,
    SealedEntry,
    StoredContract,
    StoredRoster,
    Turn,
    WakeKey,
)
from handrail.engine.standing import HANDLING_KEPT
from handrail.store.facets import Inconsistent, account_of, check_batch, is_waiting, is_worked
from handrail.store.journal import Agenda, Journal, K, V
from handrail.terms.evidence import RepConditions
from handrail.terms.handoff import Handoff
from handrail.terms.lead import Lead

Index = defaultdict[str, dict[K, None]]


class LeadRow(msgspec.Struct, frozen=True):
    lead: Lead
    key: bytes
    latest: str | None  # handoff


class HandoffRow(msgspec.Struct, frozen=True):
    handoff: Handoff
    account: str | None
    wake_at: datetime | None


class Tables:
    """All of it. Every change goes through the journal."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.heads: dict[None, Head] = {None: Head()}
        self.leads: dict[str, LeadRow] = {}
        self.emails: dict[str, str] = {}
        self.captures: dict[str, str] = {}
        self.handoffs: dict[str, HandoffRow] = {}
        self.ledger: dict[int, SealedEntry] = {}
        self.turns: dict[int, tuple[Turn, ...]] = {}  # by entry
        self.last_turns: dict[tuple[str, str], datetime] = {}
        self.loads: dict[str, tuple[int, LoadRow]] = {}  # with the entry that last changed it
        self.conditions: dict[str, tuple[int, RepConditions]] = {}
        self.choices: dict[str, Choice] = {}  # by person
        self.handling: dict[str, tuple[int, tuple[int, ...]]] = {}
        self.case_wakes: dict[str, datetime] = {}  # by lead
        self.wakes: dict[WakeKey, datetime] = {}
        self.evidence: dict[bytes, bytes] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.meetings: dict[str, Meeting] = {}
        self.contracts: dict[str, StoredContract] = {}
        self.rosters: dict[str, StoredRoster] = {}
        self.agreements: dict[str, Agreement] = {}
        self.person_keys: dict[str, PersonKey] = {}
        self.idempotency: dict[str, IdempotencyRow] = {}
        # Found by what else than their key:
        self.handoffs_by: Index[str] = defaultdict(dict)  # account
        self.entries_by: Index[int] = defaultdict(dict)  # lead
        self.deliveries_by: Index[str] = defaultdict(dict)  # lead
        self.meetings_by: Index[str] = defaultdict(dict)  # rep
        self.waiting_by: Index[str] = defaultdict(dict)  # team, leads
        self.owned_by: Index[str] = defaultdict(dict)  # rep, leads
        self.open_by: Index[str] = defaultdict(dict)  # team, leads
        self.working_by: Index[str] = defaultdict(dict)  # account, leads
        self.open_handoffs: dict[str, None] = {}
        self.waiting_deliveries: dict[str, Delivery] = {}
        self.case_agenda = Agenda(self.case_wakes, order=str)
        self.wake_agenda = Agenda(self.wakes, order=lambda key: f"{key.kind} {key.id}")

    @property
    def head(self) -> Head:
        return self.heads[None]

    def came_at(self, handoff: Handoff) -> datetime:
        """When the lead of the handoff was captured."""
        return self.leads[handoff.lead].lead.captured_at

    def book(self) -> AgreementBook:
        versions = sorted(
            self.agreements.values(), key=lambda one: (one.name, one.version, one.digest)
        )
        keys = sorted(self.person_keys.values(), key=lambda key: (key.registered_at, key.public))
        return AgreementBook(
            versions={one.digest: one for one in versions}, keys={key.public: key for key in keys}
        )

    def commit(self) -> None:
        self.journal.keep()
        self.case_agenda.tidy()
        self.wake_agenda.tidy()

    def stage(self, batch: Batch) -> None:
        """Write it all or, on an error, nothing of it."""
        mark = self.journal.mark()
        try:
            self._stage(batch)
        except BaseException:
            self.journal.undo(to=mark)
            raise

    def _stage(self, batch: Batch) -> None:
        check_batch(batch)
        self._save_entries(batch)
        for saved in batch.cases.values():
            self._save_case(saved)
        for capture, lead in batch.captures:
            self._insert(self.captures, capture, lead, what="capture")
        for delivery in batch.deliveries:
            self._save_delivery(delivery)
        for wake, at in batch.wakes.items():
            self._set_wake(wake, at)
        for handoff in batch.freed:
            self._free(handoff)
        for meeting in {meeting.handoff: meeting for meeting in batch.meetings}.values():
            self._book(meeting)
        self._save_people(batch)
        self._save_sources(batch)
        for row in batch.idempotency:
            self._insert(self.idempotency, row.key, row, what="idempotency key")

    def _insert(self, table: dict[K, V], key: K, value: V, *, what: str) -> None:
        if key in table:
            raise Inconsistent(f"{what} {key!r} is stored already")
        self.journal.put(table, key, value)

    # --- cases

    def _save_case(self, saved: SavedCase) -> None:
        lead, handoff = saved.case.lead, saved.case.handoff
        before = self.leads.get(lead.id)
        if (before is None) != saved.is_new:
            state = "is not stored" if before is None else "is stored already"
            raise Inconsistent(f"lead {lead.id} {state}")
        self._save_lead(saved, before)
        if before is not None and before.latest is not None:
            self._supersede(before.latest, by=handoff)
        if handoff is not None:
            self._save_handoff(saved, handoff)

    def _save_lead(self, saved: SavedCase, before: LeadRow | None) -> None:
        lead, handoff = saved.case.lead, saved.case.handoff
        row = LeadRow(
            lead=lead,
            key=saved.key,
            latest=handoff.id if handoff is not None else None,
        )
        if before is not None and before.lead.email not in (None, lead.email):
            self.journal.drop(self.emails, before.lead.email)
        if lead.email is not None:
            if self.emails.get(lead.email, lead.id) != lead.id:
                raise Inconsistent(f"the e-mail of lead {lead.id} belongs to another")
            self.journal.put(self.emails, lead.email, lead.id)
        self.journal.put(self.leads, lead.id, row)

    def _supersede(self, earlier: str, *, by: Handoff | None) -> None:
        """Another handoff takes the place of the lead's latest, which has ended."""
        row = self.handoffs[earlier]
        self._unlist_handoff(row)
        if by is not None and by.id == earlier:
            return
        if row.handoff.is_open:
            raise Inconsistent(f"handoff {earlier} is open and cannot be superseded")
        self.journal.put(self.handoffs, earlier, msgspec.structs.replace(row, wake_at=None))
        self._list(self.handoffs_by, row.account, earlier)

    def _unlist_handoff(self, row: HandoffRow) -> None:
        handoff = row.handoff
        lead, owner = handoff.lead, handoff.owner
        self.journal.drop(self.case_wakes, lead)
        self._unlist(self.handoffs_by, row.account, handoff.id)
        if handoff.is_open:
            self.journal.drop(self.open_handoffs, handoff.id)
            self._unlist(self.open_by, owner.team, lead)
            self._unlist(self.waiting_by, owner.team, lead)
            self._unlist(self.owned_by, owner.rep, lead)
            self._unlist(self.working_by, row.account, lead)

    def _save_handoff(self, saved: SavedCase, handoff: Handoff) -> None:
        known = self.handoffs.get(handoff.id)
        if known is not None and known.handoff.lead != handoff.lead:
            raise Inconsistent(f"handoff {handoff.id} belongs to another lead")
        row = HandoffRow(handoff=handoff, account=account_of(saved), wake_at=saved.wake_at)
        self.journal.put(self.handoffs, handoff.id, row)
        lead, owner = handoff.lead, handoff.owner
        if saved.wake_at is not None:
            self.journal.put(self.case_wakes, lead, saved.wake_at)
            self.case_agenda.add(lead, saved.wake_at)
        self._list(self.handoffs_by, row.account, handoff.id)
        if not handoff.is_open:
            return
        self.journal.put(self.open_handoffs, handoff.id, None)
        self._list(self.open_by, owner.team, lead)
        self._list(self.owned_by, owner.rep, lead)
        if is_waiting(handoff):
            self._list(self.waiting_by, owner.team, lead)
        if is_worked(handoff):
            self._list(self.working_by, row.account, lead)

    def _list(self, index: Index[K], under: str | None, key: K) -> None:
        if under is not None:
            self.journal.put(index[under], key, None)

    def _unlist(self, index: Index[K], under: str | None, key: K) -> None:
        if under is not None:
            self.journal.drop(index[under], key)

    # --- the rest

    def _save_entries(self, batch: Batch) -> None:
        if batch.head.seq < self.head.seq:
            raise Inconsistent(f"the chain ends at {self.head.seq}, not at {batch.head.seq}")
        self.journal.put(self.heads, None, batch.head)
        for entry in batch.entries:
            self._insert(self.ledger, entry.seq, entry, what="entry")
            self._list(self.entries_by, entry.lead, entry.seq)
        for turn in batch.turns:
            told = self.turns.get(turn.seq, ())
            self.journal.put(self.turns, turn.seq, (*told, turn))
            pair = (turn.team, turn.rep)
            if turn.kind != "credited" and turn.at >= self.last_turns.get(pair, turn.at):
                self.journal.put(self.last_turns, pair, turn.at)

    def _save_delivery(self, delivery: Delivery) -> None:
        if delivery.key in self.deliveries:
            return
        self.journal.put(self.deliveries, delivery.key, delivery)
        self._list(self.deliveries_by, delivery.lead, delivery.key)
        if delivery.state == "waiting":
            self.journal.put(self.waiting_deliveries, delivery.key, delivery)

    def record_delivery(self, delivery: Delivery) -> None:
        """By itself: no transaction that runs meanwhile can take it back."""
        self.deliveries[delivery.key] = delivery
        if delivery.state == "waiting":
            self.waiting_deliveries[delivery.key] = delivery
        else:
            self.waiting_deliveries.pop(delivery.key, None)

    def move_delivery(self, delivery: Delivery, *, to: Delivery) -> None:
        """By itself, as `record_delivery`."""
        self.record_delivery(delivery)
        self.record_delivery(to)
        self.deliveries_by[to.lead][to.key] = None

    def _set_wake(self, wake: WakeKey, at: datetime | None) -> None:
        if at is None:
            self.journal.drop(self.wakes, wake)
        else:
            self.journal.put(self.wakes, wake, at)
            self.wake_agenda.add(wake, at)

    def _book(self, meeting: Meeting) -> None:
        before = self.meetings.get(meeting.handoff)
        if before is not None:
            self._unlist(self.meetings_by, before.rep, before.handoff)
        for other in self._meetings_of(meeting.rep):
            if other.from_at < meeting.until_at and meeting.from_at < other.until_at:
                raise RefusedOverlap(f"{meeting.rep} has a meeting at that time")
        self.journal.put(self.meetings, meeting.handoff, meeting)
        self._list(self.meetings_by, meeting.rep, meeting.handoff)

    def _free(self, handoff: str) -> None:
        before = self.meetings.get(handoff)
        if before is not None:
            self.journal.drop(self.meetings, handoff)
            self._unlist(self.meetings_by, before.rep, handoff)

    def _meetings_of(self, rep: str) -> Iterable[Meeting]:
        return (self.meetings[handoff] for handoff in self.meetings_by[rep])

    def _save_people(self, batch: Batch) -> None:
        seq = batch.head.seq
        for owner, load in batch.loads.items():
            self.journal.put(self.loads, owner, (seq, load))
        for rep, conditions in batch.conditions.items():
            self.journal.put(self.conditions, rep, (seq, conditions))
        for choice in batch.choices:
            self.journal.put(self.choices, choice.person, choice)
        for rep, minutes in batch.handling:
            _, seen = self.handling.get(rep, (0, ()))
            self.journal.put(self.handling, rep, (seq, (*seen, minutes)[-HANDLING_KEPT:]))

    def _save_sources(self, batch: Batch) -> None:
        for digest, body in batch.evidence.items():
            if digest not in self.evidence:
                self.journal.put(self.evidence, digest, body)
        for contract in batch.contracts:
            if contract.digest not in self.contracts:
                self.journal.put(self.contracts, contract.digest, contract)
        for roster in batch.rosters:
            if roster.digest not in self.rosters:
                self.journal.put(self.rosters, roster.digest, roster)
        for agreement in batch.agreements:
            self.journal.put(self.agreements, agreement.digest, agreement)
        for key in batch.person_keys:
            self.journal.put(self.person_keys, key.public, key)
        if batch.agreements or batch.person_keys:
            self._check_one_each()

    def _check_one_each(self) -> None:
        """One version of a name is in force, one key of an address counts."""
        names = [one.name for one in self.agreements.values() if one.state == "in_force"]
        people = [key.address for key in self.person_keys.values() if key.is_live]
        if len(set(names)) < len(names) or len(set(people)) < len(people):
            raise Inconsistent("two versions of a name are in force, or two keys of one address")
