"""Which messages go out over which channels: effects become deliveries of the same commit."""

from collections.abc import Sequence
from datetime import datetime

from handrail.engine.alerts.message import ACTIVATION_DENIED, Message, messages_of
from handrail.engine.ledger import encode
from handrail.engine.ports import Delivery
from handrail.kernel.decision import Case
from handrail.terms.effect import Effect

CHANNELS_MAX = 16  # each effect becomes one row a channel


class Channels:
    """Effects to deliveries, one for each channel. A `Notices`; pure."""

    at_once = False

    def __init__(self, names: Sequence[str]) -> None:
        """`names`: `webhook`, `email`, ... as the senders are known to the deliverer."""
        assert 0 < len(names) <= CHANNELS_MAX
        assert len(set(names)) == len(names)
        self._names = tuple(names)

    def deliveries(
        self, *, case: Case, effects: Sequence[Effect], seq: int, now: datetime
    ) -> list[Delivery]:
        """The key is that of the entry, the effect's place in it, and the channel: stable."""
        handoff = case.handoff
        rows: list[Delivery] = []
        messages = messages_of(effects, case=case, seq=seq, now=now)
        for place, message in enumerate(messages):
            body = encode(message)
            rows.extend(
                Delivery(
                    key=f"{seq}-{place}-{name}",
                    lead=case.lead.id,
                    handoff=handoff.id if handoff is not None else None,
                    channel=name,
                    body=body,
                    due_at=now,
                )
                for name in self._names
            )
        return rows

    def about_contract(
        self, *, to: str, contract: str, reason: str, seq: int, now: datetime
    ) -> list[Delivery]:
        """`contract`: name and version; it stands where messages name their lead."""
        message = Message(
            what=ACTIVATION_DENIED,
            to=to,
            at=now,
            seq=seq,
            lead=contract,
            reason=reason,
        )
        return [
            Delivery(
                key=f"{seq}-contract-{name}",
                lead=contract,
                handoff=None,
                channel=name,
                body=encode(message),
                due_at=now,
            )
            for name in self._names
        ]
