"""A shard's rows, and the listings that they come to."""

from collections.abc import Mapping
from typing import Any

from tradewind.ports.tables import Change, Table
from tradewind.runtime.rows import Rows, drain_all
from tradewind.services.matching.book import Resting
from tradewind.services.matching.deadlines import Deadlines
from tradewind.services.matching.icebergs import Iceberg
from tradewind.services.matching.listing import Listing
from tradewind.services.matching.tables import (
    ARMED,
    MARKET_RULES,
    MARKETS,
    PRICE_RANGES,
    RESTING,
    ArmedStop,
    PriceRange,
    RestingOrder,
)
from tradewind.values.orders import MarketState


def resting_of(row: RestingOrder) -> Resting:
    order = row.order_id, row.account, row.side, row.price, row.quantity, row.left, row.priority, row.self_trade
    return Iceberg(*order, display=row.display, shown=row.shown) if row.display else Resting(*order)


class Keeping:
    def __init__(self, index: int) -> None:
        self._index = index
        self._resting = Rows(RESTING)
        self._armed = Rows(ARMED)
        self._markets = Rows(MARKETS)
        self._rules = Rows(MARKET_RULES)
        self._ranges = Rows(PRICE_RANGES)

    def load(self, rows: Mapping[Table, list[Any]], deadlines: Deadlines) -> dict[str, Listing]:
        for kept in (self._resting, self._armed, self._markets, self._rules, self._ranges):
            kept.load(rows[kept.table])
        listings: dict[str, Listing] = {}
        for market in self._markets:
            listing = listings[market.symbol] = Listing(market.symbol, self._rules[market.symbol])
            listing.load(market)
        for row in sorted(self._resting, key=lambda row: row.priority):
            listings[row.symbol].book.stand(resting_of(row))
            if row.other_leg:
                listings[row.symbol].legs[row.order_id] = row.other_leg
        for stop in sorted(self._armed, key=lambda stop: (stop.due, stop.arrival)):
            listings[stop.symbol].stops.add(stop)
        for row in (*self._resting, *self._armed):
            if row.good_till:
                deadlines.add(row.good_till, row.order_id, row.symbol)
        for row in sorted(self._ranges, key=lambda row: row.second):
            listings[row.symbol].breaker.ranges[row.second] = row.lowest, row.highest
        for listing in listings.values():
            if listing.book.state is MarketState.DELISTED:
                listing.leaving = listing.everybody()
        return listings

    def rest(self, order_id: int, row: RestingOrder | None) -> None:
        """Its row as it must be now; None: it must have none."""
        if row is not None:
            self._resting.put(row)
        elif order_id in self._resting:
            self._resting.remove(order_id)

    def arm(self, order_id: int, stop: ArmedStop | None) -> None:
        if stop is not None:
            self._armed.put(stop)
        elif order_id in self._armed:
            self._armed.remove(order_id)

    def move(self, listing: Listing) -> None:
        symbol, breaker = listing.symbol, listing.breaker
        self._markets.put(listing.row(self._index))
        if self._rules.get(symbol) is not listing.rules:
            self._rules.put(listing.rules)
        for second in breaker.touched:
            if second in breaker.ranges:
                self._ranges.put(PriceRange(self._index, symbol, second, *breaker.ranges[second]))
            elif (symbol, second) in self._ranges:
                self._ranges.remove((symbol, second))
        breaker.touched.clear()

    def drain(self) -> list[Change]:
        return drain_all(self._resting, self._armed, self._markets, self._rules, self._ranges)
