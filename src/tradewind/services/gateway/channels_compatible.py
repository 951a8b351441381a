"""Binance's streams. Those that tell how things stand begin with it; a depth's deltas are joined to REST by lastUpdateId."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tradewind.services.gateway import market_streams as shapes
from tradewind.services.gateway.channel import Beaten, Channel, Now
from tradewind.services.gateway.frames import Frame, frame
from tradewind.services.gateway.kline_channel import KlineChannel
from tradewind.services.gateway.market import Market, News
from tradewind.services.gateway.market_shapes import aggregates
from tradewind.services.marketdata.tables import Candle
from tradewind.values.orders import Side

Owe = Callable[[Beaten], None]


class State(NamedTuple):
    """How a market is shown at a wall instant, and which news change that."""

    shape: Callable[[Market, int], Any]
    by: Callable[[News], bool]


def by_trades(news: News) -> bool:
    return bool(news.trades)


def by_book(news: News) -> bool:
    return news.delta is not None


def by_anything(_news: News) -> bool:
    return True


class TradeStream(Channel):
    def __init__(self, name: str, market: Market) -> None:
        super().__init__(name, market.symbol)
        self._market = market

    def hear(self, news: News) -> None:
        for one in news.trades:
            self.say(shapes.trade(one, self._market.rules, news.at))


class AggregateTradeStream(TradeStream):
    def hear(self, news: News) -> None:
        for one in aggregates(news.trades):
            self.say(shapes.aggregate_trade(one, self._market.rules, news.at))


class BookTickerStream(TradeStream):
    """Told when the best price or its quantity has changed."""

    def __init__(self, name: str, market: Market) -> None:
        super().__init__(name, market)
        self._best = self._sides()

    def _sides(self) -> tuple[tuple[int, int], ...]:
        return tuple(self._market.best(side) for side in Side)

    def hear(self, news: News) -> None:
        best = self._sides()
        if best != self._best:
            self._best = best
            self.say(shapes.book_ticker(self._market))

    def greeting(self) -> Frame:
        return frame(shapes.book_ticker(self._market))


class DepthStream(Beaten):
    """What has changed since it spoke last, from delta `U` to delta `u`."""

    def __init__(self, name: str, market: Market, period_s: float, now: Now, owe: Owe) -> None:
        super().__init__(name, market.symbol, period_s, owe)
        self._market, self._now = market, now
        self._told = market.seq
        self._changed: dict[Side, dict[int, int]] = {side: {} for side in Side}

    def note(self, news: News) -> bool:
        if news.delta is None:
            return False
        for side, changed in ((Side.BUY, news.delta.bids), (Side.SELL, news.delta.asks)):
            self._changed[side].update({price: quantity for price, quantity, _orders in changed})
        return True

    def told(self) -> Any:
        first, self._told = self._told + 1, self._market.seq
        bids, asks = self._changed[Side.BUY], self._changed[Side.SELL]
        shown = shapes.depth_update(self._market.rules, first, self._told, bids, asks, self._now())
        self._changed = {side: {} for side in Side}
        return shown


class StateStream(Beaten):
    """How one market stands, when it has changed."""

    def __init__(self, name: str, market: Market, period_s: float, now: Now, owe: Owe, state: State) -> None:
        super().__init__(name, market.symbol, period_s, owe)
        self._market, self._now, self._state = market, now, state

    def note(self, news: News) -> bool:
        return self._state.by(news)

    def told(self) -> Any:
        return self._state.shape(self._market, self._now())

    def greeting(self) -> Frame:
        return frame(self.told())


class AllTickersStream(Beaten):
    """Of the markets in which something has happened since it spoke last."""

    def __init__(self, name: str, period_s: float, now: Now, owe: Owe, state: State) -> None:
        super().__init__(name, "", period_s, owe)
        self._now, self._state = now, state
        self._changed: dict[str, Market] = {}

    def note(self, news: News) -> bool:
        if not self._state.by(news):
            return False
        self._changed[news.market.symbol] = news.market
        return True

    def told(self) -> Any:
        changed, self._changed = self._changed, {}
        now = self._now()
        return [self._state.shape(market, now) for market in changed.values()]


class KlineStream(KlineChannel):
    def shape(self, candle: Candle, *, closed: bool) -> Any:
        return shapes.kline(candle, self.interval, self.market.rules, self.now(), closed=closed)

    def greeting(self) -> Frame | None:
        return None if self.newest is None else frame(self.shape(self.newest, closed=self.closed))
