"""Faults in who is taken to be there, and until when."""

from handrail.trials.mutants_fault import Planted

_PRESENCE = "tests/unit/engine/test_presence.py"
_COVER = "tests/unit/kernel/test_covering.py"
_PRESS = "tests/smoke/test_hand_over.py"
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
    Planted(
        "who covers is set for good",
        "Who covers is routed like anybody: to be passed on is not to be set by a person.",
        "kernel/evolve.py",
        'if handoff is not None and event.what != "cover":',
        "if handoff is not None:",
        tests=(_COVER,),
    ),
    Planted(
        "the absent cover for the absent",
        "Nothing is passed on to somebody who is absent themselves.",
        "kernel/covering.py",
        "if on_leave(rep=cover, conditions=conditions, at=draft.now):",
        "if False:",
        tests=(_COVER,),
    ),
    Planted(
        "passed on to whom it must never be given",
        "A conflict of interest is not passed over by one press for all.",
        "kernel/covering.py",
        "    if code is not None:",
        "    if False:",
        tests=(_COVER,),
    ),
    Planted(
        "the meeting is left behind",
        "A booked meeting goes along with its handoff.",
        "kernel/covering.py",
        "    meetings.pass_on(draft, rep=command.rep, to=command.to, by=command.by)\n",
        "",
        tests=(_COVER,),
    ),
    Planted(
        "a breach is blamed on who covers",
        "What was due before it was passed on is taken first.",
        "kernel/covering.py",
        "    clockwork.run_clocks(draft, acted_at=draft.now)\n",
        "",
        tests=(_COVER,),
    ),
    Planted(
        "two meetings at once for who covers",
        "A meeting goes along only where the cover can be there.",
        "engine/covering.py",
        "            _check_free(handoff, rep=rep, cover=roster.reps[cover], known=known)\n",
        "",
        tests=(_PRESS,),
    ),
)
