"""Which messages go out over which channels: effects become deliveries of the same commit."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from handrail.contract.model import Contract
from handrail.engine.alerts.message import Message, messages_of
from handrail.engine.ledger import encode
from handrail.engine.ports import Delivery
from handrail.kernel.decision import Case
from handrail.terms.effect import Effect

CHANNELS_MAX = 16
PERSONAL = ("slack", "email", "apprise")  # write to a person, in the order in which they are used
KNOWN = ("webhook", *PERSONAL)
# Not taken by then, it goes to the person's next channel, and from there on sooner: so that of
# three channels with two of them down the third takes it within the minute.
MOVE_AFTER = timedelta(seconds=30)
MOVE_ON_AFTER = timedelta(seconds=15)


class Channels:
    """Effects to deliveries: one for each system, and one for the person. A `Notices`; pure."""

    at_once = False

    def __init__(self, names: Sequence[str]) -> None:
        """`names`: `webhook`, `email`, ... as the senders are known to the deliverer."""
        assert 0 < len(names) <= CHANNELS_MAX
        assert len(set(names)) == len(names)
        self._systems = tuple(name for name in names if not is_personal(name))
        self.personal = tuple(name for name in PERSONAL if name in names)

    def deliveries(
        self,
        *,
        case: Case,
        effects: Sequence[Effect],
        contract: Contract,
        seq: int,
        now: datetime,
    ) -> list[Delivery]:
        """The key is that of the entry, the effect's place in it, and the channel: stable."""
        handoff = case.handoff
        rows: list[Delivery] = []
        messages = messages_of(effects, case=case, seq=seq, now=now)
        for place, message in enumerate(messages):
            rows += self._rows(
                message,
                stem=f"{seq}-{place}",
                handoff=handoff.id if handoff is not None else None,
            )
        return rows

    def _rows(self, message: Message, *, stem: str, handoff: str | None) -> list[Delivery]:
        body, first = encode(message), self.personal[:1]
        return [
            Delivery(
                key=f"{stem}-{name}",
                lead=message.lead,
                handoff=handoff,
                channel=name,
                body=body,
                due_at=message.at,
                move_at=message.at + MOVE_AFTER
                if name in first and len(self.personal) > 1
                else None,
                recipient=message.to if name in first else None,
                judged=name not in first,
            )
            for name in (*self._systems, *first)
        ]

    def apart(
        self, *, what: str, to: str, about: str, reason: str, seq: int, now: datetime
    ) -> list[Delivery]:
        message = Message(what=what, to=to, at=now, seq=seq, lead=about, reason=reason)
        rows = self._rows(message, stem=f"{seq}-{what}-{to}", handoff=None)
        # It goes alone: a digest lists leads.
        return [msgspec.structs.replace(row, judged=True) for row in rows]


def is_personal(channel: str) -> bool:
    """Whether it writes to a person; otherwise to a system."""
    return channel in PERSONAL


def beside(delivery: Delivery, *, channel: str, now: datetime, is_last: bool) -> Delivery:
    """The same message on another channel. Its key follows from that of the first."""
    stem = delivery.key.removesuffix(f"-{delivery.channel}")
    return msgspec.structs.replace(
        delivery,
        key=f"{stem}-{channel}",
        channel=channel,
        due_at=now,
        tries=0,
        state="waiting",
        reason=None,
        move_at=None if is_last else now + MOVE_ON_AFTER,
    )
