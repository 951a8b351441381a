"""Public market data, mirrored: one snapshot of marketdata's tables, then its feed. Requests ask this, not the store."""

from collections import defaultdict
from typing import Any

from tradewind.messages.events import BookDelta, Entry, MarketStateChanged, PublicTrade
from tradewind.messages.topology import Topology
from tradewind.ports.clock import Clock
from tradewind.ports.store import Store
from tradewind.ports.tables import Query
from tradewind.services.gateway.candles import SPAN_S
from tradewind.services.gateway.catalogue import Catalogue
from tradewind.services.gateway.market import TRADES_MAX, Market, News
from tradewind.services.marketdata.tables import BOOK_CHANNELS, CANDLES, LEVELS, OPEN_CANDLES, PUBLIC_TRADES, Candle
from tradewind.values.intervals import Width

HEARS: frozenset[type] = frozenset((BookDelta, PublicTrade, MarketStateChanged))


class Mirror:
    def __init__(self, topology: Topology, clock: Clock, catalogue: Catalogue) -> None:
        [self.feed] = topology.shards("marketdata")
        self._clock = clock
        self._catalogue = catalogue
        self._markets: dict[str, Market] = {}

    async def load(self, store: Store) -> int:
        """The position of the feed from which to follow. Raises Unavailable.

        The head is asked first: what is in the snapshot beyond it comes again, and each channel's own sequence skips it.
        """
        heads = await store.heads()
        head = heads[self.feed].seq if self.feed in heads else 0
        channels: list[Any] = []
        newest: list[Candle] = []
        while True:
            # What is asked for depends on which markets there are and on their newest candles, which only grow newer until the
            # second snapshot; a market that is new in it has us ask again.
            trades, spans = [_newest_trades(channel.symbol) for channel in channels], [_closed(candle) for candle in newest]
            asked = len(channels), len(newest)
            channels, newest, levels, *found = await store.read(
                [Query(BOOK_CHANNELS, order=("symbol",)), Query(OPEN_CANDLES), Query(LEVELS), *trades, *spans]
            )
            if any(channel.symbol not in self._catalogue.rules for channel in channels):
                await self._catalogue.load(store)  # listed since it was read
            elif (len(channels), len(newest)) == asked:
                break
        rules = self._catalogue.rules
        markets = {
            row.symbol: Market(rules[row.symbol], row.book_seq, row.last_trade, row.last_price, row.last_agg)
            for row in channels
        }
        for channel in channels:
            markets[channel.symbol].state = channel.state
        for level in levels:
            markets[level.symbol].put(level.side, level.price, level.quantity)
        for row in (row for rows in found[: len(trades)] for row in reversed(rows)):
            markets[row.symbol].trades.append(_said(row))
        self._fill_candles(markets, [row for rows in found[len(trades) :] for row in rows], newest)
        self._markets = markets
        return head

    def _fill_candles(self, markets: dict[str, Market], over: list[Candle], newest: list[Candle]) -> None:
        by_symbol: dict[str, tuple[list[Candle], list[Candle]]] = defaultdict(lambda: ([], []))
        for candle in over:
            by_symbol[candle.symbol][0].append(candle)
        for candle in newest:
            by_symbol[candle.symbol][1].append(candle)
        for symbol, (closed, still_open) in by_symbol.items():
            markets[symbol].candles.load(closed, still_open)

    def market(self, symbol: str) -> Market:
        """An empty one when nothing has happened there yet. Raises Problem for a symbol that does not exist."""
        market = self._markets.get(symbol)
        if market is None:
            market = self._markets[symbol] = Market(self._catalogue.rules_of(symbol))
        return market

    def hear(self, entry: Entry) -> list[News]:
        """Take the entry in; what was news, by market in order of appearance."""
        deltas: dict[str, BookDelta] = {}
        trades: dict[str, list[PublicTrade]] = {}
        for event in entry.events:
            match event:
                case BookDelta():
                    deltas[event.symbol] = event
                case PublicTrade():
                    trades.setdefault(event.symbol, []).append(event)
                case MarketStateChanged():
                    self.market(event.symbol).state = event.state
                case _:
                    raise AssertionError(event)
        news: list[News] = []
        for symbol in dict.fromkeys((*trades, *deltas)):
            market, delta = self.market(symbol), deltas.get(symbol)
            fresh, burst = market.take_trades(trades.get(symbol, []))
            if delta is not None and not market.take_delta(delta):
                delta = None
            if fresh or delta is not None:
                news.append(News(market, entry.at, delta, fresh, burst))
        return news


def _newest_trades(symbol: str) -> Query:
    return Query(PUBLIC_TRADES, where=(("symbol", "=", symbol),), order=("trade_id",), descending=True, limit=TRADES_MAX)


def _closed(newest: Candle) -> Query:
    """The candles before `newest` that the gateway keeps in memory."""
    since = newest.opened_s - SPAN_S[Width(newest.width_s)]
    where: Any = (("symbol", "=", newest.symbol), ("width_s", "=", newest.width_s), ("opened_s", ">=", since))
    return Query(CANDLES, where=where, order=("opened_s",))


def _said(row: Any) -> PublicTrade:
    return PublicTrade(row.symbol, row.trade_id, row.price, row.quantity, row.taker_side, row.at, row.agg_id)
