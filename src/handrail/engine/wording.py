"""What a message says at the moment when it is sent, to whom it goes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from handrail.contract.model import Contract
from handrail.engine.alerts import (
    Alert,
    Folded,
    Recipient,
    Sight,
    alert_apart,
    alert_of,
    digest_of,
    folded_of,
)
from handrail.engine.alerts.kinds import kind_of
from handrail.engine.alerts.message import ACTIVATION_DENIED, Message
from handrail.engine.engine import Engine
from handrail.engine.links import OWNED, STEERED, LinkAct, Links, Pages
from handrail.engine.ports import Delivery
from handrail.kernel.decision import Case
from handrail.terms.people import Roster


class Wording(msgspec.Struct, frozen=True):
    """For one delivery. `personal`: its channel writes to a person's own address, so that links
    may act in that person's name."""

    key: str
    to: Recipient | None
    links: Links | None
    personal: bool = True

    def of(
        self, message: Message, case: Case | None, *, sight: Sight | None, now: datetime
    ) -> Alert:
        if case is None or sight is None:
            links = {"open": self._pages_apart(message)} if self.links is not None else {}
            return alert_apart(message, key=self.key, now=now, to=self.to, links=links)
        sight = msgspec.structs.replace(sight, links=self._links_for(message))
        return alert_of(message, key=self.key, case=case, sight=sight, to=self.to)

    def digest(
        self,
        message: Message,
        live: Sequence[tuple[Delivery, Message, Case]],
        *,
        roster: Roster,
        now: datetime,
    ) -> Alert:
        """One in the place of several; each of them leads to its page."""
        pages = self._pages
        items: list[Folded] = [
            folded_of(
                said,
                key=one.key,
                case=case,
                roster=roster,
                url=_page_of(said, pages) if pages else None,
            )
            for one, said, case in live
        ]
        owns = message.to in roster.reps or message.to.startswith("team:")
        links = {"open": pages.board_of(message.to) if owns else pages.board} if pages else {}
        return digest_of(message, key=self.key, items=items, now=now, to=self.to, links=links)

    @property
    def _pages(self) -> Pages | None:
        return self.links.pages if self.links is not None else None

    def _pages_apart(self, message: Message) -> str:
        assert self.links is not None
        pages = self.links.pages
        return pages.contracts if message.what == ACTIVATION_DENIED else pages.calendars

    def _links_for(self, message: Message) -> dict[str, str]:
        """The lead's page for all; and for one's own eyes, what may be done while it lasts."""
        if self.links is None:
            return {}
        found = {"open": _page_of(message, self.links.pages)}
        acts = self._acts(message)
        if message.handoff is None or not acts:
            return found
        who, turn = self.to.id if self.to is not None else message.to, str(message.seq)
        return found | self.links.all_for(
            acts, handoff=message.handoff, who=who, turn=turn, now=message.at
        )

    def _acts(self, message: Message) -> Mapping[str, LinkAct]:
        """What the recipient may do: as the owner, or called to help as who they are."""
        if self.to is None or not self.personal:
            return {}
        kind = kind_of(message.what)
        if kind.to_owner and message.to == message.owner:
            return OWNED if self.to.id == message.to else {}
        return STEERED if kind.act == "steer" else {}


def _page_of(message: Message, pages: Pages) -> str:
    if message.what == "incident" and message.handoff is not None:
        return pages.incident(message.handoff)
    return pages.lead(message.handoff or message.lead)


async def contract_of(
    case: Case | None, in_force: Contract | None, *, engine: Engine
) -> Contract | None:
    """The version with which the handoff began."""
    handoff = case.handoff if case is not None else None
    return await engine.contract(handoff.contract) if handoff is not None else in_force
