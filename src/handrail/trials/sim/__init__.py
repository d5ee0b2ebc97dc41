"""The whole engine in virtual time, from one seed: worlds, stories, faults, invariants."""
