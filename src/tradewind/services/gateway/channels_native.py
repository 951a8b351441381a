"""Our own channels. On subscription a snapshot {"type", "channel", "seq", "ts", "data"}, then deltas {"channel", "prevSeq",
"seq", "ts", "data"}, each prevSeq the seq before. The numbers are the market's own, so they outlive every process:

book      number of the delta                 trades    id of the trade          aggTrade  id of the aggregate trade
kline_*   id of the newest trade in it        ticker    number of the newest delta + id of the newest trade
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from tradewind.services.gateway import market_shapes as shapes
from tradewind.services.gateway.channel import Beaten, Channel, Now
from tradewind.services.gateway.frames import Frame, frame
from tradewind.services.gateway.kline_channel import KlineChannel
from tradewind.services.gateway.market import Market, News
from tradewind.services.gateway.shapes import ms
from tradewind.services.marketdata.tables import Candle

SNAPSHOT_LEVELS_MAX = 5_000
SNAPSHOT_TRADES = 50
TICKER_S = 1.0
KLINE_S = 0.25


class Numbered(Channel):
    """Speaks as soon as it hears, and greets with a snapshot that is made once for all who come before the next change."""

    def __init__(self, name: str, market: Market, now: Now) -> None:
        super().__init__(name, market.symbol)
        self.market = market
        self._now = now
        self._greeting: tuple[int, Frame] | None = None

    @abstractmethod
    def seq(self) -> int: ...

    @abstractmethod
    def state(self) -> Any: ...

    def greeting(self) -> Frame:
        seq = self.seq()
        if self._greeting is None or self._greeting[0] != seq:
            self._greeting = seq, snapshot(self.name, seq, self._now(), self.state())
        return self._greeting[1]

    def delta(self, before: int, seq: int, at: int, shown: Any) -> None:
        self.say({"channel": self.name, "prevSeq": before, "seq": seq, "ts": ms(at), "data": shown})


def snapshot(channel: str, seq: int, now: int, shown: Any) -> Frame:
    return frame({"type": "snapshot", "channel": channel, "seq": seq, "ts": ms(now), "data": shown})


class Book(Numbered):
    def seq(self) -> int:
        return self.market.seq

    def state(self) -> Any:
        return shapes.both_sides(self.market, SNAPSHOT_LEVELS_MAX)

    def hear(self, news: News) -> None:
        delta = news.delta
        if delta is not None:
            rules, sides = self.market.rules, {"bids": delta.bids, "asks": delta.asks}
            shown = {name: shapes.levels((pair[:2] for pair in side), rules) for name, side in sides.items()}
            self.delta(delta.seq - 1, delta.seq, news.at, shown)


class Trades(Numbered):
    def seq(self) -> int:
        return self.market.last_trade

    def state(self) -> Any:
        return [shapes.trade(one, self.market.rules) for one in list(self.market.trades)[-SNAPSHOT_TRADES:]]

    def hear(self, news: News) -> None:
        for one in news.trades:
            self.delta(one.trade_id - 1, one.trade_id, news.at, shapes.trade(one, self.market.rules))


class AggregateTrades(Numbered):
    def seq(self) -> int:
        return self.market.last_agg

    def state(self) -> Any:
        """The newest; the oldest of those in memory may be known in part only, so it is left out."""
        known = shapes.aggregates(self.market.trades)
        whole = known if known and known[0][0].trade_id == 1 else known[1:]
        return [shapes.aggregate(one, self.market.rules) for one in whole[-SNAPSHOT_TRADES:]]

    def hear(self, news: News) -> None:
        for one in shapes.aggregates(news.trades):
            number = one[0].agg_id
            self.delta(number - 1, number, news.at, shapes.aggregate(one, self.market.rules))


class Ticker(Beaten):
    def __init__(self, name: str, market: Market, now: Now, owe: Callable[[Beaten], None]) -> None:
        super().__init__(name, market.symbol, TICKER_S, owe)
        self._market, self._now = market, now
        self._seq = self._number()

    def _number(self) -> int:
        return self._market.seq + self._market.last_trade

    def note(self, news: News) -> bool:
        return True

    def greeting(self) -> Frame:
        now = self._now()
        return snapshot(self.name, self._number(), now, shapes.ticker(self._market, now))

    def told(self) -> Any:
        now, before = self._now(), self._seq
        self._seq = self._number()
        shown = shapes.ticker(self._market, now)
        return {"channel": self.name, "prevSeq": before, "seq": self._seq, "ts": ms(now), "data": shown}


class Kline(KlineChannel):
    """A candle that closes without a new trade is told with prevSeq = seq."""

    def __init__(self, name: str, market: Market, interval: Any, now: Now, owe: Callable[[Beaten], None]) -> None:
        super().__init__(name, market, interval, KLINE_S, now, owe)
        self._seq = market.last_trade

    def greeting(self) -> Frame:
        newest = self.newest
        shown = None if newest is None else shapes.candle(newest, self.interval, self.market.rules, closed=self.closed)
        return snapshot(self.name, self._seq, self.now(), shown)

    def shape(self, candle: Candle, *, closed: bool) -> Any:
        before, self._seq = self._seq, candle.last_trade
        shown = shapes.candle(candle, self.interval, self.market.rules, closed=closed)
        return {"channel": self.name, "prevSeq": before, "seq": self._seq, "ts": ms(self.now()), "data": shown}
