"""The pages behind signed links in messages: opening one shows a button, pressing it acts, once.

Mail scanners open every link; so a GET only shows what the link would do.
"""

import os
from datetime import datetime
from html import escape
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from handrail.contract.model import Contract
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.links import TOKEN_CHARACTERS_MAX, BadLink, Link, Links, is_of_turn, used_key
from handrail.engine.telling import Names, spaced
from handrail.kernel.decision import Case
from handrail.kernel.required import missing_for
from handrail.terms import command as cmd

FORM_BYTES_MAX = 8_192
FORM_FIELDS_MAX = 64  # a name that the contract requires is a field each
NOTE_CHARACTERS_MAX = 500
GIVEN = "given."  # before the name of a form's field that the contract requires
ID_CHARACTERS_MAX = 200

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
            return _page(404, "There is no such handoff", "")
        return await _offer(engine, link, found.case)

    @router.post("/act/{token}")
    async def act(token: Token, request: Request) -> HTMLResponse:
        try:
            link = links.read(token, now=engine.clock.now())
        except BadLink as bad:
            return _bad_link(bad)
        form = await _form(request)
        if form is None:
            return _page(413, "That was too long", "Nothing was changed.")
        found = await engine.store.case_of_handoff(link.handoff)
        if found is not None and (gone := await _gone_on(engine, link, found.case)):
            return gone
        return await _take(engine, link, form)

    return router


async def _offer(engine: Engine, link: Link, case: Case) -> HTMLResponse:
    handoff = case.handoff
    if handoff is None or handoff.id != link.handoff or not handoff.is_open:
        return _page(409, "This handoff has ended", "There is nothing left to do.")
    if gone := await _gone_on(engine, link, case):
        return gone
    who = escape(handoff.account or handoff.lead)
    contract = await engine.contract(handoff.contract)
    asks = ""
    if link.act == "accept":
        asks = _ask_missing(contract, case, now=engine.clock.now())
    else:
        options = "".join(
            f'<option value="{escape(code, quote=True)}">{escape(spaced(code))}</option>'
            for code in contract.sal.reject_codes
        )
        asks = (
            f'<p><label>Why? <select name="code" required>{options}</select></label></p>'
            '<p><label>If a duplicate, of which lead? <input name="of" maxlength="200"></label></p>'
            '<p><label>In your words <input name="note" maxlength="500"></label></p>'
        )
    return _page(
        200,
        f"{link.act.capitalize()} the lead of {who}?",
        f'<form method="post">{asks}<p><button>{escape(link.act.capitalize())}</button></p></form>',
    )


async def _gone_on(engine: Engine, link: Link, case: Case) -> HTMLResponse | None:
    """What a link of an earlier turn opens: who has the lead now. None for the present turn's."""
    handoff = case.handoff
    if handoff is None or not handoff.is_open or is_of_turn(link, handoff):
        return None
    if str(handoff.owner) == link.rep:
        return _page(409, "This link is of an earlier turn", "Use the newest message about it.")
    _, roster = await engine.in_force()
    owner = escape(Names(roster).of(handoff.owner))
    return _page(409, f"The lead has gone on to {owner}", "There is nothing left to do.")


def _ask_missing(contract: Contract, case: Case, *, now: datetime) -> str:
    """A field for each name that the contract requires for acceptance and the lead lacks."""
    missing = missing_for(contract.sal.require, contract=contract, case=case, now=now)
    return "".join(
        f"<p><label>{escape(spaced(name))} (required) "
        f'<input name="{GIVEN}{escape(name, quote=True)}" maxlength="{NOTE_CHARACTERS_MAX}" '
        "required></label></p>"
        for name in missing
    )


def _given(form: dict[str, str]) -> dict[str, object]:
    return {
        name.removeprefix(GIVEN): text[:NOTE_CHARACTERS_MAX]
        for name, text in form.items()
        if name.startswith(GIVEN) and text
    }


async def _take(engine: Engine, link: Link, form: dict[str, str]) -> HTMLResponse:
    """Act as the rep. Each press has a body of its own: a link's second one is refused as used."""
    command: cmd.Command
    if link.act == "accept":
        command = cmd.Accept(rep=link.rep, personal=cmd.Personal(attributes=_given(form)))
    else:
        command = cmd.Reject(
            rep=link.rep,
            code=form.get("code", ""),
            of=form.get("of", "")[:ID_CHARACTERS_MAX] or None,
            personal=cmd.Personal(note=form.get("note", "")[:NOTE_CHARACTERS_MAX] or None),
        )
    try:
        await engine.command(
            link.handoff,
            command,
            actor=f"rep:{link.rep}",
            idempotency=(used_key(link), os.urandom(16)),
        )
    except Refused as refused:
        return _refused(refused)
    return _page(200, "Done", f"You chose to {link.act} it. You may close this page.")


def _refused(refused: Refused) -> HTMLResponse:
    if refused.code == "key_reused":
        return _page(410, "This link was used already", "Nothing was changed.")
    status = 404 if refused.code == "not_found" else 409
    return _page(status, "That cannot be done now", escape(refused.message))


def _bad_link(bad: BadLink) -> HTMLResponse:
    if bad.code == "expired":
        return _page(410, "This link has expired", "Open the handoff on the board instead.")
    return _page(404, "This link does not open", "It was cut or changed on its way.")


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


def _page(status: int, title: str, body: str) -> HTMLResponse:
    """`title` and `body` are markup already: whatever came from outside is escaped by then."""
    return HTMLResponse(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"</head><body><main><h1>{title}</h1>\n{body}\n</main></body></html>\n",
        status_code=status,
        headers={"cache-control": "no-store", "referrer-policy": "same-origin"},
    )
