"""What both stores must agree on: what a handoff counts as, what cannot be stored, what is said."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from handrail.engine.ports import Batch, SavedCase, StoreUnavailable
from handrail.terms.handoff import Handoff

COUNTED_MAX = 10_000  # of wake-ups and deliveries: above it, a count only says "very many"
WORKING_MAX = 10  # leads of one account that are looked up; the kernel needs one other than its own
FAULTS_MAX = 100  # of one kind; whoever sees a hundred needs no more to start looking
NEVER = datetime.max.replace(tzinfo=UTC)  # how a handoff without wake-up is sorted


class Inconsistent(AssertionError):
    """A batch contradicts what is stored: only an error of the engine can cause it."""


class DatabaseUnavailable(StoreUnavailable):
    """The connection was lost or refused. `maybe_committed`: it was lost while committing."""

    def __init__(self, message: str, *, maybe_committed: bool = False) -> None:
        super().__init__(message)
        self.maybe_committed = maybe_committed


def account_of(saved: SavedCase) -> str | None:
    """The domain by which colleagues are found."""
    if saved.account is not None:
        return saved.account
    return saved.case.handoff.account if saved.case.handoff is not None else None


def is_waiting(handoff: Handoff) -> bool:
    """Open, in a team's pool, and not for triage: what `serve` gives out."""
    return handoff.is_open and handoff.owner.rep is None and handoff.stage != "triage"


def is_worked(handoff: Handoff) -> bool:
    """Open in one rep's hands: colleagues of the account go to that rep first."""
    return handoff.is_open and handoff.owner.rep is not None and handoff.stage != "triage"


def is_in_hand(handoff: Handoff) -> bool:
    """Counts for the load of the rep who owns it."""
    return handoff.owner.rep is not None and handoff.stage in ("assigned", "accepted")


def is_timed(handoff: Handoff) -> bool:
    return handoff.clock("first_action") is not None and not handoff.same_day


def check_batch(batch: Batch) -> None:
    """Raise Inconsistent or ValueError (text that PostgreSQL cannot hold, by name)."""
    for lead, saved in batch.cases.items():
        _check_case(lead, saved)
    for name, text in _texts(batch):
        if text is not None and not is_storable(text):
            raise ValueError(f"{name} holds a NUL or half a surrogate pair: {text!r:.80}")


def _check_case(lead: str, saved: SavedCase) -> None:
    handoff = saved.case.handoff
    if saved.case.lead.id != lead:
        raise Inconsistent(f"case {saved.case.lead.id} is filed under {lead}")
    if handoff is None:
        if saved.wake_at is not None:
            raise Inconsistent(f"lead {lead} has a wake-up but no handoff")
    elif handoff.lead != lead:
        raise Inconsistent(f"handoff {handoff.id} of {handoff.lead} is filed under {lead}")
    elif handoff.is_open and saved.wake_at is None:
        raise Inconsistent(f"open handoff {handoff.id} has no wake-up")
    elif not handoff.owner.team:
        raise Inconsistent(f"handoff {handoff.id} has no owner")


def is_storable(text: str) -> bool:
    if text.isascii():
        return "\0" not in text
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _texts(batch: Batch) -> Iterator[tuple[str, str | None]]:
    for lead, saved in batch.cases.items():
        yield "lead id", lead
        yield "email", saved.case.lead.email
        yield "account", account_of(saved)
        handoff = saved.case.handoff
        if handoff is not None:
            yield "handoff id", handoff.id
            yield "owner's team", handoff.owner.team
            yield "owner", handoff.owner.rep
    for capture, lead in batch.captures:
        yield "capture id", capture
        yield "lead id", lead
    for delivery in batch.deliveries:
        yield "delivery key", delivery.key
        yield "delivery reason", delivery.reason
    for row in batch.idempotency:
        yield "idempotency key", row.key


def capped(faults: Iterable[str]) -> list[str]:
    """The first of one kind, in order, and a word on how it goes on."""
    listed = sorted(faults)
    if len(listed) <= FAULTS_MAX:
        return listed
    return [*listed[:FAULTS_MAX], f"... and more like the last ({listed[FAULTS_MAX - 1]})"]
