"""Switch a candidate on and off, see which run, and read what came of them."""

from datetime import timedelta

import msgspec

from handrail.contract.model import Contract
from handrail.engine.engine import Engine
from handrail.engine.in_force import InForce
from handrail.engine.items import Refused
from handrail.engine.ports import StoredContract
from handrail.engine.shadow import (
    SHADOWS_MAX,
    Compared,
    Shadowing,
    ShadowRow,
)
from handrail.engine.ticker import Rhythm
from handrail.engine.versions import whole_contract
from handrail.engine.work import Work
from handrail.lab.verdict import DIFFERENCE_KINDS
from handrail.terms.people import Roster

LOOK = timedelta(seconds=1)  # how soon a node notices that a shadow was switched on or off
LISTED_MAX = 100  # differences that a report shows
EARLIER_LEADS = ("account.last_owner", "account.last_lead_days")


class ShadowReport(msgspec.Struct, frozen=True):
    """`caveats`: differences that may come from how it was compared, not from the contract."""

    shadow: ShadowRow
    differences: tuple[Compared, ...]
    caveats: tuple[str, ...] = ()


def shadowing_of(engine: Engine) -> Shadowing:
    """Raises `Refused` where the node runs none."""
    if engine.shadowing is None:
        raise Refused("no_shadow", "this engine keeps no shadows")
    return engine.shadowing


async def begin_shadow(engine: Engine, stored: StoredContract, *, actor: str) -> None:
    """Let a candidate decide beside the contract in force. Raises `Refused`."""
    shadowing = shadowing_of(engine)
    contract = whole_contract(stored)
    await shadowing.flush()
    live = [row for row in await shadowing.store.shadows() if row.ended_at is None]
    if len([row for row in live if row.name != stored.name]) >= SHADOWS_MAX:
        raise Refused("too_many", f"{SHADOWS_MAX} shadows run already: switch one off first")

    async def do(work: Work) -> None:
        _check_candidate(contract, in_force=work.in_force, roster=work.standing.roster)
        work.batch.contracts.append(stored)

    await engine._transact(do)
    now = engine.clock.now()
    for row in live:
        if row.name == stored.name:
            await shadowing.store.end(row.digest, at=now, why="another version took its place")
    await shadowing.store.begin(
        ShadowRow(
            digest=stored.digest,
            name=stored.name,
            version=stored.version,
            began_at=now,
            began_by=actor,
        )
    )
    await refresh(engine)


def _check_candidate(contract: Contract, *, in_force: InForce, roster: Roster) -> None:
    if any(contract.digest == one.digest for one in in_force):
        raise Refused("already_done", "this version is in force: there is nothing to compare")
    if not in_force.by_name:
        raise Refused("no_contract", "no contract is in force that it could stand beside")
    in_force.adopting(contract)
    missing = sorted(contract.teams_named() - set(roster.teams))
    if missing:
        raise Refused(
            "unknown_team",
            f"the candidate names teams that the roster lacks: {', '.join(missing)}",
        )


async def end_shadow(engine: Engine, digest: str | None = None) -> list[str]:
    """Switch off this one, or all; the digests of those that were running."""
    shadowing = shadowing_of(engine)
    await shadowing.flush()
    now = engine.clock.now()
    ended = []
    for row in await shadowing.store.shadows():
        if row.ended_at is None and digest in (None, row.digest):
            if await shadowing.store.end(row.digest, at=now, why="switched off"):
                ended.append(row.digest)
    await refresh(engine)
    return ended


async def refresh(engine: Engine) -> None:
    """Write what was counted, then run what is to run: another node may have changed that."""
    shadowing = shadowing_of(engine)
    await shadowing.flush()
    in_force = {contract.digest for contract in await engine.contracts_in_force()}
    live = []
    for row in await shadowing.store.shadows():
        if row.ended_at is not None:
            continue
        if row.digest in in_force:
            await shadowing.store.end(row.digest, at=engine.clock.now(), why="in force now")
            continue
        try:
            live.append(await engine.contract(row.digest))
        except Refused as refused:  # the others run on
            await shadowing.store.end(row.digest, at=engine.clock.now(), why=refused.message)
    shadowing.run(live)


async def shadow_report(engine: Engine, digest: str, *, limit: int = LISTED_MAX) -> ShadowReport:
    """What came of one. Raises `Refused`."""
    shadowing = shadowing_of(engine)
    await shadowing.flush()
    rows = [row for row in await shadowing.store.shadows() if row.digest == digest]
    if not rows:
        raise Refused("not_found", f"version {digest[:12]} was never a shadow")
    candidate = await engine.contract(digest)
    in_force = await engine.contracts_in_force()
    counts = {kind: rows[0].counts.get(kind, 0) for kind in DIFFERENCE_KINDS}
    return ShadowReport(
        shadow=msgspec.structs.replace(rows[0], counts=counts),
        differences=tuple(await shadowing.store.differences(digest, limit=limit)),
        caveats=_caveats(candidate, in_force=in_force),
    )


def _caveats(candidate: Contract, *, in_force: InForce) -> tuple[str, ...]:
    if candidate.reads(*EARLIER_LEADS) and not any(one.reads(*EARLIER_LEADS) for one in in_force):
        return (
            f"it reads {' or '.join(EARLIER_LEADS)}, which is looked up only for contracts in "
            "force: to the shadow these were missing",
        )
    return ()


def shadow_rhythm(engine: Engine) -> Rhythm:
    """A node's upkeep of its shadows."""

    async def look() -> timedelta:
        await refresh(engine)
        return LOOK

    return Rhythm(engine, look)
