"""`uncovered_territory`: a lead may be in none of the territories.

A note: such a lead can only go to reps that take all territories, which may be meant. It stands at
the condition of the last territory; a last one with `when: 'true'` covers the rest.

`example` is a lead without a territory. Nothing is said when no lead was found.
"""

from collections.abc import Iterator

from handrail.contract.checks.examples import Claim, Examples
from handrail.contract.checks.unknown import not_settled
from handrail.contract.findings import Finding
from handrail.contract.model import Contract
from handrail.contract.proof import Possible, Unknown

KIND = "uncovered_territory"


def find(contract: Contract, examples: Examples) -> Iterator[Finding]:
    if not contract.territories:
        return
    last = contract.territories[-1]
    answer = examples.world.ask(examples.any_lead.territory_is(None), shown=False)
    if isinstance(answer, Unknown):
        yield not_settled(last.when, "whether every lead has a territory")
    if not isinstance(answer, Possible):
        return
    example = examples.lead(Claim(fails=tuple(area.when for area in contract.territories)))
    if example is not None:
        message = (
            f"a lead that is not in `{last.name}` may be in no territory at all; if every lead "
            "should have one, add a last territory with when: 'true'"
        )
        place, marked = last.when.place, last.when.text.strip().splitlines()[0]
        yield Finding(KIND, "note", place.line, place.column, message, example, marked)
