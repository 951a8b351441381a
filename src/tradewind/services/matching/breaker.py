"""The circuit breaker of one market: prices that move too far too fast halt it, and it opens again in two steps."""

from tradewind.services.matching.tables import MarketRules
from tradewind.values.money import BPS
from tradewind.values.orders import MarketState

SECOND_NS = 1_000_000_000
STRETCHES = 60  # a window is remembered in about so many pieces, whatever its length
TRADING, POST_ONLY, HALT = MarketState.TRADING, MarketState.POST_ONLY, MarketState.HALT


class Breaker:
    """`ranges`: lowest and highest price by the second in which a stretch of time begins; `touched` are those to be written.

    A window is made of the stretches that began within it; it begins anew when the breaker trips, so that the market opens to
    whatever price it finds.
    """

    __slots__ = ("ranges", "state", "touched", "until")

    def __init__(self, state: MarketState = TRADING, until: int = 0) -> None:
        self.state = state
        self.until = until
        self.ranges: dict[int, tuple[int, int]] = {}
        self.touched: dict[int, None] = {}

    def traded(self, rules: MarketRules, first: int, last: int, now: int) -> bool:
        """An order has traded from price `first` to price `last`. Whether that trips the breaker."""
        second = now // SECOND_NS
        stretch = max(1, rules.breaker_window_s // STRETCHES)
        for old in [begin for begin in self.ranges if begin <= second - rules.breaker_window_s]:
            self._forget(old)
        begin, tripped = second - second % stretch, False
        low = min((low for low, _ in self.ranges.values()), default=first)
        high = max((high for _, high in self.ranges.values()), default=first)
        for price in (first, last):
            up, down = (price - low) * BPS >= rules.breaker_bps * low, (high - price) * BPS >= rules.breaker_bps * high
            tripped, low, high = tripped or up or down, min(low, price), max(high, price)
        lowest, highest = self.ranges.get(begin, (first, first))
        self.ranges[begin] = min(lowest, first, last), max(highest, first, last)
        self.touched[begin] = None
        if tripped:
            self.clear()
            self.state, self.until = HALT, now + rules.breaker_halt_s * SECOND_NS
        return tripped

    def step(self, rules: MarketRules, now: int) -> None:
        """One step towards TRADING, if its time has come."""
        if 0 < self.until <= now:
            halted = self.state is HALT
            self.state = POST_ONLY if halted else TRADING
            self.until = now + rules.breaker_reopen_s * SECOND_NS if halted else 0

    def clear(self) -> None:
        for begin in list(self.ranges):
            self._forget(begin)

    def _forget(self, begin: int) -> None:
        del self.ranges[begin]
        self.touched[begin] = None
