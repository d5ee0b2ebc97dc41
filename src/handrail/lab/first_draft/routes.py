"""Fields and routing rules on their way into a first contract."""

import msgspec

from handrail.contract.model import FieldType

EVERYONE = "everyone else"
OWNED = "owned account"
OWN_NAMES = (OWNED, EVERYONE)  # of the rules that every draft has


class FieldDraft(msgspec.Struct, frozen=True):
    """`is_country`: its values are ISO 3166 codes."""

    name: str
    type: FieldType
    values: tuple[str, ...] = ()  # none: any
    min: int | None = None
    is_country: bool = False


class RouteDraft(msgspec.Struct, frozen=True):
    """`example`: attributes of a lead that this rule takes, for a rehearsal."""

    name: str
    when: str
    team: str
    comment: str = ""
    example: tuple[tuple[str, str | int | float], ...] | None = None


class Routes(msgspec.Struct, frozen=True):
    """Rules in order; what comes after them is `everyone else`. `unsaid`: what a person must add,
    line by line. `members`: by team the people who were found in it.
    """

    rules: tuple[RouteDraft, ...]
    fields: tuple[FieldDraft, ...]
    fallback: str | None = None  # the team of everyone else; None: the first one
    unsaid: tuple[str, ...] = ()
    members: tuple[tuple[str, tuple[str, ...]], ...] = ()
    title: tuple[str, ...] = ()  # where the rules came from, for the head of the section
