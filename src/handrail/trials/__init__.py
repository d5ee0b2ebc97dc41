"""Floor 6: the real engine on a chosen store: rehearsals, benchmarks, torture, simulation."""
