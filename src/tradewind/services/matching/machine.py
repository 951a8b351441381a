"""One shard of matching: the books of its symbols, moved by what clearing accepted, by what operators said, and by time."""

from collections.abc import Mapping
from typing import Any, ClassVar

from tradewind.messages.commands import Command, Tick
from tradewind.messages.events import (
    AmendRequested,
    CancelRequested,
    Entry,
    Event,
    MarketStateChanged,
    MarketStateSet,
    OrderAccepted,
    OrderArmed,
    OrderTriggered,
    RequestRefused,
    SymbolChanged,
    SymbolCreated,
)
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change, Table
from tradewind.runtime.machine import At, Outcome
from tradewind.services.matching import words
from tradewind.services.matching.book import TRADING, Book, Resting
from tradewind.services.matching.dealing import Dealing
from tradewind.services.matching.keeping import Keeping
from tradewind.services.matching.listing import DELISTED, GOOD_TILL, Listing, market_rules
from tradewind.services.matching.stops import as_order, is_met
from tradewind.services.matching.tables import ARMED, MARKET_RULES, MARKETS, PRICE_RANGES, RESTING, ArmedStop, RestingOrder
from tradewind.values.entries import ENTRY_LIMITS, EntryLimits
from tradewind.values.orders import MarketState, OrderStatus
from tradewind.values.refusals import Refusal

ENTRY_EVENTS_MAX = 1024  # of what is heard; clearing asserts its own limits against it
PLACES = 2**20  # priorities and places in lines that one entry may give away
ADDRESSED = (OrderAccepted, CancelRequested, AmendRequested, MarketStateSet)  # they name their symbol
RULES = (SymbolCreated, SymbolChanged)
assert 2 * (ENTRY_EVENTS_MAX + ENTRY_LIMITS.cascade_stops + ENTRY_LIMITS.fills) < PLACES


class MatchingMachine(Dealing):
    tables: ClassVar[tuple[Table, ...]] = (RESTING, ARMED, MARKETS, MARKET_RULES, PRICE_RANGES)
    hears: ClassVar[frozenset[type]] = frozenset({*RULES, *ADDRESSED})
    limits: ClassVar[EntryLimits] = ENTRY_LIMITS

    def __init__(self, index: int, topology: Topology) -> None:
        super().__init__()
        self._index = index
        self._topology = topology
        self._listings: dict[str, Listing] = {}
        self._mine: dict[str, bool] = {}
        self._keeping = Keeping(index)
        self._alarm = 0
        self._triggered = 0  # by the input that is being applied
        self._first_leg: OrderAccepted | None = None

    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        self._listings = self._keeping.load(rows, self._deadlines)
        self._waking = {symbol: listing for symbol, listing in self._listings.items() if _next_of(listing)}
        self._set_alarm()
        crossed = [symbol for symbol, listing in self._listings.items() if listing.book.crossed]
        assert not crossed, crossed

    def concerns(self, event: Event) -> bool:
        """Whether it names a symbol of this shard."""
        if isinstance(event, RULES):
            return self._is_mine(event.rules.symbol)
        return isinstance(event, ADDRESSED) and self._is_mine(event.symbol)

    def alarm(self) -> int:
        return self._alarm

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        said: list[Event] = []
        self._now = at.now
        self._place_given = at.seq * PLACES
        self._room, self._triggered = self.limits.fills, 0
        if 0 < self._alarm <= at.now:
            self._wake(said, self.limits.ended if isinstance(item, Tick) else None)
        if not isinstance(item, Tick):
            assert isinstance(item, Entry) and len(item.events) <= ENTRY_EVENTS_MAX, item
            for heard in item.events:
                self._hear(heard, said)
            assert self._first_leg is None, self._first_leg
        assert self._place_given < (at.seq + 1) * PLACES, at
        if self._waking or self._deadlines.till or self._alarm:
            self._set_alarm()
        return Outcome(said)

    def changes(self) -> list[Change]:
        keeping = self._keeping
        for order_id, listing in self._touched.items():
            order = listing.book.orders.get(order_id)
            keeping.rest(order_id, None if order is None else self._row(listing.symbol, order))
            keeping.arm(order_id, listing.stops.armed.get(order_id))
        for listing in self._moved.values():
            keeping.move(listing)
        self._touched, self._moved = {}, {}
        return keeping.drain()

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
            order.display,
            max(0, order.seen()),
            self._deadlines.till.get(order.order_id, 0),
            self._listings[symbol].legs.get(order.order_id, 0),
        )

    def _is_mine(self, symbol: str) -> bool:
        mine = self._mine.get(symbol)
        if mine is None:
            mine = self._mine[symbol] = self._topology.matching_of(symbol) == self._index
        return mine

    # --- time
    def _set_alarm(self) -> None:
        instants = [self._deadlines.next(), *(_next_of(listing) for listing in self._waking.values())]
        self._alarm = min((instant for instant in instants if instant), default=0)

    def _wake(self, said: list[Event], ended_max: int | None) -> None:
        """What time alone brings about, before anything else. While orders are left whose time is over, nothing may trade: with
        `ended_max` it ends there, and the runtime gives another Tick before anything else."""
        while (over := self._deadlines.pop(self._now)) is not None:
            order_id, symbol = over
            self._end(self._listings[symbol], order_id, GOOD_TILL, said)
            if ended_max is not None and len(said) + 2 > ended_max:
                break
        if 0 < self._deadlines.next() <= self._now:
            return
        for symbol in sorted(self._waking):
            listing = self._waking[symbol]
            while 0 < listing.breaker.until <= self._now:
                listing.breaker.step(listing.rules, self._now)
                self._change_state(listing, "CIRCUIT_BREAKER", said)
            if 0 < listing.again_at <= self._now:
                listing.again_at = 0
                self._moved[symbol] = listing
                self._delist(listing, said) if listing.book.state is MarketState.DELISTED else self._cascade(listing, said)
            if not _next_of(listing):
                del self._waking[symbol]

    def _go_on_later(self, listing: Listing) -> None:
        listing.again_at = self._now + 1
        self._waking[listing.symbol] = self._moved[listing.symbol] = listing

    def _delist(self, listing: Listing, said: list[Event]) -> None:
        """A portion of those that rest or wait; in the order of their ids."""
        first, leaving = len(said), listing.leaving or listing.everybody()
        while leaving and len(said) - first + 2 <= self.limits.ended:
            self._end(listing, leaving.pop(), DELISTED, said)
        listing.leaving = leaving
        if listing.book.orders or listing.stops.armed:
            self._go_on_later(listing)

    # --- hearing
    def _hear(self, heard: Event, said: list[Event]) -> None:
        if isinstance(heard, RULES):
            self._list(heard, said)
            return
        assert isinstance(heard, ADDRESSED), heard
        # Whoever speaks of a symbol has heard admin create it, and so have we: followers hear causes first.
        assert heard.symbol in self._listings, heard
        listing = self._listings[heard.symbol]
        if isinstance(heard, OrderAccepted):
            self._accept(listing, heard, said)
        elif isinstance(heard, CancelRequested):
            self._cancel(listing, heard, said)
        elif isinstance(heard, AmendRequested):
            self._amend(listing, heard, said)
        else:
            if listing.operator_state is not MarketState.DELISTED:
                listing.operator_state = heard.state
            self._change_state(listing, heard.reason, said, always=True)

    def _list(self, heard: SymbolCreated | SymbolChanged, said: list[Event]) -> None:
        symbol, rules = heard.rules.symbol, market_rules(self._index, heard.rules)
        if isinstance(heard, SymbolChanged):
            listing = self._listings[symbol]
            listing.rules = rules
            if not rules.breaker_bps:
                listing.breaker.clear()
            self._moved[symbol] = listing
            return
        assert symbol not in self._listings, symbol
        self._listings[symbol] = self._moved[symbol] = Listing(symbol, rules)
        said.append(MarketStateChanged(symbol, TRADING, "LISTED"))

    def _change_state(self, listing: Listing, reason: str, said: list[Event], always: bool = False) -> None:
        """To what its causes come to. `always`: an operator is told what holds, even when nothing has changed."""
        was, listing.book.state = listing.book.state, listing.state
        self._moved[listing.symbol] = listing
        if listing.book.state is not was or always:
            said.append(MarketStateChanged(listing.symbol, listing.book.state, reason))
        if listing.breaker.until:
            self._waking[listing.symbol] = listing
        if listing.book.state is was:
            return
        if listing.book.state is MarketState.DELISTED:
            self._delist(listing, said)
        elif listing.book.state is TRADING:
            if listing.last_price:
                self._fall_due(listing, listing.last_price, listing.last_price)
            self._cascade(listing, said)

    def _accept(self, listing: Listing, order: OrderAccepted, said: list[Event]) -> None:
        if order.list_id:
            self._take_leg(listing, order, said)
        elif order.type.waits:
            fate = listing.refused(order, self._now)
            if fate is not None:
                said.append(words.ended(order, fate, order.quantity))
            else:
                self._arm(listing, order, 0, said)
        elif (order.good_till or not listing.last_price) and (fate := listing.refused(order, self._now)) is not None:
            said.append(words.ended(order, fate, order.quantity))
        elif order.quote_quantity:
            self._place_sized(listing, order, said)
        else:
            self._place(listing, order, self._next_place(), said)
        if listing.stops.due and self._first_leg is None:
            self._cascade(listing, said)

    # --- stop orders and pairs
    def _take_leg(self, listing: Listing, order: OrderAccepted, said: list[Event]) -> None:
        """The first leg waits for the second; then both are taken up, or none."""
        first, self._first_leg = self._first_leg, None
        if first is None:
            self._first_leg = order
            return
        assert first.list_id == order.list_id and first.symbol == order.symbol, (first, order)
        assert first.type.waits is not order.type.waits, (first, order)
        fates = [listing.refused_beside(leg, self._now) for leg in (first, order)]
        cause = fates[0] or fates[1]
        if cause is not None:
            for leg, fate in zip((first, order), fates, strict=True):
                said.append(words.ended(leg, fate or words.of_pair(cause[0]), leg.quantity))
            return
        for leg, other in ((first, order), (order, first)):
            if leg.type.waits:
                self._arm(listing, leg, other.order_id, said)
            else:
                listing.legs[leg.order_id] = other.order_id
                self._place(listing, leg, self._next_place(), said)

    def _arm(self, listing: Listing, order: OrderAccepted, other_leg: int, said: list[Event]) -> None:
        kind = order.side, order.type, order.time_in_force, order.self_trade, order.price, order.quantity
        rest = order.stop_price, order.good_till, other_leg, self._next_place()
        stop = ArmedStop(self._index, order.order_id, order.account, order.symbol, *kind, *rest)
        listing.stops.add(stop)
        self._touched[order.order_id] = listing
        if order.good_till:
            self._deadlines.add(order.good_till, order.order_id, order.symbol)
        said.append(OrderArmed(order.order_id, order.account, order.symbol))
        if listing.book.state is TRADING and listing.last_price and is_met(stop, listing.last_price):
            self._fall_due(listing, listing.last_price, listing.last_price)

    def _cascade(self, listing: Listing, said: list[Event]) -> None:
        """Whoever's price has come, in line; those whom their trades trigger stand in line behind them."""
        limits = self.limits
        while listing.stops.due and listing.book.state is TRADING:
            if limits.fills - self._room >= limits.cascade_fills or self._triggered >= limits.cascade_stops:
                self._go_on_later(listing)
                return
            self._triggered += 1
            stop = listing.stops.remove(next(iter(listing.stops.due)))
            assert stop is not None
            self._gone(listing, stop.order_id)
            self._end_leg_of(listing, stop, OrderStatus.FILLED, said)
            said.append(OrderTriggered(stop.order_id, stop.account, stop.symbol, listing.last_price))
            self._place(listing, as_order(stop), self._next_place(), said)

    # --- requests
    def _cancel(self, listing: Listing, asked: CancelRequested, said: list[Event]) -> None:
        known = listing.book.orders.get(asked.order_id) or listing.stops.armed.get(asked.order_id)
        assert known is None or known.account == asked.account, asked
        if not self._end(listing, asked.order_id, (OrderStatus.CANCELED, asked.reason), said):
            said.append(RequestRefused(asked.order_id, asked.account, asked.symbol, Refusal.UNKNOWN_ORDER))

    def _amend(self, listing: Listing, asked: AmendRequested, said: list[Event]) -> None:
        order = listing.book.orders.get(asked.order_id)
        stop = None if order is not None else listing.stops.armed.get(asked.order_id)
        if order is not None:
            assert order.account == asked.account, asked
            least, most = order.quantity - order.left, order.quantity
        elif stop is not None:
            assert stop.account == asked.account, asked
            least, most = 0, stop.quantity
        else:
            said.append(RequestRefused(asked.order_id, asked.account, asked.symbol, Refusal.UNKNOWN_ORDER))
            return
        if not least < asked.quantity < most:
            said.append(RequestRefused(asked.order_id, asked.account, asked.symbol, Refusal.AMEND_MUST_REDUCE))
            return
        self._touched[asked.order_id] = listing
        if order is not None:
            seen = order.seen()
            by = listing.book.reduce(order, asked.quantity)
            said.append(words.reduced_resting(order, asked.symbol, by, seen))
        elif stop is not None:
            stop = listing.stops.reduce(asked.order_id, asked.quantity)
            said.append(words.reduced(stop, stop.quantity, stop.quantity, most - asked.quantity))


def _next_of(listing: Listing) -> int:
    """The instant at which the market itself moves on; 0 = it does not."""
    instants = listing.breaker.until, listing.again_at
    return min((instant for instant in instants if instant), default=0)
