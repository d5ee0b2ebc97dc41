"""How late the clocks of this node run, for Prometheus."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from handrail.engine.ticker import Ticker


class _ClockFigures(Collector):
    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker

    def collect(self) -> Iterator[Metric]:
        late = self._ticker.lateness()
        gauge = GaugeMetricFamily(
            "handrail_clock_lateness_seconds",
            "From due to durable, of the latest ticks",
            labels=["quantile"],
        )
        for quantile, seconds in (("0.5", late.p50_s), ("0.99", late.p99_s), ("1", late.max_s)):
            gauge.add_metric([quantile], seconds)
        yield gauge
        yield CounterMetricFamily(
            "handrail_wakeups_taken", "Wake-ups taken by this node", value=self._ticker.taken
        )
        yield GaugeMetricFamily(
            "handrail_ticker_failures",
            "Looks that failed one after the other",
            value=self._ticker.rhythm.failed,
        )


@contextmanager
def figures_of(ticker: Ticker) -> Iterator[None]:
    figures = _ClockFigures(ticker)
    REGISTRY.register(figures)
    try:
        yield
    finally:
        REGISTRY.unregister(figures)
