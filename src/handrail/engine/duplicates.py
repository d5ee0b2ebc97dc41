"""A rejection that merges names the lead it merges into: asked at every door of people."""

from handrail.engine.engine import Engine
from handrail.engine.items import Refused


async def check_duplicate(engine: Engine, handoff: str, *, code: str, of: str | None) -> None:
    """Raise Refused where a code merges and `of` is missing, unknown, or the lead itself."""
    found = await engine.store.case_of_handoff(handoff)
    if found is None or found.case.handoff is None:
        return  # said by the command itself
    contract = await engine.contract(found.case.handoff.contract)
    entry = contract.sal.reject_codes.get(code)
    if entry is None or entry.then != "merge":
        return
    if not of:
        raise Refused("bad_value", f"of: say of which lead it is a {code}, by its number")
    async with engine.store.write() as unit:
        is_lead = of in await unit.cases([of])
    other = await engine.store.case_of_handoff(of)
    if not is_lead and other is None:
        raise Refused("bad_value", f"of: there is no lead {of!r}")
    if of == found.case.lead.id or (other is not None and other.case.lead.id == found.case.lead.id):
        raise Refused("bad_value", "of: a lead is no duplicate of itself")
