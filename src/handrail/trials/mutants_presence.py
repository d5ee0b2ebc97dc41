"""Faults in who is taken to be there, and until when."""

from handrail.trials.mutants_fault import Planted

_PRESENCE = "tests/unit/engine/test_presence.py"
_PEOPLE = "tests/smoke/test_console_people.py"

PRESENCE = (
    Planted(
        "a call that outlives the day",
        "Nobody is kept from leads for ever by a call that nobody ended.",
        "engine/presence.py",
        "until=min(until, now + CALL_LASTS_MAX)",
        "until=until",
        tests=(_PRESENCE,),
    ),
    Planted(
        "away for ever",
        "Nobody is away for ever who did not say until when.",
        "engine/presence.py",
        "until=presence.until or now + AWAY_LASTS",
        "until=presence.until",
        tests=(_PRESENCE,),
    ),
    Planted(
        "a colleague is sent away",
        "People speak for themselves, and managers for their teams.",
        "web/console/people.py",
        "    check_may_choose(whose=rep, key=key, roster=roster)\n    return",
        "    return",
        tests=(_PEOPLE,),
    ),
)
