"""Benchmarks: each figure beside a yardstick of the same run, never a timed test."""
