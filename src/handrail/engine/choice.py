"""What a person chose of channels and alerts, within what the contract keeps on. Pure."""

from collections.abc import Sequence

from handrail.contract.model import Always
from handrail.engine.alerts import KINDS, kind_of
from handrail.engine.channels import PERSONAL
from handrail.engine.items import Refused
from handrail.engine.keys import ApiKey
from handrail.engine.ports import Choice
from handrail.terms.people import Roster


def order_of(
    choice: Choice | None, *, kind: str, always: Always, set_up: Sequence[str]
) -> tuple[str, ...]:
    """The channels for a kind, in the order in which they are tried.

    What must arrive falls back on every channel; the rest on those that were chosen, and those
    that the contract keeps on.
    """
    chosen = choice.channels if choice is not None else ()
    must = is_kept(kind, always=always) or not set(chosen) & set(set_up)
    wanted = dict.fromkeys((*chosen, *always.channels, *(set_up if must else ())))
    return tuple(name for name in wanted if name in set_up)


def is_off(choice: Choice | None, *, kind: str, always: Always) -> bool:
    return choice is not None and kind in choice.off and not is_kept(kind, always=always)


def is_kept(kind: str, *, always: Always) -> bool:
    """Nobody can switch it off."""
    return kind_of(kind).must or kind in always.kinds


def check_may_choose(*, whose: str, key: ApiKey | None, roster: Roster) -> None:
    """People their own, a manager those of their teams, RevOps anybody's. `key`: None in open
    access. Raises Refused."""
    if key is None or {"admin", "roster:write"} & {*key.scopes}:
        return
    managed = [team for team in roster.teams.values() if team.manager == key.person]
    if key.person == whose or any(whose == one.rep for team in managed for one in team.members):
        return
    raise Refused(
        "forbidden",
        f"key {key.name} may not speak for {whose!r}: a key made with `--person` speaks for its "
        "person and for the teams that this person manages, one with roster:write for anybody",
    )


def check_choice(choice: Choice, *, always: Always) -> None:
    """Raises Refused."""
    unknown = [name for name in choice.channels if name not in PERSONAL]
    unknown += [kind for kind in choice.off if kind not in KINDS]
    if unknown:
        known = f"channels are {', '.join(PERSONAL)}; kinds are {', '.join(sorted(KINDS))}"
        raise Refused("bad_value", f"there is no {', '.join(unknown)}; {known}")
    kept = [kind for kind in choice.off if is_kept(kind, always=always)]
    kept += [name for name in always.channels if choice.channels and name not in choice.channels]
    if kept:
        raise Refused("bad_value", f"{', '.join(kept)} cannot be switched off")
