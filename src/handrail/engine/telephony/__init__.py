"""Telephone systems: who is on a call now, and which calls were acts toward a buyer."""
