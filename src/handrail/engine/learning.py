"""What buyers do, learned anew once an hour from what the store has: each node learns the same."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from handrail.engine.engine import Engine
from handrail.engine.ports import HandoffFilter
from handrail.engine.ticker import Rhythm
from handrail.kernel.decision import Case
from handrail.kernel.habits import learn
from handrail.lab.no_shows import RiskReport, learn_weights, report_of_risks
from handrail.terms.risk import Shown

LEARNT_EVERY = timedelta(hours=1)
LOOKED_AT_MAX = 4_000  # handoffs, those that wake next before the ended ones; a tenth of a second


async def learn_of_buyers(engine: Engine) -> None:
    """Their hours, by which times are set in order from now on, and what foretells that they stay
    away. Raises what the store raises."""
    cases = await _cases(engine)
    now = engine.clock.now()
    engine.bookings.habits = await asyncio.to_thread(learn, cases, now=now)
    engine.risk = await asyncio.to_thread(learn_weights, _shown(cases))


async def report_on_no_shows(engine: Engine) -> RiskReport:
    """Each risk was judged before its meeting: none is held against what it was learned from."""
    shown = _shown(await _cases(engine))
    return report_of_risks(shown, weights=learn_weights(shown))


async def _cases(engine: Engine) -> list[Case]:
    stored = await engine.store.cases_of(HandoffFilter(open_only=False, limit=LOOKED_AT_MAX))
    return [item.case for item in stored]


def _shown(cases: Iterable[Case]) -> list[Shown]:
    return [one for case in cases if case.handoff is not None for one in case.handoff.shown]


def learning_rhythm(engine: Engine) -> Rhythm:
    """Looks whenever the node commits, and learns only where it is time."""
    learnt_at: datetime | None = None

    async def look() -> timedelta:
        nonlocal learnt_at
        now = engine.clock.now()
        if learnt_at is None or now >= learnt_at + LEARNT_EVERY:
            await learn_of_buyers(engine)
            learnt_at = now
        return learnt_at + LEARNT_EVERY - now

    return Rhythm(engine, look)
