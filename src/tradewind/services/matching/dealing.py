"""What comes of one order in its market: fills, its end or its rest, and what its trades lead to."""

from collections.abc import Sequence

import msgspec

from tradewind.messages.events import Event, MarketStateChanged, OrderAccepted, OrderRested, OrderSized, Traded
from tradewind.services.matching import words
from tradewind.services.matching.book import (
    BUY,
    EXPIRE_TAKER,
    FILLED,
    NO_LIQUIDITY,
    SELF_TRADE,
    Fate,
    Fill,
    Resting,
)
from tradewind.services.matching.deadlines import Deadlines
from tradewind.services.matching.icebergs import Iceberg
from tradewind.services.matching.listing import Listing
from tradewind.services.matching.sweep import Step, Sweep, What, refused, remainder, rests, sized
from tradewind.services.matching.tables import ArmedStop
from tradewind.values.orders import OrderStatus


class Dealing:
    """The half of the machine that orders go through; the other half hears, wakes and keeps."""

    def __init__(self) -> None:
        self._deadlines = Deadlines()
        # Ids rather than records: an order that changes ten times between two commits is packed once, and one that came
        # and went between them is not packed at all.
        self._touched: dict[int, Listing] = {}
        self._moved: dict[str, Listing] = {}
        self._waking: dict[str, Listing] = {}  # those with a breaker that runs, or something to go on with
        # Of the input that is being applied.
        self._now = 0
        self._place_given = 0
        self._room = 0

    def _next_place(self) -> int:
        self._place_given += 1
        return self._place_given

    # --- an order comes
    def _place(self, listing: Listing, order: OrderAccepted, priority: int, said: list[Event]) -> None:
        book = listing.book
        book.room = self._room
        theirs = book.asks if order.side is BUY else book.bids
        if theirs.icebergs or order.display or order.self_trade > EXPIRE_TAKER:
            self._place_carefully(listing, order, priority, said)
            return
        fills, left, fate = book.place(
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
            self._trade(listing, order, order.quantity, fills, said)
        if fate is None:
            self._touched[order.order_id] = listing
            if order.good_till:
                self._deadlines.add(order.good_till, order.order_id, order.symbol)
            said.append(OrderRested(order.order_id, order.account, order.symbol, order.side, order.price, left))
        else:
            said.append(words.ended(order, fate, left))
        if fills:
            self._room -= len(fills)
            if listing.stops.armed or listing.rules.breaker_bps:
                self._watch(listing, fills[0][0].price, fills[-1][0].price, said)

    def _place_carefully(self, listing: Listing, order: OrderAccepted, priority: int, said: list[Event]) -> None:
        fate = refused(listing.book, order)
        if fate is not None:
            said.append(words.ended(order, fate, order.quantity))
            return
        sweep, prices = Sweep(listing.book, order), list[int]()
        for step in sweep:
            if step.what is What.TRADED:
                prices.append(step.maker.price)
            self._say_step(listing, order, sweep, step, said)
        self._room -= sweep.meetings
        if sweep.fate is not None:
            said.append(words.ended(order, sweep.fate, sweep.left))
        elif rests(order):
            who = order.order_id, order.account, order.side, order.price, sweep.quantity, sweep.left, priority, order.self_trade
            resting = Iceberg(*who, display=order.display) if order.display else Resting(*who)
            listing.book.stand(resting)
            self._touched[order.order_id] = listing
            if order.good_till:
                self._deadlines.add(order.good_till, order.order_id, order.symbol)
            said.append(words.rested(resting, order.symbol))
        else:
            said.append(words.ended(order, remainder(order), sweep.left))
        if prices and (listing.stops.armed or listing.rules.breaker_bps):
            self._watch(listing, prices[0], prices[-1], said)

    def _say_step(self, listing: Listing, order: OrderAccepted, sweep: Sweep, step: Step, said: list[Event]) -> None:
        maker, symbol = step.maker, listing.symbol
        self._touched[maker.order_id] = listing
        match step.what:
            case What.TRADED:
                self._trade(listing, order, sweep.left + step.quantity, [(maker, step.quantity)], said)
            case What.SHOWN:
                maker.priority = self._next_place()
                said.append(words.shown(maker, symbol))
            case What.EXPIRED:
                self._end_stop_of(listing, maker.order_id, OrderStatus.EXPIRED, said)
                self._deadlines.till.pop(maker.order_id, None)
                said.append(words.ended_resting(maker, symbol, SELF_TRADE))
            case What.MAKER_REDUCED:
                said.append(words.reduced_resting(maker, symbol, step.quantity, step.seen))
            case What.TAKER_REDUCED:
                said.append(words.reduced(order, sweep.quantity, sweep.left, step.quantity))

    def _place_sized(self, listing: Listing, order: OrderAccepted, said: list[Event]) -> None:
        """By amount: the book says what that comes to, then it is an order like any other."""
        book, rules = listing.book, listing.rules
        book.room = self._room
        fate = refused(book, order)
        quantity = sized(book, order, rules.base_precision, rules.lot, rules.quantity_max)
        if fate is not None or not quantity:
            said.append(words.ended(order, fate or NO_LIQUIDITY, order.quantity))
            return
        assert order.side is BUY or quantity <= order.quantity, (order, quantity)
        said.append(OrderSized(order.order_id, order.account, order.symbol, quantity))
        self._place(listing, msgspec.structs.replace(order, quantity=quantity), self._next_place(), said)

    # --- and trades
    def _trade(self, listing: Listing, taker: OrderAccepted, left: int, fills: Sequence[Fill], said: list[Event]) -> None:
        """`left` is what is open of the taker before these fills."""
        symbol, touched, trade_id = listing.symbol, self._touched, listing.last_trade
        legs, till = listing.legs, self._deadlines.till
        for maker, quantity in fills:
            trade_id += 1
            left -= quantity
            touched[maker.order_id] = listing
            if legs:
                self._end_stop_of(listing, maker.order_id, OrderStatus.FILLED, said)
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
                    left,
                )
            )
            if not maker.left:
                if till:
                    till.pop(maker.order_id, None)
                said.append(words.ended_resting(maker, symbol, FILLED))
        listing.last_trade = trade_id
        listing.last_price = fills[-1][0].price
        self._moved[symbol] = listing

    def _watch(self, listing: Listing, first: int, last: int, said: list[Event]) -> None:
        """After an order that traded from price `first` to `last`: whose price has come, and whether that was too far."""
        if listing.stops.armed:
            self._fall_due(listing, min(first, last), max(first, last))
        if listing.rules.breaker_bps and listing.breaker.traded(listing.rules, first, last, self._now):
            listing.book.state = listing.state
            self._waking[listing.symbol] = listing
            said.append(MarketStateChanged(listing.symbol, listing.book.state, "CIRCUIT_BREAKER"))

    def _fall_due(self, listing: Listing, low: int, high: int) -> None:
        for stop in listing.stops.hit(low, high):
            listing.stops.fall_due(stop, self._next_place())
            self._touched[stop.order_id] = listing

    # --- an order goes
    def _end(self, listing: Listing, order_id: int, fate: Fate, said: list[Event]) -> bool:
        """Of one that rests or waits, behind its other leg; False when it does neither."""
        order = listing.book.cancel(order_id)
        if order is not None:
            self._gone(listing, order_id)
            self._end_stop_of(listing, order_id, fate[0], said)
            said.append(words.ended_resting(order, listing.symbol, fate))
            return True
        stop = listing.stops.remove(order_id)
        if stop is None:
            return False
        self._gone(listing, order_id)
        self._end_leg_of(listing, stop, fate[0], said)
        said.append(words.ended(stop, fate, stop.quantity))
        return True

    def _end_stop_of(self, listing: Listing, order_id: int, status: OrderStatus, said: list[Event]) -> None:
        """If the resting order is the leg of a pair: its stop order ends, because of what has met the leg."""
        stop_id = listing.legs.pop(order_id, 0)
        if stop_id:
            stop = listing.stops.remove(stop_id)
            assert stop is not None, (order_id, stop_id)
            self._gone(listing, stop_id)
            said.append(words.ended(stop, words.of_pair(status), stop.quantity))

    def _end_leg_of(self, listing: Listing, stop: ArmedStop, status: OrderStatus, said: list[Event]) -> None:
        if stop.other_leg:
            del listing.legs[stop.other_leg]
            leg = listing.book.cancel(stop.other_leg)
            assert leg is not None, stop
            self._gone(listing, leg.order_id)
            said.append(words.ended_resting(leg, listing.symbol, words.of_pair(status)))

    def _gone(self, listing: Listing, order_id: int) -> None:
        self._touched[order_id] = listing
        self._deadlines.till.pop(order_id, None)
