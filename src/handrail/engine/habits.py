"""Buyers' hours, learned anew once an hour from what the store has: each node learns the same."""

from datetime import datetime, timedelta

from handrail.engine.engine import Engine
from handrail.engine.ports import HandoffFilter
from handrail.engine.ticker import Rhythm
from handrail.kernel.habits import learn

LEARNT_EVERY = timedelta(hours=1)
LOOKED_AT_MAX = 4_000  # handoffs, those that wake next before the ended ones; a tenth of a second


async def learn_habits(engine: Engine) -> None:
    """What offers are set in order by from now on. Raises what the store raises."""
    stored = await engine.store.cases_of(HandoffFilter(open_only=False, limit=LOOKED_AT_MAX))
    cases = [item.case for item in stored]
    engine.bookings.habits = learn(cases, now=engine.clock.now())


def learning_rhythm(engine: Engine) -> Rhythm:
    """Looks whenever the node commits, and learns only where it is time."""
    learnt_at: datetime | None = None

    async def look() -> timedelta:
        nonlocal learnt_at
        now = engine.clock.now()
        if learnt_at is None or now >= learnt_at + LEARNT_EVERY:
            if engine.bookings.are_any:
                await learn_habits(engine)
            learnt_at = now
        return learnt_at + LEARNT_EVERY - now

    return Rhythm(engine, look)
