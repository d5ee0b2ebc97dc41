"""What two versions of a contract differ in. Names are the command line's promise."""

import msgspec


class Difference(msgspec.Struct, frozen=True):
    """One thing that is different. `old` and `new` say what is made of the `example`, or what the
    clause says; lines are those of the clauses that cause it, None where a version has none."""

    kind: str  # what of a lead is different, else the section of the clause
    old: str
    new: str
    example: dict[str, object] | None
    old_line: int | None
    new_line: int | None
    message: str


class Diff(msgspec.Struct, frozen=True):
    """`equivalent`: every lead is treated the same and every clause asks the same of people.

    `unknown` says what could not be settled: nobody may take it for the same. `words` are names and
    definitions in words, which change what is recorded and printed, not what is done.
    """

    equivalent: bool
    same_treatment: bool
    differences: tuple[Difference, ...]
    unknown: tuple[str, ...]
    words: tuple[Difference, ...]
    sections: tuple[str, ...]
