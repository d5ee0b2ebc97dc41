"""The stages that a handoff can go through under one contract, and who takes each move.

A pure value for proofs and pictures. The kernel decides; a law holds this list against it: no
command takes a move that is not here, and every move is taken by some commands.
"""

from collections.abc import Iterator
from itertools import product
from typing import Literal

import msgspec

from handrail.contract.model import (
    AssignTeamStep,
    Consequence,
    Contract,
    RejectCode,
    RerouteStep,
)
from handrail.terms.handoff import ENDED_STAGES, OPEN_STAGES, Stage

Path = tuple[str | int, ...]
State = Stage | Literal["nurture"]
Mover = Literal["buyer", "person", "clock", "roster", "override"]

NURTURE: Literal["nurture"] = "nurture"
WORKED: tuple[Stage, ...] = ("assigned", "accepted", "sql")
OPEN: tuple[Stage, ...] = ("triage", *WORKED)
ENDED: tuple[Stage, ...] = ("recycled", "disqualified", "closed")
WITHOUT_HANDOFF: tuple[State, ...] = (NURTURE, *ENDED)
assert frozenset(OPEN) == OPEN_STAGES and frozenset(ENDED) == ENDED_STAGES

_END_OF: dict[Consequence, Stage] = {
    "recycle": "recycled",
    "disqualify": "disqualified",
    "merge": "closed",
}


class Move(msgspec.Struct, frozen=True):
    """From one stage to the next. `what` names the act or clause, which stands at `at`.

    From an ended stage a move opens the lead's next handoff, which begins where it leads to;
    `nurture` is a lead that never had one.
    """

    from_stage: State
    to_stage: State
    by: Mover
    what: str
    at: Path


def lifecycle(contract: Contract) -> tuple[Move, ...]:
    """Every move that the contract allows, in the order of the path of a lead."""
    return (
        *_openings(contract),
        *_out_of_triage(),
        *_acceptance(contract),
        *_back_to_assigned(contract),
        *_declined(contract),
        *_followed_up(contract),
        *(Move(stage, "closed", "person", "won or lost", ("sql",)) for stage in OPEN),
        *_overrides(),
    )


def asks_first(contract: Contract) -> bool:
    """Whether leads of some type, when incomplete, are looked at by people first."""
    ways = contract.mql.if_missing
    default = ways.get("default", "triage")
    types = {ways.get(kind.name, default) for kind in contract.lead_types}
    return bool(contract.mql.require) and "triage" in types


def _openings(contract: Contract) -> Iterator[Move]:
    begins: list[tuple[Stage, str, Path]] = [("assigned", "qualifies", ("mql", "any"))]
    if asks_first(contract):
        begins.append(("triage", "qualifies, incomplete", ("mql", "require")))
    for to_stage, what, at in begins:
        for stage in WITHOUT_HANDOFF:
            yield Move(stage, to_stage, "buyer", what, at)
        for code in _codes(contract, "recycle"):
            if code.after is not None:
                path = ("sal", "reject_codes", code.name, "after")
                yield Move("recycled", to_stage, "clock", f"{code.name}: after", path)


def _out_of_triage() -> Iterator[Move]:
    yield Move("triage", "assigned", "buyer", "what was missing comes", ("mql", "require"))
    yield Move("triage", "assigned", "person", "completes it", ("mql", "require"))


def _acceptance(contract: Contract) -> Iterator[Move]:
    yield Move("assigned", "accepted", "person", "accepts", ("sal", "require"))
    for way in sorted(contract.sal.accepted_by - {"accept"}):
        yield Move("assigned", "accepted", "person", way, ("sal", "accepted_by"))
    yield Move("accepted", "sql", "person", "qualifies as SQL", ("sql", "require"))


def _back_to_assigned(contract: Contract) -> Iterator[Move]:
    yield Move("accepted", "assigned", "person", "a colleague takes over", ("sal", "means"))
    yield Move("accepted", "assigned", "roster", "the owner leaves", ("routing",))
    for number, step in enumerate(contract.sla.escalation):
        if any(isinstance(act, RerouteStep | AssignTeamStep) for act in step.do):
            path = ("sla", "escalation", number, "do")
            yield Move("accepted", "assigned", "clock", f"breach {step.breach}", path)


def _declined(contract: Contract) -> Iterator[Move]:
    for code in contract.sal.reject_codes.values():
        path = ("sal", "reject_codes", code.name)
        end = _END_OF.get(code.then)
        if end is None:
            yield Move("accepted", "assigned", "person", code.name, path)
            continue
        for stage in OPEN:
            yield Move(stage, end, "person", code.name, path)


def _followed_up(contract: Contract) -> Iterator[Move]:
    plan = contract.sal.follow_up
    if plan is not None and plan.then in contract.sal.reject_codes:
        end = _END_OF.get(contract.sal.reject_codes[plan.then].then, "assigned")
        yield Move("accepted", end, "clock", f"follow-up: {plan.then}", ("sal", "follow_up"))


def _overrides() -> Iterator[Move]:
    """A person may set any stage. It never skips one: what is set to SQL is accepted first."""
    reached: dict[Stage, tuple[State, ...]] = {
        "triage": (NURTURE, *WORKED, *ENDED),
        "assigned": (NURTURE, "triage", "accepted", "sql", *ENDED),
        "accepted": ("assigned", "sql"),
        "sql": ("accepted",),
    }
    for to_stage, stages in reached.items():
        for stage in stages:
            yield Move(stage, to_stage, "override", "override", ())
    for stage, end in product((*OPEN, *ENDED), ENDED):
        if stage != end:
            yield Move(stage, end, "override", "override", ())


def _codes(contract: Contract, then: Consequence) -> list[RejectCode]:
    return [code for code in contract.sal.reject_codes.values() if code.then == then]
