"""One alert of every kind, made from a real case: what channels are held against."""

from typing import Any

import msgspec

from handrail.engine.alerts import (
    KINDS,
    Alert,
    Recipient,
    Sight,
    alert_apart,
    alert_of,
    digest_of,
    folded_of,
)
from handrail.engine.alerts.message import APART, Message, next_clock
from tests.cast import MINUTE, START, THE_CONTRACT, THE_ROSTER, Scene

TO = Recipient(id="ada", name="Ada Adler", email="ada@acme.example", timezone="America/New_York")
REASONS = {
    "manager_alerted": "sla_breached",
    "unstaffed": "team:inbound",
    "ownership_offered": "owner ada",
    "incomplete": "use_case, budget",
    "follow_up": "attempt 2 of 6",
    "no_show_risk": "booked 8 days ahead",
    "activation_denied": "the signature of sales is missing",
    "calendar_lost": "the server refuses the password",
}
MO = Recipient(id="mo", name="Mo Malik", email="mo@acme.example", timezone="America/New_York")


def alert(
    kind: str,
    *,
    channel: str,
    links: dict[str, str] | None = None,
    to_manager: bool = False,
    **attributes: Any,
) -> Alert:
    """Lena asked twice, and Ada owns her handoff; two minutes have passed. `to_manager`: Mo is
    told, whatever the kind."""
    if kind == "barred":
        attributes.setdefault("lead__may_contact", "no")
    scene = Scene()
    scene.lena("pricing_view", "demo_request", lead__country="US", **attributes)
    assert scene.case is not None
    assert scene.case.handoff is not None
    handoff = scene.case.handoff
    clock = next_clock(handoff)
    assert clock is not None
    to_owner = KINDS[kind].to_owner and not to_manager
    message = Message(
        what=kind,
        to="ada" if to_owner else "mo",
        at=START + MINUTE,
        seq=7,
        lead="lena",
        handoff=handoff.id,
        owner=str(handoff.owner),
        stage=handoff.stage,
        clock=clock.kind,
        due_at=clock.due_at,
        reason=REASONS.get(kind),
        turn_at=handoff.assigned_at,
        also=("mo",) if to_owner else (),
    )
    sight = Sight(
        contract=THE_CONTRACT, roster=THE_ROSTER, now=START + 2 * MINUTE, links=links or {}
    )
    to, key = MO if to_manager else TO, f"7-0-{channel}"
    if kind in APART:
        return alert_apart(message, key=key, now=sight.now, to=to, links=sight.links)
    if kind == "digest":
        told = msgspec.structs.replace(message, what="assigned")
        item = folded_of(told, key=key, case=scene.case, roster=THE_ROSTER)
        return digest_of(message, key=key, items=[item], now=sight.now, to=to, links=sight.links)
    return alert_of(message, key=key, case=scene.case, sight=sight, to=to)
