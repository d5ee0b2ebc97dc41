"""Faults in how servers of calendars are read, written and believed."""

from handrail.trials.mutants_fault import Planted

_TIMES = "tests/unit/connectors/test_graph_times.py"
_GRAPH = "tests/smoke/test_graph.py"

CALENDARS = (
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
)
