"""Text -> Contract, or all that is wrong with it, each thing at its place with its remedy."""

from handrail.contract.read.reading import (
    Findings,
    ReadResult,
    read_contract,
    read_contract_file,
    read_contract_text,
)
from handrail.contract.read.render import render_finding
from handrail.contract.text.tree import places_of

__all__ = [
    "Findings",
    "ReadResult",
    "places_of",
    "read_contract",
    "read_contract_file",
    "read_contract_text",
    "render_finding",
]
