"""The projection of the books: levels, trades and candles, and the sequence numbers by which a client sees a gap."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from tradewind.messages.commands import Command
from tradewind.messages.events import (
    BookDelta,
    Entry,
    Event,
    MarketStateChanged,
    OrderEnded,
    OrderReduced,
    OrderRested,
    OrderShown,
    PublicTrade,
    SymbolCreated,
    Traded,
)
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change, Table
from tradewind.runtime.machine import At, Outcome
from tradewind.runtime.rows import Added, Rows, drain_all
from tradewind.services.marketdata import rules
from tradewind.services.marketdata.tables import (
    BOOK_CHANNELS,
    CANDLES,
    LEVELS,
    OPEN_CANDLES,
    PUBLIC_TRADES,
    BookChannel,
    Candle,
    Level,
    PublicTradeRow,
)
from tradewind.values.intervals import Width
from tradewind.values.orders import MarketState, Side

Heard = OrderRested | OrderShown | Traded | OrderEnded | OrderReduced | MarketStateChanged | SymbolCreated


class MarketDataMachine:
    """Of candles only each symbol's open ones are in memory; the rows of all stay for queries."""

    tables: ClassVar[tuple[Table, ...]] = (LEVELS, BOOK_CHANNELS, PUBLIC_TRADES, CANDLES, OPEN_CANDLES)
    hears: ClassVar[frozenset[type]] = frozenset(Heard.__args__)

    def __init__(self, index: int, topology: Topology) -> None:
        assert index == 0 and topology.count("marketdata") == 1, (index, topology)
        self._levels = Rows(LEVELS)
        self._channels = Rows(BOOK_CHANNELS)
        self._trades = Added(PUBLIC_TRADES)
        self._candles = Added(CANDLES)
        self._open = Rows(OPEN_CANDLES)
        # Of the entry that is being heard: levels as they were before it, its trades as one candle for each symbol, and the
        # taker and price of each symbol's newest trade.
        self._before: dict[tuple[str, Side, int], Level] = {}
        self._bursts: dict[str, Candle] = {}
        self._takers: dict[str, tuple[int, int]] = {}
        self._said: list[Event] = []

    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        self._levels.load(rows.get(LEVELS, []))
        self._channels.load(rows.get(BOOK_CHANNELS, []))
        self._open.load(rows.get(OPEN_CANDLES, []))

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        assert isinstance(item, Entry), item
        self._said, self._before, self._bursts, self._takers = [], {}, {}, {}
        for event in item.events:
            self._hear(event, item.at)
        for burst in self._bursts.values():
            self._grow_candles(burst)
        self._say_deltas()
        return Outcome(self._said)

    def changes(self) -> list[Change]:
        return drain_all(self._levels, self._channels, self._trades, self._candles, self._open)

    def _hear(self, event: Event, at: int) -> None:
        match event:
            case OrderRested():
                assert event.left > 0 and event.shown, event
                self._move(event.symbol, event.side, event.price, _seen(event.shown, event.left), 1)
            case OrderShown():
                assert event.shown > 0, event
                self._move(event.symbol, event.side, event.price, event.shown, 0)
            case Traded():
                self._trade(event, at)
            case OrderEnded():
                # A filled order has left its level with its last trade.
                if event.rested and event.left > 0:
                    self._move(event.symbol, event.side, event.price, -_seen(event.shown, event.left), -1)
            case OrderReduced():
                assert event.left > 0, event
                if event.shown_by:  # else it stands in no book, or only what it hides has become less
                    self._move(event.symbol, event.side, event.price, -_seen(event.shown_by, event.by), 0)
            case MarketStateChanged():
                self._channels.put(msgspec.structs.replace(self._channel(event.symbol), state=event.state))
                self._said.append(event)
            case SymbolCreated():
                assert event.rules.symbol not in self._channels, event
                rule = event.rules
                self._channels.put(BookChannel(rule.symbol, rule.base_precision, 0, 0, 0, MarketState.TRADING, 0))
            case _:
                raise AssertionError(event)

    def _channel(self, symbol: str) -> BookChannel:
        channel: BookChannel | None = self._channels.get(symbol)
        assert channel is not None, symbol
        return channel

    def _move(self, symbol: str, side: Side, price: int, quantity: int, orders: int) -> None:
        key = (symbol, side, price)
        level: Level = self._levels.get(key) or Level(symbol, side, price, 0, 0)
        self._before.setdefault(key, level)
        after = rules.moved(level, quantity, orders)
        if after.orders:
            self._levels.put(after)
        else:
            self._levels.remove(key)

    def _trade(self, event: Traded, at: int) -> None:
        self._move(event.symbol, event.taker_side.other, event.price, -event.quantity, -1 if event.maker_left == 0 else 0)
        channel = self._channel(event.symbol)
        assert event.trade_id == channel.last_trade + 1, (channel, event)
        agg_id = channel.last_agg
        if self._takers.get(event.symbol) != (event.taker_order, event.price):
            self._takers[event.symbol] = event.taker_order, event.price
            agg_id += 1
        self._channels.put(msgspec.structs.replace(channel, last_trade=event.trade_id, last_price=event.price, last_agg=agg_id))
        trade = PublicTradeRow(event.symbol, event.trade_id, event.price, event.quantity, event.taker_side, at, agg_id)
        self._trades.add(trade)
        self._said.append(PublicTrade(*msgspec.structs.astuple(trade)))
        notional, rest = divmod(event.price * event.quantity, 10**channel.base_precision)
        assert rest == 0, event
        one = rules.traded(event.symbol, event.trade_id, event.price, event.quantity, event.taker_side, at, notional)
        before = self._bursts.get(event.symbol)
        self._bursts[event.symbol] = one if before is None else rules.joined(before, one)

    def _grow_candles(self, burst: Candle) -> None:
        """All trades of one entry at once: they have one instant."""
        for width in Width:
            candle, over = rules.grown(self._open.get((burst.symbol, width)), width, burst)
            self._open.put(candle)
            if over is not None:
                self._candles.add(over)

    def _say_deltas(self) -> None:
        """One delta per symbol, with each level that differs from before the entry; a level that is gone has quantity 0."""
        changed: dict[str, list[Level]] = {}
        for key, before in self._before.items():
            after = self._levels.get(key) or Level(*key, 0, 0)
            assert after.quantity or not after.orders, after
            if after != before:
                changed.setdefault(key[0], []).append(after)
        for symbol, levels in changed.items():
            channel = self._channel(symbol)
            self._channels.put(msgspec.structs.replace(channel, book_seq=channel.book_seq + 1))
            bids, asks = rules.split(levels)
            self._said.append(BookDelta(symbol, channel.book_seq + 1, bids, asks))


def _seen(shown: int, whole: int) -> int:
    """How much of `whole` everybody saw: below zero means all of it."""
    assert shown <= whole, (shown, whole)
    return whole if shown < 0 else shown
