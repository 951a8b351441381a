"""A market too slow to be wrong: it sorts all that rests and takes the first. Tests and auditors compare the real one with it.

Give it an instant (`begin`: what time alone brings about), then what is heard at that instant, word by word (`hear`). Both
return the events that must be said. Nothing is kept that could be asked of the orders themselves.
"""

from bisect import bisect_right
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from tradewind.audit.naive_orders import Fate, Order, fate_of_pair, order_of
from tradewind.messages import events as ev
from tradewind.values.entries import ENTRY_LIMITS, EntryLimits
from tradewind.values.money import BPS, UNITS_MAX
from tradewind.values.orders import MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce, stricter
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules

NaiveFill = tuple[int, int, int]  # maker's order id, price, quantity
TRADING, POST_ONLY = MarketState.TRADING, MarketState.POST_ONLY
NS = 1_000_000_000


@dataclass
class NaiveBook:
    """`orders` are all that rest or wait, by id; `history` (when, price) of trades for the breaker; `again` the instant at
    which goes on what was too much; `room` how many meetings of orders this input still has."""

    rules: SymbolRules = field(default_factory=lambda: SymbolRules("", "", "", 0, 0, 1, 1, 0, UNITS_MAX, 0, 0, 0, True))
    limits: EntryLimits = ENTRY_LIMITS
    state: MarketState = TRADING
    operators: MarketState = TRADING
    breaker: MarketState = TRADING
    breaker_until: int = 0
    again: int = 0
    last_trade: int = 0
    last_price: int = 0
    now: int = 0
    room: int = ENTRY_LIMITS.fills
    triggers: int = 0
    places: int = 0
    first_leg: ev.OrderAccepted | None = None
    orders: dict[int, Order] = field(default_factory=dict)
    history: list[tuple[int, int]] = field(default_factory=list)
    said: list[Any] = field(default_factory=list)

    # --- time
    def begin(self, now: int, tick: bool = False) -> list[Any]:
        self.now, self.room, self.triggers, self.said = now, self.limits.fills, 0, []
        while (over := self.over()) and not (tick and len(self.said) + 2 > self.limits.ended):
            self.end(over[0], (OrderStatus.EXPIRED, "GOOD_TILL"))
        if not over:
            self.wake()
        return self.said

    def wake(self) -> None:
        """What time alone brings about, beside the end of orders."""
        while 0 < self.breaker_until <= self.now:
            halted = self.breaker is MarketState.HALT
            self.breaker = POST_ONLY if halted else TRADING
            self.breaker_until = self.now + self.rules.breaker_reopen_s * NS if halted else 0
            self.restate("CIRCUIT_BREAKER")
        if 0 < self.again <= self.now:
            self.again = 0
            self.go_on()

    def alarm(self) -> int:
        instants = [self.breaker_until, self.again, *(order.good_till for order in self.orders.values())]
        return min((instant for instant in instants if instant), default=0)

    def over(self) -> list[Order]:
        over = [order for order in self.orders.values() if 0 < order.good_till <= self.now]
        return sorted(over, key=lambda order: (order.good_till, order.order_id))

    def go_on(self) -> None:
        """With a delisting, or with stop orders whose price has come."""
        first = len(self.said)
        while self.state is MarketState.DELISTED and self.orders:
            if len(self.said) - first + 2 > self.limits.ended:
                self.again = self.now + 1
                return
            self.end(self.orders[min(self.orders)], (OrderStatus.EXPIRED, "DELISTED"))
        while self.state is TRADING and (due := [order for order in self.waiting() if order.due]):
            if self.limits.fills - self.room >= self.limits.cascade_fills or self.triggers >= self.limits.cascade_stops:
                self.again = self.now + 1
                return
            self.triggers += 1
            self.trigger(min(due, key=lambda order: order.due))

    def restate(self, reason: str, always: bool = False) -> None:
        was, self.state = self.state, stricter(self.operators, self.breaker)
        if self.state is not was or always:
            self.said.append(ev.MarketStateChanged(self.rules.symbol, self.state, reason))
        if self.state is not was:
            if self.state is TRADING and self.last_price:
                self.fall_due(self.last_price, self.last_price)
            self.go_on()

    # --- what is heard
    def hear(self, heard: Any) -> list[Any]:
        self.said = []
        match heard:
            case ev.SymbolCreated():
                self.rules = heard.rules
                self.said.append(ev.MarketStateChanged(heard.rules.symbol, TRADING, "LISTED"))
            case ev.SymbolChanged():
                self.rules = heard.rules
                self.history = self.history if heard.rules.breaker_bps else []
            case ev.MarketStateSet():
                self.operators = heard.state if self.operators is not MarketState.DELISTED else self.operators
                self.restate(heard.reason, always=True)
            case ev.CancelRequested():
                if heard.order_id in self.orders:
                    self.end(self.orders[heard.order_id], (OrderStatus.CANCELED, heard.reason))
                else:
                    self.refuse(heard, Refusal.UNKNOWN_ORDER)
            case ev.AmendRequested():
                order = self.orders.get(heard.order_id)
                if order is None:
                    self.refuse(heard, Refusal.UNKNOWN_ORDER)
                elif not order.quantity - order.left < heard.quantity < order.quantity:
                    self.refuse(heard, Refusal.AMEND_MUST_REDUCE)
                else:
                    self.cut(order, order.quantity - heard.quantity)
            case ev.OrderAccepted():
                self.accept(heard)
        return self.said

    def refuse(self, asked: Any, reason: str) -> None:
        self.said.append(ev.RequestRefused(asked.order_id, asked.account, asked.symbol, reason))

    def accept(self, asked: ev.OrderAccepted) -> None:
        if asked.list_id and self.first_leg is None:
            self.first_leg = asked
            return
        legs, self.first_leg = [asked] if self.first_leg is None else [self.first_leg, asked], None
        orders = [order_of(leg) for leg in legs]
        fates = [self.hindrance(order) for order in orders]
        cause = fates[0] or fates[-1]
        for order, fate in zip(orders, fates, strict=True):
            order.other = sum(leg.order_id for leg in legs) - order.order_id
            if cause is not None:
                order.other = 0
                self.end(order, fate or fate_of_pair(cause[0]))
            elif order.type.waits:
                self.arm(order)
            elif not asked.quote_quantity:
                self.place(order)
            elif quantity := self.sized(order, asked.quote_quantity):
                self.said.append(ev.OrderSized(asked.order_id, asked.account, asked.symbol, quantity))
                order.quantity = order.left = quantity
                self.place(order)
            else:
                self.end(order, (OrderStatus.EXPIRED, "NO_LIQUIDITY"))
        if self.state is TRADING:
            self.go_on()

    def fills(self, order: ev.OrderAccepted) -> list[NaiveFill]:
        """Hear an order as an input of its own, and tell only what it takes."""
        self.begin(self.now)
        trades = (said for said in self.hear(order) if isinstance(said, ev.Traded))
        return [(trade.maker_order, trade.price, trade.quantity) for trade in trades]

    def hindrance(self, order: Order) -> Fate | None:
        """Why an order that comes may not even try."""
        if 0 < order.good_till <= self.now:
            return OrderStatus.EXPIRED, "GOOD_TILL"
        closed = OrderStatus.REJECTED, f"MARKET_{self.state.name}"
        if self.state not in (TRADING, POST_ONLY):
            return closed
        if self.out_of_band(order):
            return OrderStatus.REJECTED, "PRICE_OUT_OF_BAND"
        if self.state is POST_ONLY and not order.type.waits and (not order.stays or self.meets(order)):
            return closed
        if order.type is OrderType.LIMIT_MAKER and self.meets(order):
            return OrderStatus.REJECTED, "POST_ONLY_WOULD_TAKE"
        return None

    def out_of_band(self, order: Order) -> bool:
        """Measured from the middle between the best prices, as long as nothing has traded."""
        if self.last_price or not self.rules.band_bps or order.type not in (OrderType.LIMIT, OrderType.LIMIT_MAKER):
            return False
        bids, asks = self.matching(Side.SELL, 0), self.matching(Side.BUY, UNITS_MAX)
        if not bids or not asks:
            return False
        worst = (bids[0].price + asks[0].price) * (BPS + order.sign * self.rules.band_bps)  # times 2 * BPS
        return order.sign * order.price * 2 * BPS > order.sign * worst

    def sized(self, order: Order, amount: int) -> int:
        """The most whole lots that the amount is worth in the book as it stands."""
        fills = self.reach(order)
        most = min(self.rules.quantity_max, sum(quantity for _, quantity in fills)) // self.rules.lot

        def cost(lots: int) -> int:
            left, total = lots * self.rules.lot, 0
            for price, quantity in fills:
                total += price * min(left, quantity)
                left -= min(left, quantity)
            return total

        units = amount * 10**self.rules.base_precision
        return (bisect_right(range(most + 1), units, key=cost) - 1) * self.rules.lot

    # --- an order in the book
    def meets(self, order: Order) -> list[Order]:
        return self.matching(order.side, order.price)

    def matching(self, side: Side, price: int) -> list[Order]:
        """What an order on `side` limited at `price` could trade with: best price first, then first come."""
        sign = 1 if side is Side.BUY else -1
        resting = [order for order in self.orders.values() if not order.waits and order.side is not side]
        good = [order for order in resting if sign * order.price <= sign * price]
        return sorted(good, key=lambda order: (sign * order.price, order.place))

    def reach(self, order: Order) -> list[tuple[int, int]]:
        """What it would trade with if it were endless: done, in a copy of all this."""
        twin, endless = deepcopy(self), replace(order, quantity=UNITS_MAX * BPS, left=UNITS_MAX * BPS)
        if order.self_trade in (SelfTrade.EXPIRE_BOTH, SelfTrade.DECREMENT):
            endless.self_trade = SelfTrade.EXPIRE_TAKER
        twin.said = []
        twin.sweep(endless)
        return [(said.price, said.quantity) for said in twin.said if isinstance(said, ev.Traded)]

    def place(self, order: Order) -> None:
        """One that nothing hinders."""
        killed = order.time_in_force is TimeInForce.FOK and sum(quantity for _, quantity in self.reach(order)) < order.quantity
        trades = self.last_trade
        fate = (OrderStatus.EXPIRED, "FOK_UNFILLABLE") if killed else self.sweep(order)
        if fate is None and order.left and order.stays:
            order.shown = min(order.display, order.left)
            self.rest(order)
            self.said.append(ev.OrderRested(*order.who, order.side, order.price, order.left, order.seen))
        elif fate is None and order.left:
            reason = "NO_LIQUIDITY" if order.type is OrderType.MARKET else "IOC_REMAINDER"
            self.end(order, (OrderStatus.EXPIRED, reason))
        else:
            self.end(order, fate or (OrderStatus.FILLED, ""))
        if self.last_trade > trades:
            self.watch([said.price for said in self.said if isinstance(said, ev.Traded) and said.trade_id > trades])

    def rest(self, order: Order) -> None:
        """Behind all others at its price."""
        self.places += 1
        order.place = self.places
        self.orders[order.order_id] = order

    def sweep(self, taker: Order) -> Fate | None:
        while taker.left and (makers := self.meets(taker)):
            if not self.room:
                return OrderStatus.EXPIRED, "TOO_MANY_FILLS"
            own = makers[0].account == taker.account and taker.self_trade is not SelfTrade.NONE
            if own and taker.self_trade is SelfTrade.EXPIRE_TAKER:
                return OrderStatus.EXPIRED_IN_MATCH, "SELF_TRADE"
            self.room -= 1
            if not own:
                self.trade(taker, makers[0])
            elif self.prevent(taker, makers[0]):
                return OrderStatus.EXPIRED_IN_MATCH, "SELF_TRADE"
        return None

    def trade(self, taker: Order, maker: Order) -> None:
        quantity = min(taker.left, maker.shown if maker.display else maker.left)
        taker.left -= quantity
        maker.left -= quantity
        maker.shown -= quantity if maker.display else 0
        self.end_other(maker, OrderStatus.FILLED)
        self.last_trade, self.last_price = self.last_trade + 1, maker.price
        sides = maker.order_id, maker.account, maker.left, taker.order_id, taker.account, taker.left
        self.said.append(ev.Traded(maker.symbol, self.last_trade, maker.price, quantity, taker.side, *sides))
        if not maker.left:
            self.end(maker, (OrderStatus.FILLED, ""))
        elif maker.display and not maker.shown:
            maker.shown = min(maker.display, maker.left)
            self.rest(maker)
            self.said.append(ev.OrderShown(*maker.who, maker.side, maker.price, maker.shown))

    def prevent(self, taker: Order, maker: Order) -> bool:
        """Of two of one owner; whether the taker ends."""
        mode, by = taker.self_trade, min(taker.left, maker.left)
        if mode is SelfTrade.DECREMENT and maker.left > by:
            self.cut(maker, by)
            return True
        self.end(maker, (OrderStatus.EXPIRED_IN_MATCH, "SELF_TRADE"))
        if mode is SelfTrade.DECREMENT and taker.left > by:
            self.cut(taker, by)
            return False
        return mode is not SelfTrade.EXPIRE_MAKER

    def cut(self, order: Order, by: int) -> None:
        """Take `by` away; what is hidden goes first."""
        stands, seen = order.order_id in self.orders and not order.waits, order.seen
        order.left, order.quantity = order.left - by, order.quantity - by
        order.shown = min(order.shown, order.left)
        shown_by = 0 if not stands else seen - order.seen if order.display else -1
        sizes = order.quantity, order.left, by, shown_by
        self.said.append(ev.OrderReduced(*order.who, order.side, order.price, *sizes))

    def end(self, order: Order, fate: Fate) -> None:
        rested = self.orders.pop(order.order_id, order).waits is False and order.place > 0
        self.end_other(order, fate[0])
        seen = order.seen if rested else -1
        self.said.append(ev.OrderEnded(*order.who, *fate, order.side, order.price, order.left, rested, seen))

    def end_other(self, order: Order, status: OrderStatus) -> None:
        """What has happened to one leg of a pair ends the other."""
        other = self.orders.get(order.other)
        order.other = 0
        if other is not None:
            other.other = 0
            self.end(other, fate_of_pair(status))

    # --- stop orders, and what trades lead to
    def arm(self, order: Order) -> None:
        order.waits = True
        self.rest(order)
        self.said.append(ev.OrderArmed(*order.who))
        if self.state is TRADING and self.last_price:
            self.fall_due(self.last_price, self.last_price)

    def waiting(self) -> list[Order]:
        return [order for order in self.orders.values() if order.waits]

    def fall_due(self, low: int, high: int) -> None:
        """Those whose price lies within, or has been passed; in the order in which they came."""
        met = [order for order in self.waiting() if not order.due and order.is_met(low, high)]
        for order in sorted(met, key=lambda order: order.place):
            self.places += 1
            order.due = self.places

    def trigger(self, stop: Order) -> None:
        del self.orders[stop.order_id]
        self.end_other(stop, OrderStatus.FILLED)
        self.said.append(ev.OrderTriggered(*stop.who, self.last_price))
        self.place(stop.triggered())

    def watch(self, prices: list[int]) -> None:
        """After an order's trades."""
        self.fall_due(min(prices), max(prices))
        bps, window_s, second, tripped = self.rules.breaker_bps, self.rules.breaker_window_s, self.now // NS, False
        if not bps:
            return
        self.history = [(when, price) for when, price in self.history if when > second - window_s]
        for price in prices:
            tripped = tripped or any(abs(price - old) * BPS >= bps * old for _, old in self.history)
            self.history.append((second - second % max(1, window_s // 60), price))
        if tripped:
            self.history, self.breaker = [], MarketState.HALT
            self.breaker_until = self.now + self.rules.breaker_halt_s * NS
            self.state = stricter(self.operators, self.breaker)
            self.said.append(ev.MarketStateChanged(self.rules.symbol, self.state, "CIRCUIT_BREAKER"))
