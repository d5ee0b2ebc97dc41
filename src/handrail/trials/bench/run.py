"""Run benchmarks by name."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from handrail.trials.bench.agreement import agreement
from handrail.trials.bench.alerts import alerts, outage
from handrail.trials.bench.batches import batches
from handrail.trials.bench.booking import booking
from handrail.trials.bench.clocks import at_once, clocks
from handrail.trials.bench.contract_diff import contract_diff
from handrail.trials.bench.contract_proofs import contract_proofs
from handrail.trials.bench.decisions import decisions, growth
from handrail.trials.bench.figures import Figure, machine
from handrail.trials.bench.ground import Ground, connect, ground
from handrail.trials.bench.http import http
from handrail.trials.bench.ledger import ledger
from handrail.trials.bench.peer import peer
from handrail.trials.bench.slack import slack
from handrail.trials.bench.slots import slots


async def contract(_: Ground) -> list[Figure]:
    """What is proved of large contracts, and how two versions of one differ."""
    return [*contract_proofs(), *contract_diff()]


BENCHES: dict[str, Callable[[Ground], Awaitable[list[Figure]]]] = {
    "http": http,
    "batches": batches,
    "decisions": decisions,
    "growth": growth,
    "clocks": clocks,
    "at_once": at_once,
    "ledger": ledger,
    "peer": peer,
    "contract": contract,
    "agreement": agreement,
    "alerts": alerts,
    "outage": outage,
    "slack": slack,
    "slots": slots,
    "booking": booking,
}


async def run(
    names: Sequence[str], *, tell: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """The document of `handrail bench`: the machine, and the figures of these names."""
    figures: list[Figure] = []
    async with ground() as place:
        connection = await connect(place.dsn)
        try:
            about = await machine(connection, place.folder)
        finally:
            await connection.close()
        for name in names:
            tell(f"{name} ...")
            for figure in await BENCHES[name](place):
                figures.append(figure)
                tell(line(figure))
    return {"machine": about, "figures": figures}


def line(figure: Figure) -> str:
    held = f"  {figure.ratio} of {figure.yardstick}" if figure.yardstick is not None else ""
    note = f"  ({figure.note})" if figure.note else ""
    return f"  {figure.name:<36} {figure.value:>12} {figure.unit}{held}{note}"
