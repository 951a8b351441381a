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
    PublicTrade,
    SymbolCreated,
    Traded,
)
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change, Op, Table
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
from tradewind.values.orders import MarketState, Side

Heard = OrderRested | Traded | OrderEnded | OrderReduced | MarketStateChanged | SymbolCreated


class MarketDataMachine:
    """Of candles only each symbol's newest is in memory; the rows of all stay for queries."""

    tables: ClassVar[tuple[Table, ...]] = (LEVELS, BOOK_CHANNELS, PUBLIC_TRADES, CANDLES, OPEN_CANDLES)
    hears: ClassVar[frozenset[type]] = frozenset(Heard.__args__)
    load_where: dict[Table, tuple[tuple[str, Op, Any], ...]] = {CANDLES: (("minute", "<", 0),)}  # none: OPEN_CANDLES does

    def __init__(self, index: int, topology: Topology) -> None:
        assert index == 0 and topology.count("marketdata") == 1, (index, topology)
        self._levels = Rows(LEVELS)
        self._channels = Rows(BOOK_CHANNELS)
        self._trades = Added(PUBLIC_TRADES)
        self._candles = Rows(CANDLES)
        self._open = Rows(OPEN_CANDLES)
        self._before: dict[tuple[str, Side, int], Level] = {}
        self._said: list[Event] = []

    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        self._levels.load(rows.get(LEVELS, []))
        self._channels.load(rows.get(BOOK_CHANNELS, []))
        self._open.load(rows.get(OPEN_CANDLES, []))

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        assert isinstance(item, Entry), item
        self._said, self._before = [], {}
        for event in item.events:
            match event:
                case OrderRested():
                    assert event.left > 0, event
                    self._move(event.symbol, event.side, event.price, event.left, 1)
                case Traded():
                    self._trade(event, item.at)
                case OrderEnded():
                    # A filled order has left its level with its last trade.
                    if event.rested and event.left > 0:
                        self._move(event.symbol, event.side, event.price, -event.left, -1)
                case OrderReduced():
                    assert event.left > 0, event
                    self._move(event.symbol, event.side, event.price, -event.by, 0)
                case MarketStateChanged():
                    self._channels.put(msgspec.structs.replace(self._channel(event.symbol), state=event.state))
                case SymbolCreated():
                    assert event.rules.symbol not in self._channels, event
                    rule = event.rules
                    self._channels.put(BookChannel(rule.symbol, rule.base_precision, 0, 0, 0, MarketState.TRADING))
                case _:
                    raise AssertionError(event)
        self._say_deltas()
        return Outcome(self._said)

    def changes(self) -> list[Change]:
        return drain_all(self._levels, self._channels, self._trades, self._candles, self._open)

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
        self._channels.put(msgspec.structs.replace(channel, last_trade=event.trade_id, last_price=event.price))
        trade = PublicTradeRow(event.symbol, event.trade_id, event.price, event.quantity, event.taker_side, at)
        self._trades.add(trade)
        self._said.append(PublicTrade(*msgspec.structs.astuple(trade)))
        notional, rest = divmod(event.price * event.quantity, 10**channel.base_precision)
        assert rest == 0, event
        self._grow_candle(event, at // rules.MINUTE_NS, notional)

    def _grow_candle(self, event: Traded, minute: int, notional: int) -> None:
        candle: Candle | None = self._open.get(event.symbol)
        if candle is not None and minute <= candle.minute:
            # One writer's instants never go back, so `<` cannot be; were it so, a trade still counts once.
            candle = rules.grown(candle, event.price, event.quantity, notional)
        else:
            candle = rules.first_candle(event.symbol, minute, event.price, event.quantity, notional)
        self._open.put(candle)
        self._candles.put(candle)
        self._candles.forget((candle.symbol, candle.minute))

    def _say_deltas(self) -> None:
        """One delta per symbol, with each level that differs from before the entry; a level that is gone has quantity 0."""
        changed: dict[str, list[Level]] = {}
        for key, before in self._before.items():
            after = self._levels.get(key) or Level(*key, 0, 0)
            if after != before:
                changed.setdefault(key[0], []).append(after)
        for symbol, levels in changed.items():
            channel = self._channel(symbol)
            self._channels.put(msgspec.structs.replace(channel, book_seq=channel.book_seq + 1))
            bids, asks = rules.split(levels)
            self._said.append(BookDelta(symbol, channel.book_seq + 1, bids, asks))
