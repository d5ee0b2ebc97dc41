"""One fault to plant."""

import msgspec


class Planted(msgspec.Struct, frozen=True):
    """One fault. `old` stands exactly once in `file`; `rehearsals` or `tests` must notice `new`."""

    name: str
    law: str
    file: str  # under src/handrail
    old: str
    new: str
    rehearsals: tuple[str, ...] = ()  # under examples/rehearsals, without the ending
    tests: tuple[str, ...] = ()  # where no rehearsal can see it
