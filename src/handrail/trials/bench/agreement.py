"""Whether proofs and the kernel say the same of a million leads near a contract's boundaries."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from random import Random

from handrail.contract.model import Contract
from handrail.contract.proof import Encoding, disagreements
from handrail.contract.read import read_contract_file, read_contract_text
from handrail.engine.alone import facts_seen
from handrail.trials.bench.contract_rules import TABLES, contract_of
from handrail.trials.bench.figures import Figure, figure
from handrail.trials.bench.ground import Ground
from handrail.trials.drawn import Drawing
from handrail.trials.sample import CONTRACT

LEADS = 1_000_000
PORTION = 5_000
RULES = 20  # two of each kind of condition


async def agreement(_: Ground) -> list[Figure]:
    """The count of leads of which the encoding and the evaluator differ: none is wanted.

    The yardstick is the evaluator alone on the same leads.
    """
    began = time.perf_counter()
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        portions = list(workers.map(_portion, range(LEADS // PORTION)))
    took = time.perf_counter() - began
    differing = sum(one for one, _ in portions)
    alone = sum(seconds for _, seconds in portions) / (os.cpu_count() or 1)
    return [
        figure("agreement_differing_leads", differing, f"of {LEADS}", note="wanted 0"),
        figure("agreement_leads", LEADS / took, "/s", yardstick=LEADS / alone),
    ]


def _portion(seed: int) -> tuple[int, float]:
    """How many of its leads differ, and the seconds that the evaluator took for them."""
    contract = _contract(seed)
    encoding, seconds, differing = Encoding([contract]), 0.0, 0
    for line in _lines(contract, seed):
        began = time.perf_counter()
        facts = facts_seen(contract, line)
        seconds += time.perf_counter() - began
        differing += bool(disagreements(encoding, facts))
    return differing, seconds


def _lines(contract: Contract, seed: int) -> Iterator[dict[str, object]]:
    drawing = Drawing(contract, Random(seed))
    return (drawing.line(number) for number in range(PORTION))


def _contract(seed: int) -> Contract:
    """The sample company's, and one with rules of every kind, by turns."""
    if seed % 2:
        read = read_contract_file(CONTRACT, proofs="none")
    else:
        read = read_contract_text(contract_of(RULES)[0], tables=TABLES, proofs="none")
    assert read.contract is not None, read.findings
    return read.contract
