#!/usr/bin/env python3
"""Verify an exported ledger without a line of Handrail.

    handrail ledger export | tools/verify_ledger.py

Reads NDJSON, an entry a line, from a file or standard input. Checks that the numbers run from 1
without a gap, that each digest is SHA-256 of the digest before it and the body's bytes (the first
stands on 32 zero bytes), and that the columns say what the body says. `--head` is the digest that
you noted elsewhere earlier: without it a cut tail cannot be seen.

Exit 0 whole, 1 not whole, 2 unreadable.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

COLUMNS = ("seq", "at", "kind", "lead", "handoff")
FAULTS_MAX = 1_000


def main() -> int:
    parser = argparse.ArgumentParser(description="Verify an exported ledger.")
    parser.add_argument("file", nargs="?", help="NDJSON; standard input without it")
    parser.add_argument("--head", help="a digest (hex) that must be in the ledger, noted earlier")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    asked = parser.parse_args()
    try:
        report = verify(lines_of(asked.file), head=asked.head)
    except (OSError, UnicodeDecodeError) as fault:
        print(f"verify_ledger: {fault}", file=sys.stderr)
        return 2
    if asked.json:
        print(json.dumps(report))
    else:
        for fault in report["faults"]:
            print(f"entry {fault['seq']}: {fault['message']}")
        print(f"{report['entries']} entries, head {report['head']}")
        print("the ledger is whole" if report["ok"] else "the ledger is NOT whole")
    return 0 if report["ok"] else 1


def lines_of(file: str | None) -> Iterator[str]:
    if file is None:
        yield from sys.stdin
        return
    with open(file, encoding="utf-8") as opened:
        yield from opened


def verify(lines: Iterable[str], *, head: str | None = None) -> dict[str, Any]:
    faults: list[dict[str, Any]] = []
    expected, before, count = 1, bytes(32), 0
    head_seen = head is None

    def fault(seq: int, message: str) -> None:
        if len(faults) < FAULTS_MAX:
            faults.append({"seq": seq, "message": message})

    for line in lines:
        if not line.strip():
            continue
        count += 1
        try:
            entry = json.loads(line)
            body = entry["body"].encode("utf-8")
            digest = bytes.fromhex(entry["digest"])
            said = json.loads(body)
            seq = int(entry["seq"])
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            fault(expected, f"line {count} cannot be read: {wrong!r}")
            continue
        if seq != expected:
            fault(expected, f"entry {expected} should stand here, entry {seq} does")
        elif hashlib.sha256(before + body).digest() != digest:
            fault(seq, "the digest is not that of this body on top of the entry before")
        for name in COLUMNS:
            if entry.get(name) != said.get(name):
                fault(seq, f"column {name} says {entry.get(name)!r}, the body {said.get(name)!r}")
        head_seen = head_seen or digest.hex() == head
        expected, before = seq + 1, digest
    if not head_seen:
        fault(expected, f"the digest {head} that was noted is not in the ledger")
    return {"ok": not faults, "entries": count, "head": before.hex(), "faults": faults}


if __name__ == "__main__":
    sys.exit(main())
