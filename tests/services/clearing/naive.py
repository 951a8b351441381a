"""Clearing as one would explain it: dicts, fractions, and every sum taken anew each time it is asked for."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from tradewind.messages.commands import PlaceOrder
from tradewind.messages.events import (
    Adjusted,
    Event,
    MarketStateChanged,
    OrderAccepted,
    OrderEnded,
    OrderReduced,
    OrderSized,
    Traded,
    TransferSent,
)
from tradewind.services.clearing.client_ids import DEDUP_NS
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules

CLOSED = (MarketState.HALT, MarketState.PRE_OPEN, MarketState.CANCEL_ONLY, MarketState.DELISTED)
RESTING = (TimeInForce.GTC, TimeInForce.GTD)
TAKERS = (OrderType.MARKET, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT)


@dataclass
class NaiveOrder:
    account: int
    rules: SymbolRules
    side: Side
    price: int
    quantity: int
    left: int
    amount: int = 0  # of a buy by amount: what is not spent
    list_id: int = 0

    @property
    def asset(self) -> str:
        return self.rules.quote if self.side is Side.BUY else self.rules.base

    @property
    def need(self) -> int:
        if self.side is Side.BUY:
            return self.amount or cost(self.rules, self.price, self.left)
        return self.left


def cost(rules: SymbolRules, price: int, quantity: int) -> int:
    """Quote units: the price of one whole base times so many wholes."""
    exact = price * Fraction(quantity, 10**rules.base_precision)
    assert exact.denominator == 1, (rules, price, quantity)
    return int(exact)


class NaiveClearing:
    """One shard. It is told what the real one accepted (ids are not its business) and what matching said."""

    def __init__(self, rules: list[SymbolRules], orders_max: int) -> None:
        self.rules = {rule.symbol: rule for rule in rules}
        self.orders_max = orders_max
        self.money: dict[tuple[int | str, str], int] = defaultdict(int)  # free and held together
        self.orders: dict[int, NaiveOrder] = {}
        self.names: dict[tuple[int, str], tuple[int, PlaceOrder]] = {}
        self.ended: dict[int, int] = {}
        self.last: dict[str, int] = {}
        self.state: dict[str, MarketState] = {}

    def held(self, account: int, asset: str) -> int:
        """Of a pair the larger need, once."""
        needs: dict[int, int] = {}
        for order_id, order in self.orders.items():
            if (order.account, order.asset) == (account, asset):
                needs[order.list_id or order_id] = max(order.need, needs.get(order.list_id or order_id, 0))
        return sum(needs.values())

    def held_by(self, order_id: int) -> int:
        """Of a pair that is whole, the first holds for both."""
        order = self.orders[order_id]
        legs = [leg for leg in self.orders.values() if order.list_id and leg.list_id == order.list_id] or [order]
        return max(leg.need for leg in legs) if legs[0] is order else 0

    def free(self, account: int, asset: str) -> int:
        return self.money[account, asset] - self.held(account, asset)

    def named(self, account: int, name: str, now: int) -> tuple[int, PlaceOrder] | None:
        known = self.names.get((account, name)) if name else None
        if known is None or now - self.ended.get(known[0], now) > DEDUP_NS:
            return None
        return known

    def worst(self, rules: SymbolRules, side: Side, bps: int, centre: int) -> int:
        last, part = Fraction(centre), Fraction(bps, 10_000)
        if side is Side.BUY:
            return floor(last * (1 + part) / rules.tick) * rules.tick
        return ceil(last * (1 - part) / rules.tick) * rules.tick

    def objections(self, order: PlaceOrder, now: int) -> set[Refusal]:
        """All that speaks against the order; clearing names one of them."""
        rules, known, against = self.rules[order.symbol], self.named(order.account, order.client_order_id, now), set()
        if known is not None:
            return set() if known[1] == order else {Refusal.DUPLICATE_CLIENT_ORDER_ID}
        if self.state.get(order.symbol) in CLOSED:
            against.add(Refusal.MARKET_CLOSED)
        if not order.quote_quantity and (order.quantity % rules.lot or order.quantity <= 0):
            against.add(Refusal.QUANTITY_OFF_LOT)
        if order.quantity > rules.quantity_max:
            against.add(Refusal.QUANTITY_OUT_OF_RANGE)
        if order.self_trade is SelfTrade.NONE and not rules.self_trade_allowed:
            against.add(Refusal.STP_MODE_NOT_ALLOWED)
        against |= self._kind_objections(order, now)
        against |= self._price_objections(order, rules)
        return against or self._money_objections(order, rules)

    def _kind_objections(self, order: PlaceOrder, now: int) -> set[Refusal]:
        rules, last, against = self.rules[order.symbol], self.last.get(order.symbol), set()
        rests, takes = order.time_in_force in RESTING, order.type in TAKERS
        if (order.type is OrderType.LIMIT_MAKER and not rests) or (takes and rests):
            against.add(Refusal.UNSUPPORTED_ORDER)
        if order.time_in_force is TimeInForce.FOK and (order.quote_quantity or (takes and order.stop_price)):
            against.add(Refusal.UNSUPPORTED_ORDER)
        if order.stop_price % rules.tick:
            against.add(Refusal.STOP_OFF_TICK)
        if order.stop_price and last is not None:
            below = order.type.name.startswith("STOP_LOSS") == (order.side is Side.SELL)  # it waits for a fall
            if last <= order.stop_price if below else last >= order.stop_price:
                against.add(Refusal.STOP_WOULD_TRIGGER)
        if (order.time_in_force is TimeInForce.GTD) != (now < order.good_till <= now + 366 * 86_400 * 10**9):
            against.add(Refusal.GOOD_TILL_INVALID)
        small = order.display % rules.lot == 0 and order.display < order.quantity <= 10 * order.display
        if order.display and not (order.type in (OrderType.LIMIT, OrderType.LIMIT_MAKER) and rests and small):
            against.add(Refusal.ICEBERG_INVALID)
        return against

    def _price_objections(self, order: PlaceOrder, rules: SymbolRules) -> set[Refusal]:
        last = order.stop_price or self.last.get(order.symbol)
        if order.type in TAKERS:
            return {Refusal.NO_REFERENCE_PRICE} if last is None else set()
        if order.price % rules.tick or order.price <= 0:
            return {Refusal.PRICE_OFF_TICK}
        if last is not None and rules.band_bps:
            worst = self.worst(rules, order.side, rules.band_bps, last)
            if (order.price - worst) * (1 if order.side is Side.BUY else -1) > 0:
                return {Refusal.PRICE_OUT_OF_BAND}
        return set()

    def _money_objections(self, order: PlaceOrder, rules: SymbolRules) -> set[Refusal]:
        """Only of an order to which there are no other objections: before, it may have no price."""
        made = self.order(order)
        small = (order.quote_quantity or cost(rules, made.price, made.quantity)) < rules.notional_min or not made.quantity
        if made.quantity > rules.quantity_max:
            return {Refusal.QUANTITY_OUT_OF_RANGE}
        poor = self.free(order.account, made.asset) < made.need
        many = len([1 for one in self.orders.values() if one.account == order.account]) >= self.orders_max
        objections = {
            Refusal.NOTIONAL_TOO_SMALL: small,
            Refusal.INSUFFICIENT_BALANCE: poor,
            Refusal.TOO_MANY_OPEN_ORDERS: many,
        }
        return {refusal for refusal, stands in objections.items() if stands}

    def order(self, order: PlaceOrder) -> NaiveOrder:
        rules = self.rules[order.symbol]
        price, quantity = order.price, order.quantity
        if order.type in TAKERS:
            price = self.worst(rules, order.side, rules.band_bps or 500, order.stop_price or self.last[order.symbol])
        if order.quote_quantity:
            lots = Fraction(order.quote_quantity, cost(rules, price, rules.lot))
            quantity = (floor(lots) if order.side is Side.BUY else ceil(lots)) * rules.lot
        amount = order.quote_quantity if order.side is Side.BUY else 0
        return NaiveOrder(order.account, rules, order.side, price, quantity, quantity, amount)

    def accepted(self, order: PlaceOrder, said: OrderAccepted) -> None:
        self.orders[said.order_id] = made = self.order(order)
        made.list_id = said.list_id
        assert (said.price, said.quantity, said.account) == (made.price, made.quantity, made.account)
        if order.client_order_id:
            self.names[order.account, order.client_order_id] = said.order_id, order

    def hear(self, event: Event, now: int) -> None:
        match event:
            case Adjusted():
                self.money[event.account, event.asset] += event.delta
            case MarketStateChanged():
                self.state[event.symbol] = event.state
            case Traded():
                self.last[event.symbol] = event.price
                for order_id, maker in ((event.maker_order, True), (event.taker_order, False)):
                    if order_id in self.orders:
                        self._fill(self.orders[order_id], event, maker)
            case TransferSent():
                self.money[event.to_account, event.asset] += event.units
            case OrderSized() if event.order_id in self.orders:
                order = self.orders[event.order_id]
                order.quantity = order.left = event.quantity
            case OrderReduced() if event.order_id in self.orders:
                order = self.orders[event.order_id]
                order.quantity, order.left = event.quantity, order.left - event.by
            case OrderEnded() if event.order_id in self.orders:
                del self.orders[event.order_id]
                self.ended[event.order_id] = now

    def _fill(self, order: NaiveOrder, trade: Traded, maker: bool) -> None:
        rules, pays = order.rules, cost(order.rules, trade.price, trade.quantity)
        sides = ((rules.quote, pays), (rules.base, trade.quantity))
        (out, paid), (into, received) = sides if order.side is Side.BUY else sides[::-1]
        fee = floor(received * Fraction(rules.maker_fee_ppm if maker else rules.taker_fee_ppm, 10**6))
        order.left -= trade.quantity
        order.amount -= pays if order.amount else 0
        self.money[order.account, out] -= paid
        self.money[order.account, into] += received - fee
        self.money["house", into] += fee
