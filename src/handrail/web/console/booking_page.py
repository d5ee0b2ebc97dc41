"""The console's act on a lead's booking page: its links open nothing any more."""

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from handrail.engine.items import Refused
from handrail.terms import command as cmd
from handrail.web.api.answers import PathId
from handrail.web.console.pages import enter_to_act, key_of, lead_page, who_and_why

router = APIRouter(include_in_schema=False)


@router.post("/leads/{lead}/booking-page")
async def revoke(request: Request, lead: PathId) -> Response:
    """By name and with a reason; the buyer's next letter has the new link."""
    doors, form = await enter_to_act(request)
    try:
        by, reason = await who_and_why(doors, form)
        key = await key_of(doors, request)
        if key is not None and key.person not in (None, by):
            raise Refused("forbidden", "your key is your own: act under your own name")
        command = cmd.RevokePage(by=by, personal=cmd.Personal(note=reason))
        receipt = await doors.engine.command(lead, command, actor="console")
    except Refused as refused:
        if refused.code == "not_found":
            raise
        status = 403 if refused.code == "forbidden" else 422
        return await lead_page(
            doors, request, lead, wrong=refused.message, form=form, status=status
        )
    return RedirectResponse(f"/leads/{receipt.handoff}", status_code=303)


def put_on(app: FastAPI) -> None:
    app.include_router(router)
