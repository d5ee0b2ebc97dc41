"""The pages behind signed links in messages: opening one shows a button, pressing it acts, once.

Mail scanners open every link; so a GET only shows what the link would do.
"""

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qs

import msgspec
from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from handrail.contract.model import Contract
from handrail.engine.alerts import brief_of
from handrail.engine.duplicates import check_duplicate
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.links import (
    TOKEN_CHARACTERS_MAX,
    BadLink,
    Link,
    LinkAct,
    Links,
    is_of_turn,
    used_key,
)
from handrail.engine.owners import likely_owners
from handrail.engine.recipients import recipient_of
from handrail.engine.telling import Names, spaced, tell_at
from handrail.kernel.decision import Case
from handrail.kernel.required import missing_for
from handrail.terms import command as cmd
from handrail.terms.handoff import Handoff
from handrail.web.act.drawing import form, page

FORM_BYTES_MAX = 8_192
FORM_FIELDS_MAX = 64  # a name that the contract requires is a field each
NOTE_CHARACTERS_MAX = 500
GIVEN = "given."  # before the name of a form's field that the contract requires
ID_CHARACTERS_MAX = 200


class Verb(msgspec.Struct, frozen=True):
    asks: str  # before the lead's account
    button: str
    done: str


VERBS: Mapping[LinkAct, Verb] = {
    "accept": Verb("Accept the lead of", "Accept", "It is accepted."),
    "reject": Verb("Reject the lead of", "Reject", "It is rejected."),
    "called": Verb("Did you call", "Yes, log my call", "Your call is logged."),
    "snooze": Verb("Snooze the lead of", "Snooze", "It is snoozed: no clock of it runs."),
    "pass_on": Verb("Set another owner for the lead of", "Set the owner", "The owner is set."),
    "steer": Verb("Set an owner for the lead of", "Set the owner", "The owner is set."),
}
USED = "This link was used already"
SETS_OWNER = ("pass_on", "steer")
LACKS = dict.fromkeys(SETS_OWNER, "Choose the owner, and say why.") | {
    "snooze": "Say why, and for how long."
}
SPANS: Mapping[str, tuple[str, timedelta]] = {
    "1h": ("an hour", timedelta(hours=1)),
    "4h": ("four hours", timedelta(hours=4)),
    "1d": ("a day", timedelta(days=1)),
    "3d": ("three days", timedelta(days=3)),
    "7d": ("a week", timedelta(days=7)),
}

Token = Annotated[str, Path(max_length=TOKEN_CHARACTERS_MAX)]


def act_router(engine: Engine, links: Links) -> APIRouter:
    """`GET` and `POST /act/{token}`: whoever has the token acts as its rep."""
    router = APIRouter(include_in_schema=False)

    @router.get("/act/{token}")
    async def show(token: Token) -> HTMLResponse:
        try:
            link = links.read(token, now=engine.clock.now())
        except BadLink as bad:
            return _bad_link(bad)
        found = await engine.store.case_of_handoff(link.handoff)
        if found is None:
            return page(404, "There is no such handoff")
        return await _offer(engine, link, found.case)

    @router.post("/act/{token}")
    async def act(token: Token, request: Request) -> HTMLResponse:
        try:
            link = links.read(token, now=engine.clock.now())
        except BadLink as bad:
            return _bad_link(bad)
        sent = await _form(request)
        if sent is None:
            return page(413, "That was too long", "Nothing was changed.")
        found = await engine.store.case_of_handoff(link.handoff)
        if found is not None and (gone := await _gone_on(engine, link, found.case)):
            return gone
        return await _take(engine, link, sent)

    return router


async def _offer(engine: Engine, link: Link, case: Case) -> HTMLResponse:
    handoff = case.handoff
    if handoff is None or handoff.id != link.handoff or not handoff.is_open:
        return page(409, "This handoff has ended", "There is nothing left to do.")
    if gone := await _gone_on(engine, link, case):
        return gone
    if await _is_used(engine, link):
        return page(410, USED, "It works once. What came of it stands on the page of the lead.")
    return await _asked(engine, link, case, handoff)


async def _asked(engine: Engine, link: Link, case: Case, handoff: Handoff) -> HTMLResponse:
    """The page with the one button, and what is known of the lead below it."""
    contract = await engine.contract(handoff.contract)
    _, roster = await engine.in_force()
    now = engine.clock.now()
    who = recipient_of(link.rep, roster=roster, zone=contract.timezone)
    verb = VERBS[link.act]
    missing = (
        missing_for(contract.sal.require, contract=contract, case=case, now=now)
        if link.act == "accept"
        else ()
    )
    codes = contract.sal.reject_codes if link.act == "reject" else ()
    return form(
        "act.html",
        heading=f"{verb.asks} {handoff.account or handoff.lead}?",
        button=verb.button,
        rep=who.name if who is not None else link.rep,
        given=GIVEN,
        missing=[(name, spaced(name)) for name in missing],
        codes=[(code, spaced(code)) for code in codes],
        spans=[(name, label) for name, (label, _) in SPANS.items()] if link.act == "snooze" else [],
        owner=Names(roster).of(handoff.owner) if link.act in SETS_OWNER else "",
        owners=likely_owners(handoff, roster=roster) if link.act in SETS_OWNER else [],
        facts=_facts(
            case,
            contract,
            for_owner=link.act != "steer",
            zone=who.timezone if who is not None else "UTC",
        ),
    )


def _facts(case: Case, contract: Contract, *, for_owner: bool, zone: str) -> list[tuple[str, str]]:
    """The brief, as the message has it."""
    brief = brief_of(case=case, contract=contract, for_owner=for_owner, zone=zone)
    step, reach = brief.next, brief.reach
    closed = [way for way, is_open in (("call", reach.call), ("mail", reach.mail)) if not is_open]
    told = [
        ("Buyer", brief.name),
        ("Phone", brief.phone),
        ("E-mail", brief.email),
        ("Account", brief.account),
        ("Asked for", spaced(brief.lead_type) if brief.lead_type is not None else None),
        ("Why", brief.why),
        ("Did", "; ".join(f"{spaced(one.what)} {tell_at(one.at, zone)}" for one in brief.did)),
        ("Promised", "; ".join(brief.promised)),
        ("Next", step.text if step is not None else None),
        ("By", tell_at(step.by, zone) if step is not None and step.by is not None else None),
        ("Not by", f"{' or '.join(closed)}: {reach.because}" if closed else None),
    ]
    return [(name, value) for name, value in told if value]


async def _is_used(engine: Engine, link: Link) -> bool:
    async with engine.store.write() as unit:
        return await unit.idempotent(used_key(link)) is not None


def _still(link: Link) -> Callable[[Case], None]:
    """The turn is looked at in the transaction that acts: a lead may go on between the two."""

    def check(case: Case) -> None:
        handoff = case.handoff
        if handoff is not None and handoff.is_open and not is_of_turn(link, handoff):
            raise Refused("not_owner", "the lead has gone on meanwhile: nothing was changed")

    return check


async def _gone_on(engine: Engine, link: Link, case: Case) -> HTMLResponse | None:
    """What a link of an earlier turn opens: who has the lead now. None for the present turn's."""
    handoff = case.handoff
    if handoff is None or not handoff.is_open or is_of_turn(link, handoff):
        return None
    if str(handoff.owner) == link.rep:
        return page(409, "This link is of an earlier turn", "Use the newest message about it.")
    _, roster = await engine.in_force()
    owner = Names(roster).of(handoff.owner)
    return page(409, f"The lead has gone on to {owner}", "There is nothing left to do.")


def _given(sent: dict[str, str]) -> dict[str, object]:
    return {
        name.removeprefix(GIVEN): text[:NOTE_CHARACTERS_MAX]
        for name, text in sent.items()
        if name.startswith(GIVEN) and text
    }


async def _take(engine: Engine, link: Link, sent: dict[str, str]) -> HTMLResponse:
    """Act as the rep. Each press has a body of its own: a link's second one is refused as used."""
    command = _command(engine, link, sent)
    if command is None:
        return page(422, "That cannot be done", f"{LACKS[link.act]} Nothing was changed.")
    try:
        if isinstance(command, cmd.Reject):
            await check_duplicate(engine, link.handoff, code=command.code, of=command.of)
        await engine.command(
            link.handoff,
            command,
            actor=await _actor(engine, link),
            idempotency=(used_key(link), os.urandom(16)),
            only_if=_still(link),
        )
    except Refused as refused:
        return _refused(refused)
    said = f"{VERBS[link.act].done} {await _runs_on(engine, link)}You may close this page."
    return page(200, "Done", said)


async def _runs_on(engine: Engine, link: Link) -> str:
    """Accepting is no contact: what is still due, lest it be taken for done."""
    found = await engine.store.case_of_handoff(link.handoff)
    handoff = found.case.handoff if found is not None else None
    clock = handoff.clock("first_action") if handoff is not None else None
    if link.act != "accept" or clock is None:
        return ""
    _, roster = await engine.in_force()
    who = recipient_of(link.rep, roster=roster)
    at = tell_at(clock.due_at, who.timezone if who is not None else "UTC")
    return f"Its first action is due by {at}: contact the buyer, and log it. "


async def _actor(engine: Engine, link: Link) -> str:
    _, roster = await engine.in_force()
    return f"{'rep' if link.rep in roster.reps else 'person'}:{link.rep}"


def _command(engine: Engine, link: Link, sent: dict[str, str]) -> cmd.Command | None:
    """What the press asks for; None where it lacks what the page asked."""
    note = sent.get("note", "")[:NOTE_CHARACTERS_MAX] or None
    match link.act:
        case "accept":
            return cmd.Accept(rep=link.rep, personal=cmd.Personal(attributes=_given(sent)))
        case "reject":
            return cmd.Reject(
                rep=link.rep,
                code=sent.get("code", ""),
                of=sent.get("of", "")[:ID_CHARACTERS_MAX] or None,
                personal=cmd.Personal(note=note),
            )
        case "called":
            return cmd.LogAct(rep=link.rep, act="call")
        case "snooze":
            span = SPANS.get(sent.get("span", ""))
            if span is None or note is None:
                return None
            until = engine.clock.now() + span[1]
            return cmd.Pause(by=link.rep, until=until, personal=cmd.Personal(note=note))
        case "pass_on" | "steer":
            owner = sent.get("owner", "")[:ID_CHARACTERS_MAX]
            if not owner or note is None:
                return None
            return cmd.Override(by=link.rep, owner=owner, personal=cmd.Personal(note=note))


def _refused(refused: Refused) -> HTMLResponse:
    if refused.code == "key_reused":
        return page(410, USED, "Nothing was changed.")
    status = 404 if refused.code == "not_found" else 409
    return page(status, "That cannot be done now", refused.message)


def _bad_link(bad: BadLink) -> HTMLResponse:
    if bad.code == "expired":
        return page(410, "This link has expired", "Open the handoff on the board instead.")
    return page(404, "This link does not open", "It was cut or changed on its way.")


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of the form, the first of each name; None when there is too much."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES_MAX:
            return None
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=FORM_FIELDS_MAX)
    except ValueError:
        return None
    return {name: _clean(values[0]) for name, values in fields.items()}


def _clean(text: str) -> str:
    """Without the characters that no store can hold."""
    return "".join(char for char in text if char.isprintable()).strip()
