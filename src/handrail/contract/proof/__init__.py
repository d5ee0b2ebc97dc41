"""Proofs: what holds of every lead that there can be, and leads that show what can happen.

A condition is cut into atoms; the values of each field and signal fall into finitely many classes
that no atom tells apart (`classes/`). Conditions are then formulas over classes (`encoding`), what
a contract makes of a lead is a function of them (`made`), and z3 is asked (`solver`, `world`).
"""

from handrail.contract.proof.agreement import disagreements
from handrail.contract.proof.encoding import Encoding
from handrail.contract.proof.solver import Budget
from handrail.contract.proof.witness import Witnesses
from handrail.contract.proof.world import Impossible, Possible, SymbolicLead, Unknown, World

__all__ = [
    "Budget",
    "Encoding",
    "Impossible",
    "Possible",
    "SymbolicLead",
    "Unknown",
    "Witnesses",
    "World",
    "disagreements",
]
