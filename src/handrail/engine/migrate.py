"""Open handoffs are taken over to the version in force, by recorded acts."""

from collections.abc import Sequence

import msgspec

from handrail.contract.model import Contract
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import HandoffFilter
from handrail.engine.work import Work
from handrail.kernel.decision import Case, Refusal
from handrail.kernel.migrating import changed_windows
from handrail.terms import command as cmd

MIGRATE_MAX = 20_000  # handoffs of one run; a greater number is told, and the run is repeated
STEP = 200  # handoffs of one transaction: captures are let in between


class Move(msgspec.Struct, frozen=True, omit_defaults=True):
    """One handoff that goes over, or why it does not."""

    handoff: str
    lead: str
    from_contract: str
    to_contract: str | None = None
    refused: str | None = None


class Migration(msgspec.Struct, frozen=True):
    """`more`: there are open handoffs that this run did not look at."""

    moved: tuple[Move, ...]
    refused: tuple[Move, ...]
    dry_run: bool
    more: bool = False


class _OnlyLooked(Exception):
    """Undoes the transaction of a dry run."""

    def __init__(self, moves: list[Move]) -> None:
        super().__init__("a dry run writes nothing")
        self.moves = moves


async def migrate(
    engine: Engine,
    *,
    by: str,
    actor: str,
    handoffs: Sequence[str] = (),
    from_contract: str | None = None,
    reason: str | None = None,
    dry_run: bool = False,
) -> Migration:
    """Take open handoffs over to the version now in force for their leads' sources.

    `handoffs`: these alone (or leads), else all; `from_contract`: only those of this version.
    Those already under it are left out. Raises `Refused` for an id that is unknown or has ended.
    """
    leads, more = await _leads(engine, handoffs)
    personal = cmd.Personal(note=reason)
    moves: list[Move] = []
    for start in range(0, len(leads), STEP):
        step = leads[start : start + STEP]

        async def do(work: Work, step: Sequence[str] = step) -> list[Move]:
            await work.know((await work.unit.cases(step)).values())
            found = [
                await _move(engine, work, lead, by=by, actor=actor, personal=personal)
                for lead in step
                if _is_of(work.case(lead), from_contract)
            ]
            done = [move for move in found if move is not None]
            if dry_run:
                raise _OnlyLooked(done)
            return done

        try:
            moves.extend(await engine._transact(do))
        except _OnlyLooked as looked:
            moves.extend(looked.moves)
    return Migration(
        moved=tuple(move for move in moves if move.refused is None),
        refused=tuple(move for move in moves if move.refused is not None),
        dry_run=dry_run,
        more=more,
    )


async def _leads(engine: Engine, handoffs: Sequence[str]) -> tuple[list[str], bool]:
    if not handoffs:
        found = await engine.store.cases_of(HandoffFilter(limit=MIGRATE_MAX + 1))
        leads = [stored.case.lead.id for stored in found]
        return leads[:MIGRATE_MAX], len(leads) > MIGRATE_MAX
    named = []
    for handoff in handoffs:
        stored = await engine.store.case_of_handoff(handoff)
        if stored is None or stored.case.handoff is None:
            raise Refused("not_found", f"no handoff or lead {handoff!r}")
        if not stored.case.handoff.is_open:
            raise Refused("ended", f"handoff {stored.case.handoff.id} has ended")
        named.append(stored.case.lead.id)
    return list(dict.fromkeys(named)), False


def _is_of(case: Case | None, from_contract: str | None) -> bool:
    """Read again in the transaction: it may have ended, or gone over, since it was listed."""
    handoff = case.handoff if case is not None else None
    return handoff is not None and handoff.is_open and from_contract in (None, handoff.contract)


async def _move(
    engine: Engine, work: Work, lead: str, *, by: str, actor: str, personal: cmd.Personal
) -> Move | None:
    case = work.case(lead)
    assert case is not None and case.handoff is not None
    handoff = case.handoff
    new = work.in_force.of_source(case.lead.source)
    move = Move(handoff=handoff.id, lead=lead, from_contract=handoff.contract)
    if new is None:
        refused = f"no contract in force takes its source {case.lead.source!r}"
        return msgspec.structs.replace(move, refused=refused)
    if new.digest == handoff.contract:
        return None
    old = await engine.contract(handoff.contract)
    answer = work.decide(
        lead=lead,
        command=_command(by=by, old=old, new=new, case=case, personal=personal),
        actor=actor,
        contract=new,
    )
    if isinstance(answer, Refusal):
        return msgspec.structs.replace(move, refused=answer.message)
    return msgspec.structs.replace(move, to_contract=new.digest)


def _command(
    *, by: str, old: Contract, new: Contract, case: Case, personal: cmd.Personal
) -> cmd.Migrate:
    assert case.handoff is not None
    changed = changed_windows(old=old, new=new, lead_type=case.handoff.lead_type)
    return cmd.Migrate(by=by, changed=changed, personal=personal)
