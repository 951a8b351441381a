"""A symbol of a shard: its book and what stands beside it."""

from dataclasses import fields
from typing import Final

from tradewind.messages.events import OrderAccepted
from tradewind.services.matching.book import BUY, CLOSED, POST_ONLY, TRADING, Book, Fate
from tradewind.services.matching.breaker import Breaker
from tradewind.services.matching.stops import Stops
from tradewind.services.matching.sweep import refused
from tradewind.services.matching.tables import Market, MarketRules
from tradewind.values.money import BPS
from tradewind.values.orders import MarketState, OrderStatus, OrderType, stricter
from tradewind.values.symbols import SymbolRules

OUT_OF_BAND: Final[Fate] = (OrderStatus.REJECTED, "PRICE_OUT_OF_BAND")
GOOD_TILL: Final[Fate] = (OrderStatus.EXPIRED, "GOOD_TILL")
DELISTED: Final[Fate] = (OrderStatus.EXPIRED, "DELISTED")


def market_rules(shard: int, rules: SymbolRules) -> MarketRules:
    known = {field.name for field in fields(SymbolRules)}
    return MarketRules(shard, *(getattr(rules, name) for name in MarketRules.__struct_fields__ if name in known))


class Listing:
    """`legs`: the stop orders of pairs, by their resting other legs. `leaving`: whom a delisting has still to end, smallest id
    last. `again_at` as in its row."""

    __slots__ = (
        "again_at",
        "book",
        "breaker",
        "last_price",
        "last_trade",
        "leaving",
        "legs",
        "operator_state",
        "rules",
        "stops",
        "symbol",
    )

    def __init__(self, symbol: str, rules: MarketRules) -> None:
        self.symbol = symbol
        self.rules = rules
        self.book = Book(TRADING)
        self.stops = Stops()
        self.breaker = Breaker()
        self.operator_state = TRADING
        self.last_trade = 0
        self.last_price = 0
        self.again_at = 0
        self.legs: dict[int, int] = {}
        self.leaving: list[int] = []

    def load(self, row: Market) -> None:
        self.book.state = row.state
        self.operator_state = row.operator_state
        self.breaker.state, self.breaker.until = row.breaker_state, row.breaker_until
        self.last_trade, self.last_price, self.again_at = row.last_trade, row.last_price, row.again_at

    def row(self, shard: int) -> Market:
        return Market(
            shard,
            self.symbol,
            self.book.state,
            self.last_trade,
            self.last_price,
            self.operator_state,
            self.breaker.state,
            self.breaker.until,
            self.again_at,
        )

    @property
    def state(self) -> MarketState:
        """What holds."""
        return stricter(self.operator_state, self.breaker.state)

    def everybody(self) -> list[int]:
        """The ids of all that rests or waits, smallest last."""
        return sorted([*self.book.orders, *self.stops.armed], reverse=True)

    def refused(self, order: OrderAccepted, now: int) -> Fate | None:
        """Why matching does not take up an order at all, for reasons that the book does not see for itself."""
        if 0 < order.good_till <= now:
            return GOOD_TILL
        if order.type.waits:
            return None if self.book.state in (TRADING, POST_ONLY) else CLOSED[self.book.state]
        if self.book.state in (TRADING, POST_ONLY) and order.type is not OrderType.MARKET and self._out_of_band(order):
            return OUT_OF_BAND
        return None

    def refused_beside(self, order: OrderAccepted, now: int) -> Fate | None:
        """The same for one leg of a pair, with what the book would say to it."""
        fate = self.refused(order, now)
        return fate if fate is not None or order.type.waits else refused(self.book, order)

    def _out_of_band(self, order: OrderAccepted) -> bool:
        """Where nothing has traded yet, the band is measured from the middle between the best prices."""
        bids, asks, band = self.book.bids.keys, self.book.asks.keys, self.rules.band_bps
        if self.last_price or not (band and bids and asks):
            return False
        price, middle = 2 * order.price * BPS, bids[-1] - asks[-1]  # twice the middle: the keys of asks are negative
        return price > middle * (BPS + band) if order.side is BUY else price < middle * (BPS - band)
