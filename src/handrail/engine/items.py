"""What comes in at the doors, once it has been read, and what goes back."""

from datetime import datetime

import msgspec

from handrail.engine.ledger import encode
from handrail.kernel import identify
from handrail.kernel.decision import Case
from handrail.terms import command as cmd
from handrail.terms.signal import Signal


class CaptureItem(msgspec.Struct, frozen=True):
    """One source event. `email` is already in its key form; instants are aware and in UTC."""

    id: str
    email: str | None = None
    captured_at: datetime | None = None
    attributes: dict[str, object] = {}
    signals: tuple[tuple[str, datetime | None], ...] = ()
    source: str | None = None  # where it came from: a form, a partner, a hook


class Receipt(msgspec.Struct, frozen=True):
    """What became of a command: where the lead stands now."""

    id: str  # of the capture, or of the lead
    lead: str
    stage: str  # of the handoff, else nurture or excluded
    handoff: str | None = None
    owner: str | None = None
    lead_type: str | None = None
    threshold: str | None = None
    due_at: datetime | None = None
    duplicate: bool = False


class Refused(Exception):
    """A door or the kernel answers no: nothing changed. `code` is a word, the message a remedy.
    `missing`: the names that the contract requires and were not given."""

    def __init__(self, code: str, message: str, *, missing: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.missing = missing


def account_of(item: CaptureItem) -> str | None:
    """The domain of the company: as given, else that of the address."""
    given = item.attributes.get("account.domain")
    if isinstance(given, str) and given:
        return given
    domain = identify.email_domain(item.email) if item.email is not None else None
    return identify.account_domain(domain) if domain is not None else None


def capture_of(item: CaptureItem, *, now: datetime) -> cmd.Capture:
    """The command that takes it in; nothing of it lies in the future."""
    captured_at = min(item.captured_at or now, now)
    return cmd.Capture(
        id=item.id,
        captured_at=captured_at,
        signals=tuple(
            Signal(name=name, at=min(at or captured_at, now)) for name, at in item.signals
        ),
        personal=cmd.Personal(email=item.email, attributes=_as_kept(item.attributes)),
        source=item.source,
    )


def _as_kept(attributes: dict[str, object]) -> dict[str, object]:
    """As the ledger and the store give them back, so that every decision reads the same values."""
    kept: dict[str, object] = msgspec.json.decode(encode(attributes))
    return kept


def receipt_of(*, case: Case, capture: str, duplicate: bool) -> Receipt:
    handoff = case.handoff
    if handoff is None or not handoff.is_open:
        stage = handoff.stage if handoff is not None else case.lead.state
        return Receipt(
            id=capture,
            lead=case.lead.id,
            stage=stage,
            handoff=handoff.id if handoff is not None else None,
            duplicate=duplicate,
        )
    clock = handoff.clock("first_action")
    return Receipt(
        id=capture,
        lead=case.lead.id,
        stage=handoff.stage,
        handoff=handoff.id,
        owner=str(handoff.owner),
        lead_type=handoff.lead_type,
        threshold=handoff.threshold,
        due_at=clock.due_at if clock is not None else None,
        duplicate=duplicate,
    )
