"""One shard of matching: the books of its symbols, moved by what clearing accepted and what operators said."""

from collections.abc import Mapping
from typing import Any, ClassVar

from tradewind.messages.commands import Command
from tradewind.messages.events import (
    AmendRequested,
    CancelRequested,
    Entry,
    Event,
    MarketStateChanged,
    MarketStateSet,
    OrderAccepted,
    OrderEnded,
    OrderReduced,
    OrderRested,
    RequestRefused,
    SymbolCreated,
    Traded,
)
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change, Table
from tradewind.runtime.machine import At, Outcome
from tradewind.runtime.rows import Rows, drain_all
from tradewind.services.matching.book import FILLED, TRADING, Book, Fate, Fill, Resting
from tradewind.services.matching.tables import MARKETS, RESTING, Market, RestingOrder
from tradewind.values.orders import MarketState, OrderStatus
from tradewind.values.refusals import Refusal

ENTRY_EVENTS_MAX = 1024  # priorities have room for so many orders in one entry
ADDRESSED = (OrderAccepted, CancelRequested, AmendRequested, MarketStateSet)  # they name their symbol


class Listing:
    """A symbol of this shard: its book, and how far its trades have come."""

    __slots__ = ("book", "last_price", "last_trade", "symbol")

    def __init__(self, symbol: str, state: MarketState, last_trade: int = 0, last_price: int = 0) -> None:
        self.symbol = symbol
        self.book = Book(state)
        self.last_trade = last_trade
        self.last_price = last_price


class MatchingMachine:
    tables: ClassVar[tuple[Table, ...]] = (RESTING, MARKETS)
    hears: ClassVar[frozenset[type]] = frozenset({SymbolCreated, *ADDRESSED})

    def __init__(self, index: int, topology: Topology) -> None:
        self._index = index
        self._topology = topology
        self._listings: dict[str, Listing] = {}
        self._mine: dict[str, bool] = {}
        self._resting = Rows(RESTING)
        self._markets = Rows(MARKETS)
        # Ids rather than records: an order that changes ten times between two commits is packed once, and one that came
        # and went between them is not packed at all.
        self._touched: dict[int, Listing] = {}
        self._moved: dict[str, Listing] = {}

    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        self._markets.load(rows[MARKETS])
        self._resting.load(rows[RESTING])
        for market in self._markets:
            self._listings[market.symbol] = Listing(market.symbol, market.state, market.last_trade, market.last_price)
        for row in sorted(self._resting, key=lambda row: row.priority):
            order = Resting(
                row.order_id, row.account, row.side, row.price, row.quantity, row.left, row.priority, row.self_trade
            )
            self._listings[row.symbol].book.restore(order)
        crossed = [symbol for symbol, listing in self._listings.items() if listing.book.crossed]
        assert not crossed, crossed

    def concerns(self, event: Event) -> bool:
        """Whether it names a symbol of this shard."""
        if isinstance(event, SymbolCreated):
            return self._is_mine(event.rules.symbol)
        return isinstance(event, ADDRESSED) and self._is_mine(event.symbol)

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        assert isinstance(item, Entry) and len(item.events) <= ENTRY_EVENTS_MAX, item
        said: list[Event] = []
        priority = at.seq * ENTRY_EVENTS_MAX
        for heard in item.events:
            self._hear(heard, priority, said)
            priority += 1
        return Outcome(said)

    def changes(self) -> list[Change]:
        for order_id, listing in self._touched.items():
            order = listing.book.orders.get(order_id)
            if order is not None:
                self._resting.put(self._row(listing.symbol, order))
            elif order_id in self._resting:
                self._resting.remove(order_id)
        for symbol, listing in self._moved.items():
            self._markets.put(Market(self._index, symbol, listing.book.state, listing.last_trade, listing.last_price))
        self._touched, self._moved = {}, {}
        return drain_all(self._resting, self._markets)

    def book(self, symbol: str) -> Book:
        """For looking only: auditors and operators read the ladders."""
        return self._listings[symbol].book

    def _row(self, symbol: str, order: Resting) -> RestingOrder:
        return RestingOrder(
            self._index,
            order.order_id,
            order.account,
            symbol,
            order.side,
            order.price,
            order.quantity,
            order.left,
            order.priority,
            order.self_trade,
        )

    def _is_mine(self, symbol: str) -> bool:
        mine = self._mine.get(symbol)
        if mine is None:
            mine = self._mine[symbol] = self._topology.matching_of(symbol) == self._index
        return mine

    def _hear(self, heard: Event, priority: int, said: list[Event]) -> None:
        if isinstance(heard, SymbolCreated):
            self._list(heard.rules.symbol, said)
            return
        assert isinstance(heard, ADDRESSED), heard
        # Whoever speaks of a symbol has heard admin create it, and so have we: followers hear causes first.
        assert heard.symbol in self._listings, heard
        listing = self._listings[heard.symbol]
        if isinstance(heard, OrderAccepted):
            self._place(listing, heard, priority, said)
        elif isinstance(heard, CancelRequested):
            self._cancel(listing, heard, said)
        elif isinstance(heard, AmendRequested):
            self._amend(listing, heard, said)
        else:
            listing.book.state = heard.state
            self._moved[heard.symbol] = listing
            said.append(MarketStateChanged(heard.symbol, heard.state, heard.reason))

    def _list(self, symbol: str, said: list[Event]) -> None:
        assert symbol not in self._listings, symbol
        self._listings[symbol] = self._moved[symbol] = Listing(symbol, TRADING)
        said.append(MarketStateChanged(symbol, TRADING, "LISTED"))

    def _place(self, listing: Listing, order: OrderAccepted, priority: int, said: list[Event]) -> None:
        fills, left, fate = listing.book.place(
            order.order_id,
            order.account,
            order.side,
            order.type,
            order.time_in_force,
            order.self_trade,
            order.price,
            order.quantity,
            priority,
        )
        if fills:
            self._trade(listing, order, fills, said)
        if fate is None:
            self._touched[order.order_id] = listing
            said.append(OrderRested(order.order_id, order.account, order.symbol, order.side, order.price, left))
        else:
            said.append(_ended(order, fate, order.symbol, left, rested=False))

    def _trade(self, listing: Listing, taker: OrderAccepted, fills: list[Fill], said: list[Event]) -> None:
        symbol, touched, trade_id = listing.symbol, self._touched, listing.last_trade
        taker_left = taker.quantity
        for maker, quantity in fills:
            trade_id += 1
            taker_left -= quantity
            touched[maker.order_id] = listing
            said.append(
                Traded(
                    symbol,
                    trade_id,
                    maker.price,
                    quantity,
                    taker.side,
                    maker.order_id,
                    maker.account,
                    maker.left,
                    taker.order_id,
                    taker.account,
                    taker_left,
                )
            )
            if not maker.left:
                said.append(_ended(maker, FILLED, symbol, 0, rested=True))
        listing.last_trade = trade_id
        listing.last_price = fills[-1][0].price
        self._moved[symbol] = listing

    def _cancel(self, listing: Listing, asked: CancelRequested, said: list[Event]) -> None:
        order = listing.book.cancel(asked.order_id)
        if order is None:
            said.append(RequestRefused(asked.order_id, asked.account, asked.symbol, Refusal.UNKNOWN_ORDER))
            return
        assert order.account == asked.account, asked
        self._touched[asked.order_id] = listing
        said.append(_ended(order, (OrderStatus.CANCELED, ""), asked.symbol, order.left, rested=True))

    def _amend(self, listing: Listing, asked: AmendRequested, said: list[Event]) -> None:
        order = listing.book.orders.get(asked.order_id)
        if order is None:
            said.append(RequestRefused(asked.order_id, asked.account, asked.symbol, Refusal.UNKNOWN_ORDER))
            return
        assert order.account == asked.account, asked
        if not order.quantity - order.left < asked.quantity < order.quantity:
            said.append(RequestRefused(asked.order_id, asked.account, asked.symbol, Refusal.AMEND_MUST_REDUCE))
            return
        by = listing.book.reduce(order, asked.quantity)
        self._touched[asked.order_id] = listing
        said.append(
            OrderReduced(order.order_id, order.account, asked.symbol, order.side, order.price, order.quantity, order.left, by)
        )


def _ended(order: OrderAccepted | Resting, fate: Fate, symbol: str, left: int, rested: bool) -> OrderEnded:
    status, reason = fate
    return OrderEnded(order.order_id, order.account, symbol, status, reason, order.side, order.price, left, rested)
