"""Changes of dictionaries that can be taken back, and keys in the order of their instants."""

import heapq
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_ABSENT: Any = object()
SLACK = 64  # outdated entries that an agenda may hold beside four for each live one


class Journal:
    """Every change goes through here, so that a failed transaction leaves no trace."""

    def __init__(self) -> None:
        self._changes: list[tuple[dict[Any, Any], Any, Any, Any]] = []

    @property
    def is_dirty(self) -> bool:
        return bool(self._changes)

    def put(self, table: dict[K, V], key: K, value: V) -> None:
        self._changes.append((table, key, table.get(key, _ABSENT), value))
        table[key] = value

    def drop(self, table: dict[K, V], key: K) -> None:
        if key in table:
            self._changes.append((table, key, table.pop(key), _ABSENT))

    def mark(self) -> int:
        """A point to which `undo` can go back."""
        return len(self._changes)

    def undo(self, *, to: int = 0) -> None:
        for table, key, before, _ in reversed(self._changes[to:]):
            _set(table, key, before)
        del self._changes[to:]

    def keep(self) -> None:
        self._changes.clear()

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Look at what was there before; nothing may be awaited meanwhile."""
        for table, key, before, _ in reversed(self._changes):
            _set(table, key, before)
        try:
            yield
        finally:
            for table, key, _, after in self._changes:
                _set(table, key, after)


def _set(table: dict[Any, Any], key: Any, value: Any) -> None:
    if value is _ABSENT:
        table.pop(key, None)
    else:
        table[key] = value


class Agenda(Generic[K]):
    """Keys by instant. `instants` is the truth, and may change by itself when changes are undone.

    `order` gives the sort key of those at one instant. Entries of the heap that are no longer true
    are passed over, and dropped only by `tidy`, when nothing can be undone any more.
    """

    def __init__(self, instants: Mapping[K, datetime], *, order: Callable[[K], str]) -> None:
        self._instants = instants
        self._order = order
        self._heap: list[tuple[datetime, str, K]] = []

    def add(self, key: K, at: datetime) -> None:
        heapq.heappush(self._heap, (at, self._order(key), key))

    def due(self, *, now: datetime | None, limit: int) -> list[tuple[K, datetime]]:
        """Those at or before `now` (None: all), earliest first."""
        found: dict[K, datetime] = {}
        passed = []
        while self._heap and len(found) < limit and (now is None or self._heap[0][0] <= now):
            entry = heapq.heappop(self._heap)
            passed.append(entry)
            at, _, key = entry
            if self._instants.get(key) == at:
                found[key] = at
        for entry in passed:
            heapq.heappush(self._heap, entry)
        return list(found.items())

    def count_due(self, *, now: datetime, limit: int) -> int:
        return len(self.due(now=now, limit=limit))

    def tidy(self) -> None:
        """Drop what is outdated, now and then; only between transactions."""
        if len(self._heap) > 4 * len(self._instants) + SLACK:
            self._heap = [(at, self._order(key), key) for key, at in self._instants.items()]
            heapq.heapify(self._heap)
            return
        while self._heap and self._instants.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
