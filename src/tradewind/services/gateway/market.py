"""One symbol's public state: depth by level, newest trades, a day of minutes."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from tradewind.messages.events import BookDelta, PublicTrade
from tradewind.services.marketdata.tables import Candle
from tradewind.values.orders import Side

TRADES_MAX = 1_000
MINUTES = 24 * 60
ENCODED_MAX = 16  # depth limits asked for
MINUTE_NS = 60_000_000_000
Levels = list[tuple[int, int]]  # (price, quantity), best first


class Day(NamedTuple):
    """The last 24 hours, in units; zeros when nothing traded."""

    open: int
    high: int
    low: int
    last: int
    volume: int
    quote_volume: int
    trades: int


class Market:
    """`seq` numbers the book's deltas, `last_trade` the trades; both are contiguous."""

    def __init__(self, symbol: str, seq: int, last_trade: int, last_price: int) -> None:
        self.symbol = symbol
        self.seq = seq
        self.last_trade = last_trade
        self.last_price = last_price
        self.trades: deque[PublicTrade] = deque(maxlen=TRADES_MAX)
        self.candles: deque[Candle] = deque(maxlen=MINUTES + 1)
        self._sides: dict[Side, dict[int, int]] = {Side.BUY: {}, Side.SELL: {}}
        self._sorted: dict[Side, Levels] = {}
        self._encoded: dict[int, tuple[int, bytes]] = {}

    def put(self, side: Side, price: int, quantity: int) -> None:
        """`quantity` 0 = the level is gone."""
        levels = self._sides[side]
        if quantity:
            levels[price] = quantity
        else:
            levels.pop(price, None)
        self._sorted.pop(side, None)

    def levels(self, side: Side, limit: int) -> Levels:
        """Best first; sorted only when somebody asks after a change."""
        ready = self._sorted.get(side)
        if ready is None:
            ready = self._sorted[side] = sorted(self._sides[side].items(), reverse=side is Side.BUY)
        return ready[:limit]

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

    def take_trade(self, trade: PublicTrade, notional: int) -> bool:
        """Into the trades and into its minute; False when it was known already. `notional` in quote units."""
        if trade.trade_id <= self.last_trade:
            return False
        assert trade.trade_id == self.last_trade + 1, (self.symbol, self.last_trade, trade.trade_id)
        self.trades.append(trade)
        self.last_trade = trade.trade_id
        self.last_price = trade.price
        minute = trade.at // MINUTE_NS
        if self.candles and self.candles[-1].minute >= minute:
            was = self.candles.pop()
        else:
            was = Candle(self.symbol, minute, trade.price, trade.price, trade.price, trade.price, 0, 0, 0)
        self.candles.append(
            Candle(
                symbol=self.symbol,
                minute=was.minute,
                open=was.open,
                high=max(was.high, trade.price),
                low=min(was.low, trade.price),
                close=trade.price,
                volume=was.volume + trade.quantity,
                quote_volume=was.quote_volume + notional,
                trades=was.trades + 1,
            )
        )
        return True

    def day(self, now_ns: int) -> Day:
        since = now_ns // MINUTE_NS - MINUTES
        candles = [candle for candle in self.candles if candle.minute > since]
        if not candles:
            return Day(0, 0, 0, self.last_price, 0, 0, 0)
        return Day(
            open=candles[0].open,
            high=max(candle.high for candle in candles),
            low=min(candle.low for candle in candles),
            last=self.last_price,
            volume=sum(candle.volume for candle in candles),
            quote_volume=sum(candle.quote_volume for candle in candles),
            trades=sum(candle.trades for candle in candles),
        )
