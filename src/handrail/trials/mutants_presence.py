"""Faults in who is taken to be there, and until when."""

from handrail.trials.mutants_fault import Planted

_PRESENCE = "tests/unit/engine/test_presence.py"
_COVER = "tests/unit/kernel/test_covering.py"
_PRESS = "tests/smoke/test_hand_over.py"
_CALLS = "tests/smoke/test_calls.py"
_TELEPHONY = "tests/unit/engine/test_telephony.py"
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
    Planted(
        "a call that has ended begins",
        "A call that was told to have ended never begins, in whatever order that is told.",
        "engine/people.py",
        'if await _is_told(work, call, "ended") or await _is_told(work, call, f"began {rep}"):',
        'if await _is_told(work, call, f"began {rep}"):',
        tests=(_CALLS,),
    ),
    Planted(
        "one end for all calls",
        "The end of one call ends no other.",
        "engine/people.py",
        "calls = tuple(one for one in known.calls if one.name != call)",
        "calls: tuple[PhoneCall, ...] = ()",
        tests=(_CALLS,),
    ),
    Planted(
        "a call is an act for each of its events",
        "A call is one act, however often it is told of.",
        "engine/telephony/taking.py",
        'once = (f"call {name} act", b"act")',
        "once = None",
        tests=(_CALLS,),
    ),
    Planted(
        "the pool sleeps through a call's end",
        "A pool is served at the very instant at which a member's call is over.",
        "kernel/pool.py",
        "        yield conditions.on_call_until\n",
        "        yield conditions.on_call_until + timedelta(minutes=1)\n",
        tests=(_CALLS,),
    ),
    Planted(
        "a token says how it is checked",
        "A JWT is checked by HS256 whatever it says of itself.",
        "engine/telephony/proving.py",
        'header.get("alg") != ALGORITHM',
        'not header.get("alg")',
        tests=(_TELEPHONY,),
    ),
    Planted(
        "a ringing telephone is an act",
        "Nobody of ours has done anything when a telephone rings.",
        "engine/telephony/reading.py",
        "event in mapping.dialled and outward",
        "event in mapping.dialled",
        tests=(_TELEPHONY,),
    ),
    Planted(
        "a ring that nobody heard is an act",
        "The end of a call of unknown direction is no act of ours.",
        "engine/telephony/reading.py",
        "mapping.direction is not None and outward and bool(mapping.dialled)",
        "outward and bool(mapping.dialled)",
        tests=(_TELEPHONY,),
    ),
    Planted(
        "three acts say all of somebody",
        "Who was seen little is expected to be like the others.",
        "engine/handling.py",
        "(sum(own) + SHRUNK_BY * prior) / (len(own) + SHRUNK_BY)",
        "Fraction(sum(own), len(own)) if own else prior",
        tests=("tests/unit/engine/test_handling.py",),
    ),
)
