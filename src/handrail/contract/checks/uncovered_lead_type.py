"""`uncovered_lead_type`: a lead may match none of the lead types.

A note: it is given the last one all the same, with its window and its strategy, which may be meant.
It stands at the condition of the last lead type; a last one with `when: 'true'` says so openly.

`example` is a lead that matches none. Nothing is said when no lead was found.
"""

from collections.abc import Iterator

from handrail.contract.checks.examples import Claim, Examples
from handrail.contract.checks.unknown import not_settled
from handrail.contract.findings import Finding
from handrail.contract.model import Contract
from handrail.contract.proof import Impossible, Unknown

KIND = "uncovered_lead_type"


def find(contract: Contract, examples: Examples) -> Iterator[Finding]:
    whens = tuple(kind.when for kind in contract.lead_types)
    last = contract.lead_types[-1]
    fails = [examples.any_lead.fails(when) for when in whens]
    answer = examples.world.ask(*fails, shown=False)
    if isinstance(answer, Unknown):
        yield not_settled(last.when, "whether every lead matches a lead type")
    if isinstance(answer, Impossible | Unknown):
        return
    example = examples.lead(Claim(fails=whens))
    if example is not None:
        message = (
            f"a lead that matches no lead type is taken for `{last.name}` all the same; if that is "
            "meant, write when: 'true' here, else add a last one for the rest"
        )
        place, marked = last.when.place, last.when.text.strip().splitlines()[0]
        yield Finding(KIND, "note", place.line, place.column, message, example, marked)
