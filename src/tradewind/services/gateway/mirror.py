"""Public market data, mirrored: one snapshot of marketdata's tables, then its feed. Requests ask this, not the store."""

from tradewind.messages.events import BookDelta, Entry, PublicTrade
from tradewind.messages.topology import Topology
from tradewind.ports.clock import Clock
from tradewind.ports.store import Store
from tradewind.ports.tables import Query
from tradewind.services.gateway.catalogue import Catalogue
from tradewind.services.gateway.market import MINUTE_NS, MINUTES, TRADES_MAX, Market
from tradewind.services.marketdata.tables import BOOK_CHANNELS, CANDLES, LEVELS, PUBLIC_TRADES

HEARS: frozenset[type] = frozenset((BookDelta, PublicTrade))


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
        since = self._clock.now() // MINUTE_NS - MINUTES
        [channels] = await store.read([Query(BOOK_CHANNELS)])
        symbols = [channel.symbol for channel in channels]
        newest = [
            Query(PUBLIC_TRADES, where=(("symbol", "=", symbol),), order=("trade_id",), descending=True, limit=TRADES_MAX)
            for symbol in symbols
        ]
        found = await store.read(
            [Query(BOOK_CHANNELS), Query(LEVELS), Query(CANDLES, where=(("minute", ">=", since),)), *newest]
        )
        channels, levels, candles, *trades = found
        markets = {
            channel.symbol: Market(channel.symbol, channel.book_seq, channel.last_trade, channel.last_price)
            for channel in channels
        }
        for level in levels:
            markets[level.symbol].put(level.side, level.price, level.quantity)
        for candle in candles:
            markets[candle.symbol].candles.append(candle)
        for row in (row for rows in trades for row in reversed(rows)):
            trade = PublicTrade(row.symbol, row.trade_id, row.price, row.quantity, row.taker_side, row.at)
            markets[row.symbol].trades.append(trade)
        self._markets = markets
        return head

    def market(self, symbol: str) -> Market:
        """Of a symbol that exists; an empty one when nothing has happened there yet."""
        market = self._markets.get(symbol)
        if market is None:
            market = self._markets[symbol] = Market(symbol, 0, 0, 0)
        return market

    def hear(self, entry: Entry) -> list[BookDelta | PublicTrade]:
        """Take the entry in; the events that were news."""
        news: list[BookDelta | PublicTrade] = []
        for event in entry.events:
            if isinstance(event, BookDelta):
                fresh = self.market(event.symbol).take_delta(event)
            else:
                assert isinstance(event, PublicTrade), event
                notional = self._catalogue.rules_of(event.symbol).notional(event.price, event.quantity)
                fresh = self.market(event.symbol).take_trade(event, notional)
            if fresh:
                news.append(event)
        return news
