"""What a message says at the moment when it is sent, to whom it goes."""

from datetime import datetime

import msgspec

from handrail.contract.model import Contract
from handrail.engine.alerts import Alert, Recipient, Sight, alert_apart, alert_of
from handrail.engine.alerts.kinds import kind_of
from handrail.engine.alerts.message import Message
from handrail.engine.engine import Engine
from handrail.engine.links import Links
from handrail.kernel.decision import Case


class Wording(msgspec.Struct, frozen=True):
    """For one delivery. `links`: only for channels that write to a person's own address."""

    key: str
    to: Recipient | None
    links: Links | None

    def of(
        self, message: Message, case: Case | None, *, sight: Sight | None, now: datetime
    ) -> Alert:
        if case is None or sight is None:
            return alert_apart(message, key=self.key, now=now, to=self.to)
        sight = msgspec.structs.replace(sight, links=self._links_for(message))
        return alert_of(message, key=self.key, case=case, sight=sight, to=self.to)

    def _links_for(self, message: Message) -> dict[str, str]:
        """For the owner's own eyes: what they may do on a page while the turn lasts."""
        asks = kind_of(message.what).to_owner and message.to == message.owner
        if self.links is None or message.handoff is None or not asks:
            return {}
        if self.to is None or self.to.id != message.to:
            return {}
        turn = str(message.seq)
        return self.links.all_for(
            handoff=message.handoff, rep=self.to.id, turn=turn, now=message.at
        )


async def contract_of(
    case: Case | None, in_force: Contract | None, *, engine: Engine
) -> Contract | None:
    """The version with which the handoff began."""
    handoff = case.handoff if case is not None else None
    return await engine.contract(handoff.contract) if handoff is not None else in_force
