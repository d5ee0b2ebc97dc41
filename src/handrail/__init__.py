"""Handrail: carries a lead from marketing to a conversation, and lets none fall."""

__version__ = "0.1.0"
