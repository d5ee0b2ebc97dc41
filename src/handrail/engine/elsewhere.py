"""To another of a person's channels: because they chose it, or because one takes nothing."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from handrail.contract.model import Always, Contract
from handrail.engine.alerts.message import Message
from handrail.engine.channels import beside, is_personal
from handrail.engine.choice import is_off, order_of
from handrail.engine.engine import Engine
from handrail.engine.ports import Choice, Delivery
from handrail.engine.recipients import recipient_of
from handrail.engine.wording import contract_of
from handrail.kernel.decision import Case
from handrail.terms.people import Roster


class Asked:
    """What holds in one step of the deliverer, asked once and not for each delivery."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._in_force: tuple[Contract | None, Roster] | None = None
        self._choices: dict[str, Choice | None] = {}

    def forget(self) -> None:
        """A new step begins."""
        self._in_force, self._choices = None, {}

    async def in_force(self) -> tuple[Contract | None, Roster]:
        if self._in_force is None:
            self._in_force = await self._engine.in_force()
        return self._in_force

    async def choice(self, person: str) -> Choice | None:
        if person not in self._choices:
            self._choices[person] = await self._engine.store.choice(person)
        return self._choices[person]


class Elsewhere:
    """Which channel is next for one delivery, and the move there."""

    def __init__(
        self,
        engine: Engine,
        *,
        personal: Sequence[str],
        asked: Asked,
        is_held: Callable[[str, datetime], bool],
    ) -> None:
        """`personal`: those that are set up, in their order; `is_held`: takes nothing now."""
        self._engine = engine
        self._personal = tuple(personal)
        self._asked = asked
        self._is_held = is_held

    async def choice_of(self, message: Message) -> Choice | None:
        """What its recipient chose."""
        _, roster = await self._asked.in_force()
        to = recipient_of(message.to, roster=roster)
        return await self._asked.choice(to.id) if to is not None else None

    async def switched_off(self, message: Message, case: Case | None) -> bool:
        """Whether its recipient does not want this kind, which the contract lets them refuse."""
        choice, always = await self.choice_of(message), await self._always(case)
        return is_off(choice, kind=message.what, always=always)

    async def chosen(
        self,
        delivery: Delivery,
        message: Message,
        choice: Choice | None,
        *,
        case: Case | None,
        now: datetime,
    ) -> bool:
        """To where the person wants it first; False where it is there, or was tried here."""
        if choice is None or delivery.tries:
            return False
        order = await self._order(message, case)
        if not order or order[0] == delivery.channel:
            return False
        row = beside(delivery, channel=order[0], now=now, is_last=len(order) == 1)
        moved = msgspec.structs.replace(delivery, reason=f"{choice.person} chose {order[0]}")
        return await self._engine.store.move_delivery(moved, to=row)

    async def move(
        self, delivery: Delivery, message: Message, *, reason: str, now: datetime
    ) -> bool:
        """To the next of the person's channels that has not had it, those first that take
        something now; then back to one where it was never tried. False where there is none."""
        if not is_personal(delivery.channel):
            return False
        order = await self._order(message, await self._case(message))
        others = [name for name in order if name != delivery.channel]
        others.sort(key=lambda name: self._is_held(name, now))
        moved = msgspec.structs.replace(delivery, reason=reason)
        for again in (False, True):
            for place, name in enumerate(others):
                row = beside(delivery, channel=name, now=now, is_last=place == len(others) - 1)
                if await self._engine.store.move_delivery(moved, to=row, again=again):
                    return True
        return False

    async def _order(self, message: Message, case: Case | None) -> Sequence[str]:
        choice, always = await self.choice_of(message), await self._always(case)
        return order_of(choice, kind=message.what, always=always, set_up=self._personal)

    async def _always(self, case: Case | None) -> Always:
        """What the contract keeps on."""
        in_force, _ = await self._asked.in_force()
        contract = await contract_of(case, in_force, engine=self._engine)
        return contract.alerts.always if contract is not None else Always()

    async def _case(self, message: Message) -> Case | None:
        found = await self._engine.store.case_of_handoff(message.handoff or message.lead)
        return found.case if found is not None else None
