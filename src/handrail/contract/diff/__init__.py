"""What differs between two versions of a contract, by meaning and not by text."""

from handrail.contract.diff.sections import changed_sections

__all__ = ["changed_sections"]
