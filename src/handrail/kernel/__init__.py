"""Floor 2: the pure kernel. Decides; never reads a clock, a database or chance."""
