"""Where teams that speak of the same leads mean different things by MQL, SAL and SQL."""

from handrail.lab.definitions.audit import audit
from handrail.lab.definitions.report import Audit
from handrail.lab.definitions.sides import Answers, Labelled, Written

__all__ = ["Answers", "Audit", "Labelled", "Written", "audit"]
