"""Reps' calendars kept fresh: what stands on the engine, as `calendars` stands below it."""
