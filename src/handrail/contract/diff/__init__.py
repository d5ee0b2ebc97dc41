"""What differs between two versions of a contract, by meaning and not by text."""

from handrail.contract.diff.compare import diff
from handrail.contract.diff.model import Diff, Difference
from handrail.contract.diff.sections import changed_sections

__all__ = ["Diff", "Difference", "changed_sections", "diff"]
