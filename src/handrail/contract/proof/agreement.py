"""Whether the encoding says of a lead what the evaluator says: the ground under every proof."""

from handrail.contract.facts import Facts
from handrail.contract.model import Condition
from handrail.contract.proof.encoding import Encoding
from handrail.contract.proof.formula import Amount, Formula, Reading
from handrail.contract.proof.scores import Clamped, Divided, Unfixed


def disagreements(encoding: Encoding, facts: Facts) -> list[str]:
    """What the encoding of one contract says otherwise of a lead than its facts; empty when none.

    `facts` are those of the kernel: scores, tier, territory and lead type among them. Looked at are
    every condition (true, false, fault), what the classes claim of every lead, how scores are made,
    and tier, territory and lead type as the first that match.
    """
    (contract,) = encoding.contracts
    placed = [*encoding.place(facts)]
    amounts = {one.variable: one.amount for one in placed if one.amount is not None}
    made = encoding.made[0]
    for score in contract.scores:
        variable, value = made.score(score.name), facts.values[score.name]
        assert variable is not None and isinstance(value, int)
        amounts[variable] = value
    for condition in contract.conditions():
        encoding.answers(0, condition)  # some quantities are made when first asked about
    for quantity in encoding.quantities.values():
        if isinstance(quantity, Divided):
            amounts[quantity.variable] = quantity.of(amounts)
    reading = Reading({one.variable: one.number for one in placed}, amounts)
    found = [
        one.text for one in contract.conditions() if not _agrees(encoding, one, facts, reading)
    ]
    shared = {id(one): one for group in encoding.constraints.values() for one in group}
    found += ["a class that cannot be" for one in shared.values() if not reading.says(one)]
    found += [
        f"how {one.variable} is made"
        for one in encoding.quantities.values()
        if isinstance(one, Clamped) and not _is_made(one, encoding, reading, amounts)
    ]
    return found + [name for name, one in _made_values(encoding, facts) if not reading.says(one)]


def _agrees(encoding: Encoding, condition: Condition, facts: Facts, reading: Reading) -> bool:
    answer = condition.test(facts)
    said = encoding.answers(0, condition)
    truth, falsity = reading.says(said.truth), reading.says(said.falsity)
    return (truth, falsity) == (answer is True, answer is False)


def _is_made(one: Clamped, encoding: Encoding, reading: Reading, amounts: dict[str, int]) -> bool:
    """The score is the sum of its parts; signals may have added what they can reach."""
    total, least, most = 0, 0, 0
    for factor, part in one.amounts:
        quantity = encoding.quantities.get(part.variable) if isinstance(part, Amount) else None
        if isinstance(quantity, Unfixed):
            least = -_ENDLESS if quantity.least is None else quantity.least
            most = _ENDLESS if quantity.most is None else quantity.most
        elif isinstance(part, Amount):
            total += factor * amounts[part.variable]
        else:
            total += factor * reading.says(part)
    score = amounts[one.variable]
    return _clamped(total + least, one) <= score <= _clamped(total + most, one)


_ENDLESS = 2**80  # more than any score


def _clamped(total: int, one: Clamped) -> int:
    bounded = max(one.floor, total)
    return bounded if one.cap is None else min(one.cap, bounded)


def _made_values(encoding: Encoding, facts: Facts) -> list[tuple[str, Formula]]:
    made, values = encoding.made[0], facts.values
    tier, kind, place = (values.get(name) for name in ("tier", "lead_type", "territory"))
    assert isinstance(tier, str) and isinstance(kind, str)
    assert place is None or isinstance(place, str)
    return [
        ("tier", made.tier_is(tier)),
        ("lead_type", made.type_is(kind)),
        ("territory", made.territory_is(place)),
    ]
