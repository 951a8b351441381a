"""One symbol's newest candles, as a gateway remembers them: enough for each interval's open candle, and for a day."""

from collections import deque
from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple

from tradewind.services.marketdata.rules import SECOND_NS, grown, joined
from tradewind.services.marketdata.tables import Candle
from tradewind.values.intervals import DAY_S, HOUR_S, MINUTE_S, Interval, Width

AVERAGE_S = 5 * MINUTE_S
# How far back closed candles of each width are kept from the one that is open: the average, a day, 12h, a month.
SPAN_S = {Width.SECOND: AVERAGE_S, Width.MINUTE: DAY_S, Width.HOUR: 12 * HOUR_S, Width.DAY: 31 * DAY_S}


class Day(NamedTuple):
    """The last 24 hours, in units; zeros when nothing traded, but for `last`."""

    open: int
    high: int
    low: int
    last: int
    volume: int
    quote_volume: int
    first_trade: int
    last_trade: int

    @property
    def trades(self) -> int:
        return self.last_trade - self.first_trade + 1 if self.first_trade else 0


class Candles:
    def __init__(self) -> None:
        self._open: dict[Width, Candle] = {}
        self._over: dict[Width, deque[Candle]] = {width: deque(maxlen=SPAN_S[width] // width) for width in Width}
        self._closed_day: tuple[int, Candle | None, Candle | None] | None = None

    def load(self, over: Iterable[Candle], newest: Iterable[Candle]) -> None:
        """`over` oldest first."""
        for candle in over:
            self._over[Width(candle.width_s)].append(candle)
        self._open = {Width(candle.width_s): candle for candle in newest}

    def hear(self, burst: Candle) -> None:
        """The trades of one entry, as one candle."""
        for width in Width:
            self._open[width], over = grown(self._open.get(width), width, burst)
            if over is not None:
                self._over[width].append(over)

    def current(self, interval: Interval) -> Candle | None:
        """The newest candle of `interval` that has a trade; `opened_s` is where the interval begins."""
        newest = self._open.get(interval.base)
        if newest is None:
            return None
        start = interval.start(newest.opened_s)
        parts = [candle for candle in self._over[interval.base] if candle.opened_s >= start]
        made = reduce(joined, [*parts, newest])
        return Candle(made.symbol, made.width_s, start, *_numbers(made))

    def day(self, now_ns: int, last_price: int) -> Day:
        """The 1440 minutes that end with this one."""
        since = now_ns // SECOND_NS // MINUTE_S * MINUTE_S - DAY_S
        newest = self._open.get(Width.MINUTE)
        if self._closed_day is None or self._closed_day[:2] != (since, self._newest_over()):
            parts = [candle for candle in self._over[Width.MINUTE] if candle.opened_s > since]
            self._closed_day = since, self._newest_over(), reduce(joined, parts) if parts else None
        whole = self._closed_day[2]
        if newest is not None and newest.opened_s > since:
            whole = newest if whole is None else joined(whole, newest)
        if whole is None:
            return Day(0, 0, 0, last_price, 0, 0, 0, 0)
        return Day(
            whole.open, whole.high, whole.low, last_price, whole.volume, whole.quote_volume,
            whole.first_trade, whole.last_trade,
        )  # fmt: skip

    def average(self, now_ns: int, base_precision: int, last_price: int) -> int:
        """Price over the last five minutes, weighted with volume and rounded down; the last price when nothing traded."""
        since = now_ns // SECOND_NS - AVERAGE_S
        newest = self._open.get(Width.SECOND)
        parts = [*self._over[Width.SECOND], *([newest] if newest is not None else [])]
        parts = [candle for candle in parts if candle.opened_s > since]
        volume = sum(candle.volume for candle in parts)
        if not volume:
            return last_price
        average: int = sum(candle.quote_volume for candle in parts) * 10**base_precision // volume
        return average

    def _newest_over(self) -> Candle | None:
        over = self._over[Width.MINUTE]
        return over[-1] if over else None


def _numbers(candle: Candle) -> tuple[int, int, int, int, int, int, int, int, int, int]:
    return (
        candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quote_volume,
        candle.taker_volume, candle.taker_quote, candle.first_trade, candle.last_trade,
    )  # fmt: skip
