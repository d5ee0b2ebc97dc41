"""Faults in how servers of calendars are read, written and believed."""

from handrail.trials.mutants_fault import Planted

_TIMES = "tests/unit/connectors/test_graph_times.py"
_GRAPH = "tests/smoke/test_graph.py"
_PUSHES = "tests/smoke/test_calendar_pushes.py"
_MOVED = "tests/smoke/test_moved_in_the_calendar.py"

CALENDARS = (
    Planted(
        "an old entry moves a meeting back",
        "What a calendar shows from before our write is nobody's wish.",
        "engine/syncing/moved.py",
        "entry.span is None or entry.sequence < meeting.changes",
        "entry.span is None",
        tests=(_MOVED,),
    ),
    Planted(
        "an entry counts that we are about to write",
        "While a write of ours is on its way, an entry says nothing of what the rep wants.",
        "engine/syncing/moved.py",
        "command is None or await _is_being_written(engine, handoff)",
        "command is None",
        tests=(_MOVED,),
    ),
    Planted(
        "tidying up calls a meeting off",
        "Who deletes what is over calls nothing off.",
        "engine/syncing/moved.py",
        "cmd.CancelMeeting(by=by) if meeting.from_at > now else None",
        "cmd.CancelMeeting(by=by)",
        tests=(_MOVED,),
    ),
    Planted(
        "what is refused stands in the calendar",
        "Calendar, invitation and ledger say the same.",
        "engine/syncing/moved.py",
        "            await _write_back(engine, case, meeting, calendars=calendars)\n",
        "            continue\n",
        tests=(_MOVED,),
    ),
    Planted(
        "a series is a meeting of its own",
        "The occurrences of a series take time, and not the series beside them.",
        "connectors/microsoft/times.py",
        "        if event.is_series:\n            continue  # a plan: its times stand beside it\n",
        "",
        tests=(_TIMES,),
    ),
    Planted(
        "a whole day by the clock of Greenwich",
        "Whole days lie in the rep's own zone.",
        "connectors/microsoft/times.py",
        "span = _days(event, told, local) if is_day else None",
        "span = None",
        tests=(_TIMES,),
    ),
    Planted(
        "our own meeting is read back",
        "What we have written is not in its own way when it moves.",
        "connectors/microsoft/reading.py",
        'if (event.transaction_id or "").endswith(OURS):',
        "if False:",
        tests=(_TIMES, _GRAPH),
    ),
    Planted(
        "the series of an occurrence is not asked for",
        "An occurrence is kept with its series wherever it leans on it.",
        "connectors/microsoft/graph.py",
        "wanted = sorted(partial | (series - known.keys()))",
        "wanted = sorted(partial)",
        tests=(_GRAPH,),
    ),
    Planted(
        "a meeting is written anew at each change",
        "A meeting stands once in its calendar, however often it is written.",
        "connectors/microsoft/graph.py",
        "        known = await self._holding(access, event.uid)\n        for number",
        "        known: list[str] = []\n        for number",
        tests=(_GRAPH,),
    ),
    Planted(
        "anybody tells of a change",
        "Only who knows the calendar's token is heard.",
        "engine/syncing/pushes.py",
        "        return any(same)",
        "        return True",
        tests=(_PUSHES,),
    ),
    Planted(
        "one token for all calendars",
        "A token opens one calendar of one kind.",
        "engine/syncing/pushes.py",
        'hmac.digest(key, f"{kind} {calendar}".encode(), hashlib.sha256)',
        'hmac.digest(key, b"", hashlib.sha256)',
        tests=(_PUSHES,),
    ),
    Planted(
        "a promise runs out",
        "A server's promise to tell of changes is made longer before it ends.",
        "engine/syncing/pushes.py",
        "if known is not None and known.expires_at - now > RENEW_BEFORE:",
        "if known is not None:",
        tests=(_PUSHES,),
    ),
    Planted(
        "a server that refuses is asked at each reading",
        "A server that promises nothing is not pestered.",
        "engine/syncing/pushes.py",
        "if asked_at is not None and now - asked_at < ASK_EVERY:",
        "if False:",
        tests=(_PUSHES,),
    ),
    Planted(
        "one that hangs holds up all",
        "One server holds up no other's calendars.",
        "engine/syncing/sync.py",
        "asyncio.wait(self._reading, timeout=self._look_max_s)",
        "asyncio.wait(self._reading)",
        tests=("tests/unit/engine/test_calendar_sync.py",),
    ),
    Planted(
        "anybody's calendar is connected",
        "Whose calendar an administrator lets us into says the roster, and not who asks.",
        "engine/syncing/connecting.py",
        'if access.address not in ("", person):',
        "if False:",
        tests=("tests/smoke/test_graph_application.py",),
    ),
    Planted(
        "an invitation keeps the node busy",
        "Whoever may send an invitation must not keep us busy.",
        "connectors/icalendar/times.py",
        "_behind(event, window) / step > STEPS_MAX",
        "_behind(event, window) / step > 10**4 * STEPS_MAX",
        tests=("tests/unit/connectors/test_calendar_times.py",),
    ),
)
