"""What a benchmark says: a value, its unit, what it is held against, and on what machine."""

import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

PROBE_WRITES = 50
PROBE_BYTES = 8_192


class Figure(msgspec.Struct, frozen=True):
    """One measured value. `ratio` is value / yardstick; both were measured in this run."""

    name: str
    value: float
    unit: str
    yardstick: float | None = None
    ratio: float | None = None
    note: str | None = None


def figure(
    name: str, value: float, unit: str, *, yardstick: float | None = None, note: str | None = None
) -> Figure:
    ratio = value / yardstick if yardstick else None
    return Figure(
        name=name,
        value=_rounded(value),
        unit=unit,
        yardstick=_rounded(yardstick) if yardstick is not None else None,
        ratio=_rounded(ratio) if ratio is not None else None,
        note=note,
    )


def _rounded(value: float) -> float:
    return round(value, 4 if abs(value) < 10 else 1)


def percentile(values: Sequence[float], per_cent: float) -> float:
    """The value below which this share of all lies; nearest rank."""
    assert values
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * per_cent / 100))]


async def machine(connection: asyncpg.Connection, folder: Path) -> dict[str, Any]:
    """What the figures were taken on; durable ones mean nothing without it."""
    shown = {
        name: await connection.fetchval(f"show {name}")
        for name in ("fsync", "synchronous_commit", "full_page_writes", "server_version")
    }
    return {
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": sys.version.split()[0],
        **shown,
        "file_system": _file_system(folder),
        "fsync_probe_ms": _fsync_probe(folder),
    }


def _file_system(folder: Path) -> str:
    """The type of the mount that holds the folder, where the system says it."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return "unknown"
    best, kind = "", "unknown"
    for line in mounts.read_text().splitlines():
        _, point, name, *_ = line.split()
        if str(folder.resolve()).startswith(point) and len(point) > len(best):
            best, kind = point, name
    return kind


def _fsync_probe(folder: Path) -> dict[str, float]:
    """Milliseconds of an 8 kB write with fsync: median and worst of fifty."""
    path = folder / "fsync-probe"
    times = []
    with path.open("wb") as file:
        for _ in range(PROBE_WRITES):
            began = time.perf_counter()
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - began) * 1_000)
    path.unlink()
    return {"p50": round(percentile(times, 50), 3), "max": round(max(times), 3)}
