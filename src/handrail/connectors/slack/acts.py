"""What a press, a filled-in modal or a command does: the engine's own commands, as who asked.

Nothing is decided here, and nothing goes past the engine: what it refuses, Slack is told.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from handrail.connectors.slack import told
from handrail.connectors.slack.people import (
    Unclear,
    Who,
    may_change,
    may_look,
    presence_of,
)
from handrail.connectors.slack.views import (
    GIVEN,
    Asked,
    View,
    accept_view,
    close_view,
    reassign_view,
    reject_view,
    silence_view,
    snooze_view,
)
from handrail.engine.duplicates import check_duplicate
from handrail.engine.engine import Engine
from handrail.engine.explain import explain
from handrail.engine.items import Refused
from handrail.engine.owners import likely_owners
from handrail.kernel.decision import Case
from handrail.kernel.required import missing_for
from handrail.terms import command as cmd
from handrail.terms.handoff import INCIDENT_CODES, Handoff
from handrail.terms.people import Presence

YEAR_MAX = 2200


class Say(msgspec.Struct, frozen=True):
    """To who asked, and nobody else; a line each."""

    lines: tuple[str, ...]


class Open(msgspec.Struct, frozen=True):
    """A modal that asks for what is still needed."""

    view: View


Answer = Say | Open


class Request(msgspec.Struct, frozen=True):
    """One thing that a person asked. `digest`: of what came in, under which it is done once."""

    who: Who
    digest: bytes
    answer_url: str = ""


class SlackActs:
    """Each raises `Refused` where the engine does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def press(self, act: str, handoff: str, request: Request) -> Answer:
        """A button of a message."""
        asked = Asked(handoff=handoff, answer_url=request.answer_url)
        match act:
            case "accept":
                return await self._accept(asked, request)
            case "called":
                return await self._called(handoff, request)
            case "why":
                return await self.why(handoff, request)
            case "reject":
                return await self._ask_why_rejected(asked)
            case "snooze":
                return Open(snooze_view(asked, now=self._engine.clock.now()))
            case "reassign":
                return await self._ask_owner(asked, request)
            case "close":
                return Open(close_view(asked, codes=INCIDENT_CODES))
            case "silence":
                return Open(silence_view(asked, now=self._engine.clock.now()))
            case _:
                return Say(("This button is of an older message: use `/lead` with its number.",))

    async def submit(
        self, act: str, handoff: str, given: Mapping[str, str], request: Request
    ) -> Say:
        """A modal that was filled in."""
        match act:
            case "accept":
                attributes = {
                    name.removeprefix(GIVEN): text
                    for name, text in given.items()
                    if name.startswith(GIVEN)
                }
                return await self._accepted(handoff, attributes, request)
            case "reject":
                return await self._reject(handoff, given, request)
            case "snooze":
                return await self._snooze(handoff, given, request)
            case "reassign":
                return await self._reassign(handoff, given, request)
            case "close":
                return await self._close(handoff, given, request)
            case "silence":
                return await self._silence(handoff, given, request)
            case _:
                return Say(("This form is of an older version: press the button again.",))

    # --- accept, reject, call

    async def _accept(self, asked: Asked, request: Request) -> Answer:
        case = await self._case(asked.handoff)
        contract = await self._engine.contract(_handoff_of(case).contract)
        if _handoff_of(case).stage == "assigned":
            now = self._engine.clock.now()
            missing = missing_for(contract.sal.require, contract=contract, case=case, now=now)
            if missing:
                return Open(accept_view(asked, missing=missing))
        return await self._accepted(asked.handoff, {}, request)

    async def _accepted(self, handoff: str, given: Mapping[str, object], request: Request) -> Say:
        personal = cmd.Personal(attributes=dict(given))
        await self._do(handoff, cmd.Accept(rep=request.who.id, personal=personal), request)
        return Say(("Accepted: it is yours.", *await self._runs_on(handoff, request.who)))

    async def _runs_on(self, handoff: str, who: Who) -> tuple[str, ...]:
        """Accepting is no contact: what is still due, lest it be taken for done."""
        clock = _handoff_of(await self._case(handoff)).clock("first_action")
        if clock is None:
            return ()
        at = told.local(clock.due_at, who)
        return (f"Its first action is due by {at}: contact the buyer, and log it.",)

    async def _called(self, handoff: str, request: Request) -> Say:
        await self._check_may(handoff, request.who)
        await self._do(handoff, cmd.LogAct(rep=request.who.id, act="call"), request)
        return Say(("Your call is logged.",))

    async def _ask_why_rejected(self, asked: Asked) -> Answer:
        handoff = _handoff_of(await self._case(asked.handoff))
        contract = await self._engine.contract(handoff.contract)
        return Open(reject_view(asked, codes=contract.sal.reject_codes))

    async def _reject(self, handoff: str, given: Mapping[str, str], request: Request) -> Say:
        code, of = given.get("code", ""), given.get("of")
        await check_duplicate(self._engine, handoff, code=code, of=of)
        command = cmd.Reject(
            rep=request.who.id,
            code=code,
            of=of,
            personal=cmd.Personal(note=given.get("note")),
        )
        await self._do(handoff, command, request)
        return Say(("Rejected.",))

    # --- snooze, give to somebody else

    async def _snooze(self, handoff: str, given: Mapping[str, str], request: Request) -> Say:
        await self._check_may(handoff, request.who)
        until = _instant(given.get("until", ""))
        command = cmd.Pause(
            by=request.who.id, until=until, personal=cmd.Personal(note=given.get("reason"))
        )
        await self._do(handoff, command, request)
        return Say((f"Paused until {told.local(until, request.who)}: no clock of it runs.",))

    async def _ask_owner(self, asked: Asked, request: Request) -> Answer:
        await self._check_may(asked.handoff, request.who)
        handoff = _handoff_of(await self._case(asked.handoff))
        _, roster = await self._engine.in_force()
        return Open(reassign_view(asked, owners=likely_owners(handoff, roster=roster)))

    async def _reassign(self, handoff: str, given: Mapping[str, str], request: Request) -> Say:
        await self._check_may(handoff, request.who)
        owner = given.get("owner", "")
        command = cmd.Override(
            by=request.who.id, owner=owner, personal=cmd.Personal(note=given.get("reason"))
        )
        await self._do(handoff, command, request)
        return Say((f"{await self._named(owner)} has it now.",))

    # --- incidents

    async def _close(self, handoff: str, given: Mapping[str, str], request: Request) -> Say:
        await self._check_may(handoff, request.who)
        note = cmd.Personal(note=given.get("note"))
        command = cmd.CloseIncident(by=request.who.id, code=given.get("code", ""), personal=note)
        await self._do(handoff, command, request)
        return Say(("The incident is closed: nobody is paged about it any more.",))

    async def _silence(self, handoff: str, given: Mapping[str, str], request: Request) -> Say:
        await self._check_may(handoff, request.who)
        until = _instant(given.get("until", ""))
        note = cmd.Personal(note=given.get("reason"))
        command = cmd.SilenceIncident(by=request.who.id, until=until, personal=note)
        await self._do(handoff, command, request)
        return Say((f"Nobody is paged until {told.local(until, request.who)}; it stays open.",))

    async def _named(self, id: str) -> str:
        _, roster = await self._engine.in_force()
        return told.names(roster).of(id)

    # --- looking, and being away

    async def why(self, handoff: str, request: Request) -> Say:
        """Why this owner."""
        await self._check_may_look(handoff, request.who)
        try:
            found = await explain(self._engine.store, self._engine.vault, handoff)
        except LookupError:
            raise _unknown(handoff) from None
        return Say(told.why(found))

    async def lead(self, id: str, request: Request) -> Say:
        """Where a lead stands; who owns it is also told how to reach the buyer."""
        if not id:
            return Say(("Write the number of a lead or a handoff behind it: `/lead lena-1`.",))
        await self._check_may_look(id, request.who)
        case = await self._case(id)
        contract = await self._engine.contract(_handoff_of(case).contract)
        _, roster = await self._engine.in_force()
        return Say(told.lead(case, contract=contract, roster=roster, who=request.who))

    async def out(self, text: str, request: Request) -> Say:
        """Away until then, or back."""
        who = request.who
        if not who.is_rep:
            return Say(("Only reps are away or back: you take no leads.",))
        try:
            presence = presence_of(text, who=who, now=self._engine.clock.now())
        except Unclear as unclear:
            return Say((str(unclear),))
        await self._engine.people.set_presence(who.id, presence, actor=who.actor)
        return Say((_told_presence(presence, who),))

    # --- the engine

    async def _do(self, handoff: str, command: cmd.Command, request: Request) -> None:
        """Once for each thing that came in, however often it is worked on."""
        key = f"slack:{request.digest.hex()}"
        await self._engine.command(
            handoff, command, actor=request.who.actor, idempotency=(key, request.digest)
        )

    async def _check_may(self, handoff: str, who: Who) -> None:
        """The commands that the engine takes from whoever may use the API."""
        known = _handoff_of(await self._case(handoff))
        _, roster = await self._engine.in_force()
        if not may_change(who, handoff=known, roster=roster):
            owner = told.names(roster).of(str(known.owner))
            raise Refused("not_owner", f"{owner} has it: only they or their manager may do this")

    async def _check_may_look(self, handoff: str, who: Who) -> None:
        known = _handoff_of(await self._case(handoff))
        _, roster = await self._engine.in_force()
        if not may_look(who, handoff=known, roster=roster):
            raise Refused("forbidden", "only the owner's team and managers are told of it here")

    async def _case(self, handoff: str) -> Case:
        found = await self._engine.store.case_of_handoff(handoff)
        if found is None or found.case.handoff is None:
            raise _unknown(handoff)
        return found.case


def _handoff_of(case: Case) -> Handoff:
    assert case.handoff is not None
    return case.handoff


def _unknown(id: str) -> Refused:
    return Refused("not_found", f"no handoff {id[:100]!r}, and no lead of that id that has one")


def _instant(text: str) -> datetime:
    """Whole seconds since 1970, as Slack's picker gives them."""
    seconds = int(text) if text.isascii() and text.isdecimal() and len(text) <= 11 else 0
    at = datetime.fromtimestamp(seconds, tz=UTC)
    if at.year >= YEAR_MAX:
        raise Refused("bad_time", "choose a nearer time")
    return at


def _told_presence(presence: Presence, who: Who) -> str:
    if presence.state == "available" or presence.until is None:
        return "Welcome back: leads come to you again."
    return f"You are away until {told.local(presence.until, who)}: no lead comes to you till then."


def answer_blocks(said: Say) -> list[dict[str, Any]]:
    """Plain text, a section for all lines that fit."""
    return told.sections(said.lines)
