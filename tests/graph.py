"""A Graph for tests, held against the types that Microsoft publishes where these are at hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from handrail.connectors.microsoft.fake import CALENDAR, TOKEN, FakeGraph
from handrail.connectors.microsoft.published import Published
from handrail.connectors.microsoft.wire import GraphWire
from handrail.engine.calendars.source import Access
from tests.conftest import ROOT

CSDL = ROOT.parent / "shared/specs/microsoft/graph_v1.0_calendar_subset.csdl.xml"
NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
ACCESS = Access(address=CALENDAR, secret={"access_token": TOKEN})


def published() -> Published | None:
    return Published(CSDL.read_text()) if CSDL.is_file() else None


@asynccontextmanager
async def graph(
    *, page: int = 200, timeout_s: float = 5
) -> AsyncIterator[tuple[FakeGraph, GraphWire]]:
    """The fake and a wire to it."""
    async with FakeGraph(published=published(), page=page) as fake:
        wire = GraphWire(now=lambda: NOW, base_url=fake.base_url, timeout_s=timeout_s)
        yield fake, wire
        await wire.close()
