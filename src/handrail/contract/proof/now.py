"""When the leads of examples are captured. Nothing that is proved depends on it."""

from datetime import UTC, datetime

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
