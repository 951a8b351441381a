"""The candle of one interval as it grows and closes, for both dialects."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import msgspec
import trio

from tradewind.services.gateway.channel import Beaten, Now
from tradewind.services.gateway.market import Market, News
from tradewind.services.marketdata.rules import SECOND_NS, joined
from tradewind.services.marketdata.tables import Candle
from tradewind.values.intervals import Interval

# Trades are told a little after they happened: a candle is not called closed before they can have come.
GRACE_NS = 1 * SECOND_NS
WAIT_MAX_S = 86_400.0


class KlineChannel(Beaten):
    """`newest` is the newest candle that has a trade, `closed` whether its interval is over."""

    def __init__(
        self, name: str, market: Market, interval: Interval, period_s: float, now: Now, owe: Callable[[Beaten], None]
    ) -> None:
        super().__init__(name, market.symbol, period_s, owe)
        self.market, self.interval, self.now = market, interval, now
        self.newest = market.candles.current(interval)
        self.closed = self.newest is not None and self._is_over(self.newest)
        self._watch()

    @abstractmethod
    def shape(self, candle: Candle, *, closed: bool) -> Any: ...

    def note(self, news: News) -> bool:
        burst = news.burst
        if burst is None:
            return False
        start = self.interval.start(burst.opened_s)
        if self.newest is not None and start <= self.newest.opened_s:
            self.newest = joined(self.newest, burst)
        else:
            if self.newest is not None and not self.closed:
                self.say(self.shape(self.newest, closed=True))
            self.newest = msgspec.structs.replace(burst, opened_s=start)
        self.closed = False
        return True

    def told(self) -> Any:
        assert self.newest is not None
        self.closed = self._is_over(self.newest)
        return self.shape(self.newest, closed=self.closed)

    def beat(self, now: float) -> None:
        super().beat(now)
        self._watch()

    def _is_over(self, candle: Candle) -> bool:
        return self.now() >= self.interval.end(candle.opened_s) * SECOND_NS + GRACE_NS

    def _watch(self) -> None:
        """Come back when the candle closes, if nobody trades before."""
        if self.newest is not None and not self.closed:
            left_s = (self.interval.end(self.newest.opened_s) * SECOND_NS + GRACE_NS - self.now()) / SECOND_NS
            self.wants(trio.current_time() + min(max(left_s, 0.0), WAIT_MAX_S))
