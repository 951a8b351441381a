"""Which orders end by themselves, and when."""

from heapq import heappop, heappush


class Deadlines:
    """`till`: good_till (wall ns) by order id, of orders that rest or wait. An order that ends otherwise is taken out of it."""

    __slots__ = ("_heap", "till")

    def __init__(self) -> None:
        self.till: dict[int, int] = {}
        self._heap: list[tuple[int, int, str]] = []

    def add(self, good_till: int, order_id: int, symbol: str) -> None:
        self.till[order_id] = good_till
        heappush(self._heap, (good_till, order_id, symbol))

    def next(self) -> int:
        """The first instant at which one is over; 0 = there is none."""
        while self._heap and self._heap[0][1] not in self.till:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else 0

    def pop(self, now: int) -> tuple[int, str] | None:
        """The next whose time has come, as (order id, symbol): by instant, then by id."""
        if not 0 < self.next() <= now:
            return None
        _, order_id, symbol = heappop(self._heap)
        del self.till[order_id]
        return order_id, symbol
