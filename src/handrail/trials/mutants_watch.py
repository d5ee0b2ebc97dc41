"""Faults to plant in the watcher: whoever is to wake people must itself be right."""

from handrail.trials.mutants_fault import Planted

_WATCH = "tests/unit/engine/test_watch.py"
_BEAT = "tests/unit/engine/test_heartbeat.py"
_WATCHING = "tests/unit/engine/test_watching.py"

WATCH = (
    Planted(
        "a heartbeat of the future counts",
        "A node whose clock runs ahead does not look alive after its death.",
        "engine/watch.py",
        "    if any(abs(look.at - beat.at) <= limits.beat for beat in beats):\n",
        "    if any(look.at - beat.at <= limits.beat for beat in beats):\n",
        tests=(_WATCH,),
    ),
    Planted(
        "an alarm is told at every look",
        "A trouble is told once, and again only after an hour.",
        "engine/watch.py",
        "return now - trouble.told_at >= limits.again",
        "return True",
        tests=(_WATCH,),
    ),
    Planted(
        "an alarm that nobody took counts as told",
        "An alarm is due until a channel took it.",
        "engine/watching.py",
        "settle(judged.troubles, taken=taken, now=now)",
        "settle(judged.troubles, taken=judged.alarms, now=now)",
        tests=(_WATCHING,),
    ),
    Planted(
        "one cause, three alarms",
        "What follows from a missing engine is not told beside it.",
        "engine/watch.py",
        '    "engine": frozenset({"clocks", "deliveries"}),\n',
        "",
        tests=(_WATCH,),
    ),
    Planted(
        "names leave in an alarm",
        "An alarm names no lead and no rep.",
        "engine/watch.py",
        'return f"{len(faults)} invariants of the stored state do not hold." if faults else ""',
        'return ", ".join(faults)',
        tests=(_WATCH,),
    ),
    Planted(
        "a node that was held up blames its clocks",
        "Clocks stand only for as long as their process runs without a pause.",
        "engine/heartbeat.py",
        "or now - self._before > HELD_AFTER:",
        "or False:",
        tests=(_BEAT,),
    ),
    Planted(
        "a broken link is passed by",
        "A place in the ledger is left only when all up to the next one holds.",
        "engine/watching.py",
        "    if book.faults:\n",
        "    if False:\n",
        tests=(_WATCHING,),
    ),
    Planted(
        "a ledger that became shorter is well",
        "Entries that were checked before are still there.",
        "engine/watching.py",
        "    if head.seq < place.seq:\n",
        "    if False:\n",
        tests=(_WATCHING,),
    ),
    Planted(
        "a watcher that reaches nobody says it lives",
        "The dead-man address hears only of rounds whose alarms were taken.",
        "engine/watching.py",
        "        if not untold and self._alive is not None:\n",
        "        if self._alive is not None:\n",
        tests=(_WATCHING,),
    ),
    Planted(
        "the watcher may write",
        "Who only looks changes nothing in the database.",
        "store/connection.py",
        '"default_transaction_read_only": "on"',
        '"default_transaction_read_only": "off"',
        tests=("tests/smoke/test_watch_alarms_out.py",),
    ),
)
