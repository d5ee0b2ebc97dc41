"""`unrouted`: a lead could go nowhere.

An error. The last routing rule must match every lead, absent values included, and its last target
must be a team, so that a lead always ends with somebody. The finding stands at the last rule's
condition or at its last target. What cannot be settled within the budget counts as not proven.

`example` is a lead that no rule takes; null where earlier rules happen to take all others.
"""

from collections.abc import Callable, Iterator, Mapping

from handrail.contract.checks.examples import Claim, Examples
from handrail.contract.findings import Finding
from handrail.contract.model import Contract, Place, TeamTarget
from handrail.contract.proof import Impossible
from handrail.contract.proof.lines import Lead

KIND = "unrouted"
Path = tuple[str | int, ...]


def find(
    contract: Contract,
    examples: Examples,
    places: Callable[[], Mapping[Path, Place]],
) -> Iterator[Finding]:
    """`places` gives the place of each value of the file by its path."""
    if not contract.routing:
        place = places().get(("routing",), Place(1, 1))
        message = "there is no rule, so that no lead is routed; end with `when: 'true', to: team:T`"
        yield _finding(place, message, examples.lead(Claim()))
        return
    last = contract.routing[-1]
    whens = tuple(rule.when for rule in contract.routing)
    fails = examples.any_lead.fails(last.when)
    if not isinstance(examples.world.ask(fails, overridden=True, shown=False), Impossible):
        message = (
            f"the last rule `{last.name}` does not match every lead (a missing field matches "
            "nothing), so that some go nowhere; add a last rule with when: 'true' to a team"
        )
        example = examples.lead(Claim(fails=whens))
        yield _finding(last.when.place, message, example, last.when.text)
        return
    if not isinstance(last.to[-1], TeamTarget):
        target = len(last.to) - 1
        at = ("routing", len(whens) - 1, "to")
        place = places().get((*at, target)) or places().get(at) or last.when.place
        message = (
            f"the last rule `{last.name}` must end in a team, which always exists; "
            "add `team:NAME` as its last target"
        )
        yield _finding(place, message, examples.lead(Claim(fails=whens[:-1])))


def _finding(place: Place, message: str, example: Lead | None, text: str | None = None) -> Finding:
    marked = None if text is None else text.strip().splitlines()[0]
    return Finding(KIND, "error", place.line, place.column, message, example, marked)
