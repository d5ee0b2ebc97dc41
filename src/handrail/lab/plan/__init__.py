"""What another version of the contract would have changed on leads that have come in."""

from handrail.lab.plan.breaches import Assumptions, Desk, Routed, predict
from handrail.lab.plan.plan import plan
from handrail.lab.plan.report import Plan
from handrail.lab.plan.treated import Treated, Treatment

__all__ = ["Assumptions", "Desk", "Plan", "Routed", "Treated", "Treatment", "plan", "predict"]
