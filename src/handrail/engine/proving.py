"""Proofs in a process of their own: they take seconds of CPU, and a node's clocks must not wait.

`python -m handrail.engine.proving` reads a contract as JSON on stdin and writes what it found.
"""

import asyncio
import resource
import sys
from collections.abc import Mapping

import msgspec

from handrail.contract.findings import Finding
from handrail.contract.read import read_contract_text
from handrail.engine.alone import facts_seen
from handrail.engine.items import Refused

PROVED_WITHIN_S = 60.0
CPU_MAX_S = 90  # of a child whose node was killed and can kill it no more
AT_ONCE_MAX = 1  # beside the doors and clocks of this node

_gate = asyncio.Semaphore(AT_ONCE_MAX)


class Given(msgspec.Struct, frozen=True):
    """What the child is asked: the text of a contract, and its tables by file name."""

    source: str
    tables: dict[str, str] = {}


class Proof(msgspec.Struct, frozen=True):
    """What it answers. `digest` is None when an error was found."""

    findings: tuple[Finding, ...]
    digest: str | None = None
    name: str = ""
    version: int = 0
    tables: dict[str, str] = {}  # those that the contract names

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")


def prove_here(given: Given) -> Proof:
    """In this process: for commands, whose process has nothing else to do."""
    read = read_contract_text(given.source, tables=given.tables, evaluate=facts_seen)
    contract = read.contract
    if contract is None:
        return Proof(findings=read.findings)
    return Proof(
        findings=read.findings,
        digest=contract.digest,
        name=contract.name,
        version=contract.version,
        tables=dict(contract.table_sources),
    )


async def prove(
    source: str, tables: Mapping[str, str], *, within_s: float = PROVED_WITHIN_S
) -> Proof:
    """In another process, one at a time. Raises Refused `unproved` when it does not end well."""
    asked = msgspec.json.encode(Given(source=source, tables=dict(tables)))
    async with _gate:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # else what lies where the node was started would be run in the place of ours
            "-m",
            __name__,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(within_s):
                told, _ = await child.communicate(asked)
        except TimeoutError:
            raise Refused(
                "unproved",
                f"the proofs did not end within {within_s:g} s, so nothing was kept: `handrail "
                "contract check FILE` shows where they stand",
            ) from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    if child.returncode != 0:
        raise Refused(
            "unproved",
            f"the proofs ended with exit code {child.returncode}, so nothing was kept: send it "
            "again, or try `handrail contract check FILE`",
        )
    return msgspec.json.decode(told, type=Proof)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_MAX_S, CPU_MAX_S))
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Given)
    sys.stdout.buffer.write(msgspec.json.encode(prove_here(given)))


if __name__ == "__main__":
    main()
