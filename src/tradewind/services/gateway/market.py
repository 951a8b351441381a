"""One symbol's public state: depth by level, newest trades, newest candles."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from tradewind.messages.events import BookDelta, PublicTrade
from tradewind.services.gateway.candles import Candles, Day
from tradewind.services.marketdata.rules import joined, traded
from tradewind.services.marketdata.tables import Candle
from tradewind.values.orders import MarketState, Side
from tradewind.values.symbols import SymbolRules

TRADES_MAX = 1_000
ENCODED_MAX = 16  # depth limits asked for
Levels = list[tuple[int, int]]  # (price, quantity), best first


class BookSide:
    """Quantities by price, and the prices in order. `best_last`: the best price is the greatest."""

    __slots__ = ("_best_last", "_prices", "_quantities")

    def __init__(self, *, best_last: bool) -> None:
        self._best_last = best_last
        self._prices: list[int] = []
        self._quantities: dict[int, int] = {}

    def put(self, price: int, quantity: int) -> None:
        """`quantity` 0 = the level is gone."""
        known = price in self._quantities
        if quantity:
            self._quantities[price] = quantity
            if not known:
                insort(self._prices, price)
        elif known:
            del self._quantities[price]
            del self._prices[bisect_left(self._prices, price)]

    def best(self, limit: int) -> Levels:
        prices = self._prices[: -limit - 1 : -1] if self._best_last else self._prices[:limit]
        return [(price, self._quantities[price]) for price in prices]


class News(NamedTuple):
    """What one entry of the feed changed in one market: at most one delta, and trades, also as one candle."""

    market: "Market"
    at: int
    delta: BookDelta | None
    trades: list[PublicTrade]
    burst: Candle | None


class Market:
    """`seq` numbers the book's deltas, `last_trade` the trades, `last_agg` aggregate trades; all are contiguous."""

    def __init__(self, rules: SymbolRules, seq: int = 0, last_trade: int = 0, last_price: int = 0, last_agg: int = 0) -> None:
        self.rules = rules  # as they were when this market was first heard of: for its precisions, which never change
        self.symbol = rules.symbol
        self.seq = seq
        self.last_trade = last_trade
        self.last_price = last_price
        self.last_agg = last_agg
        self.state = MarketState.TRADING
        self.trades: deque[PublicTrade] = deque(maxlen=TRADES_MAX)
        self.candles = Candles()
        self._sides = {Side.BUY: BookSide(best_last=True), Side.SELL: BookSide(best_last=False)}
        self._encoded: dict[int, tuple[int, bytes]] = {}

    def put(self, side: Side, price: int, quantity: int) -> None:
        self._sides[side].put(price, quantity)

    def levels(self, side: Side, limit: int) -> Levels:
        """Best first."""
        return self._sides[side].best(limit)

    def best(self, side: Side) -> tuple[int, int]:
        """(price, quantity), zeros when there is nothing."""
        found = self._sides[side].best(1)
        return found[0] if found else (0, 0)

    def encoded(self, limit: int, encode: Callable[[], bytes]) -> bytes:
        """The book as somebody else has asked for it already, as long as it has not changed."""
        ready = self._encoded.get(limit)
        if ready is None or ready[0] != self.seq:
            if len(self._encoded) >= ENCODED_MAX:
                self._encoded.clear()
            ready = self._encoded[limit] = (self.seq, encode())
        return ready[1]

    def take_delta(self, delta: BookDelta) -> bool:
        """False when it was known already."""
        if delta.seq <= self.seq:
            return False
        assert delta.seq == self.seq + 1, (self.symbol, self.seq, delta.seq)
        for side, changed in ((Side.BUY, delta.bids), (Side.SELL, delta.asks)):
            for price, quantity, _orders in changed:
                self.put(side, price, quantity)
        self.seq = delta.seq
        return True

    def take_trades(self, trades: list[PublicTrade]) -> tuple[list[PublicTrade], Candle | None]:
        """Those of one entry that were not known already, and all of them as one candle."""
        fresh = [trade for trade in trades if trade.trade_id > self.last_trade]
        burst: Candle | None = None
        for trade in fresh:
            assert trade.trade_id == self.last_trade + 1, (self.symbol, self.last_trade, trade.trade_id)
            self.trades.append(trade)
            self.last_trade, self.last_price, self.last_agg = trade.trade_id, trade.price, trade.agg_id
            notional = self.rules.notional(trade.price, trade.quantity)
            one = traded(self.symbol, trade.trade_id, trade.price, trade.quantity, trade.taker_side, trade.at, notional)
            burst = one if burst is None else joined(burst, one)
        if burst is not None:
            self.candles.hear(burst)
        return fresh, burst

    def day(self, now_ns: int) -> Day:
        return self.candles.day(now_ns, self.last_price)
