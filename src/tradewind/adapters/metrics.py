"""The Tally port as Prometheus counters, and a page of all metrics."""

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST


class Metrics:
    """One registry per process. A mark is born at 0 by `expect`, so that its first count is seen as a change."""

    def __init__(self, *marks: str) -> None:
        self.registry = CollectorRegistry()
        self._marks = Counter("tradewind_marks_total", "Rare branches taken, by name.", ["mark"], registry=self.registry)
        for mark in marks:
            self._marks.labels(mark)

    def count(self, mark: str, times: int = 1) -> None:
        self._marks.labels(mark).inc(times)

    async def page(self) -> tuple[int, str, bytes]:
        return 200, CONTENT_TYPE_LATEST, generate_latest(self.registry)
