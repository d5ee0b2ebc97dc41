"""Floor 0: the vocabulary. Frozen values and closed unions; no decision, no I/O, no clock."""
