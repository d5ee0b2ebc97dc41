"""What every door works with: one of these for each app."""

from fastapi import Request
from prometheus_client import CollectorRegistry, Counter, Gauge

from handrail.engine.engine import Engine
from handrail.engine.grouping import CaptureQueue
from handrail.engine.keys import Keys, KeyScope
from handrail.web.auth import Sessions, authorise
from handrail.web.settings import WebSettings
from handrail.web.stream import Changes


class Doors:
    def __init__(self, *, engine: Engine, keys: Keys | None, settings: WebSettings) -> None:
        self.engine = engine
        self.keys = keys
        self.settings = settings
        self.queue = CaptureQueue(engine)
        self.sessions = Sessions()
        self.changes = Changes(engine=engine, poll_s=settings.poll_s)
        self.registry = CollectorRegistry()
        self.captures = Counter(
            "handrail_captures", "Captures taken in over HTTP", ["outcome"], registry=self.registry
        )
        self.waiting_age = Gauge(
            "handrail_delivery_age_seconds",
            "How long the oldest delivery that is due has waited",
            ["channel"],
            registry=self.registry,
        )
        self._gauges: dict[str, Gauge] = {}

    def gauge(self, name: str) -> Gauge:
        """A figure of this app by its name."""
        known = self._gauges.get(name)
        if known is None:
            text = name.removeprefix("handrail_").replace("_", " ").capitalize()
            known = self._gauges[name] = Gauge(name, text, registry=self.registry)
        return known


def doors_of(request: Request) -> Doors:
    doors = request.app.state.doors
    assert isinstance(doors, Doors)
    return doors


async def enter(request: Request, scope: KeyScope) -> tuple[Doors, str]:
    """The doors, and who asks; raises Problem when they may not."""
    doors = doors_of(request)
    return doors, await authorise(request, scope, keys=doors.keys)
