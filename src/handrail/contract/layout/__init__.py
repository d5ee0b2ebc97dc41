"""One way to lay a contract out, whoever wrote it: the same words, the same comments."""

from handrail.contract.layout.lay_out import lay_out

__all__ = ["lay_out"]
