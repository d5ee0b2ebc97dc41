"""What comes in at the doors, once it has been read, and what goes back."""

from datetime import datetime

import msgspec

from handrail.kernel.decision import Case


class CaptureItem(msgspec.Struct, frozen=True):
    """One source event. `email` is already in its key form; instants are aware and in UTC."""

    id: str
    email: str | None = None
    captured_at: datetime | None = None
    attributes: dict[str, object] = {}
    signals: tuple[tuple[str, datetime | None], ...] = ()


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
    """A door or the kernel answers no: nothing changed. `code` is a word, the message a remedy."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


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
