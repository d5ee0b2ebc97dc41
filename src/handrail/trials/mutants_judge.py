"""Say by the exit code whether rehearsals still hold: 0 they do, 1 they do not, 2 cannot run.

Run in a process of its own, on a copy of the source that holds one planted fault.
"""

import asyncio
import sys
from pathlib import Path

from handrail.engine.items import Refused
from handrail.trials.rehearsal_file import BadRehearsal
from handrail.trials.rehearse import rehearse


async def judge(files: list[Path]) -> str | None:
    """What first went wrong in any of the rehearsals."""
    for file in files:
        try:
            outcome = await rehearse(file)
        except AssertionError as fault:
            return f"assertion: {fault}"
        if not outcome.ok:
            return outcome.hints[0] if outcome.hints else f"unwanted: {outcome.unwanted[0]}"
    return None


def main(names: list[str]) -> int:
    try:
        wrong = asyncio.run(judge([Path(name) for name in names]))
    except (BadRehearsal, Refused) as fault:
        print(fault)
        return 2
    print(wrong or "nothing went wrong")
    return 0 if wrong is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
