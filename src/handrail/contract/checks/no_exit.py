"""`no_exit`: a stage that a handoff reaches and cannot leave as it should.

Looked for in the moves that the contract allows (`contract.lifecycle`), overrides left out.

Always a warning, since an override is a way out:
- `mql.require` asks for what no lead can have, so that incomplete leads wait in triage, or in
  nurture, for ever: `intent_signals` where no signal adds to a score, `territory` without any.
- It asks for the history of an account, which a new one does not have and nobody can give;
  likewise `sal.require` and `sql.require`, which then refuse acceptance.
- No reject code ends a handoff: a lead that is no good can be passed on, but only be left by
  calling it lost.
"""

from collections.abc import Iterator

from handrail.contract.checks.places import Path, Places, place_of
from handrail.contract.findings import Finding
from handrail.contract.lifecycle import ENDED, asks_first, lifecycle
from handrail.contract.model import Contract

KIND = "no_exit"
HISTORY = ("account.last_owner", "account.last_lead_days")  # worked out, and absent at first


def find(contract: Contract, places: Places) -> Iterator[Finding]:
    yield from _never_complete(contract, places)
    yield from _without_history(contract, places)
    declined = (move for move in lifecycle(contract) if move.at[:2] == ("sal", "reject_codes"))
    if not any(move.to_stage in ENDED for move in declined):
        message = (
            "no reject code ends a handoff: a lead that is no good can only be passed on; "
            "add one with then: recycle, disqualify or merge"
        )
        yield _finding(("sal", "reject_codes"), places, message)


def _never_complete(contract: Contract, places: Places) -> Iterator[Finding]:
    stuck = _stuck_in(contract)
    if stuck is None:
        return
    for number, name in enumerate(contract.mql.require):
        why = _why_never(contract, name)
        if why is not None:
            message = (
                f"`{name}` is required and no lead ever has it, since {why}: every incomplete lead "
                f"stays in {stuck} for ever; take it out of `require`"
            )
            yield _finding(("mql", "require", number), places, message)


def _stuck_in(contract: Contract) -> str | None:
    """Where incomplete leads wait; None when they are all routed and flagged."""
    if asks_first(contract):
        return "triage"
    ways = contract.mql.if_missing
    default = ways.get("default", "triage")
    types = {ways.get(kind.name, default) for kind in contract.lead_types}
    return "nurture" if "nurture" in types else None


def _why_never(contract: Contract, name: str) -> str | None:
    adds = any(signal.add > 0 for score in contract.scores for signal in score.signals.values())
    if name == "intent_signals" and not adds:
        return "no signal adds to a score"
    if name == "territory" and not contract.territories:
        return "no territories are declared"
    return None


def _without_history(contract: Contract, places: Places) -> Iterator[Finding]:
    asked = {"sal": contract.sal.require, "sql": contract.sql.require}
    if _stuck_in(contract) is not None:
        asked["mql"] = contract.mql.require
    for section, names in asked.items():
        for number, name in enumerate(names):
            if name in HISTORY:
                message = (
                    f"`{name}` is required, but a new account has none and nobody can give it, so "
                    "that its leads wait for an override; take it out of `require`"
                )
                yield _finding((section, "require", number), places, message)


def _finding(at: Path, places: Places, message: str) -> Finding:
    place = place_of(at, places)
    return Finding(KIND, "warning", place.line, place.column, message)
