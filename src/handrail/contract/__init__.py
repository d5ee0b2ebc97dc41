"""Floor 1: text -> Contract or findings."""
