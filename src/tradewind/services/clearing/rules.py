"""What clearing decides about an order before it holds funds: functions of values."""

from dataclasses import fields
from hashlib import blake2b
from typing import NamedTuple

from tradewind.messages.commands import PlaceOrder
from tradewind.services.clearing.tables import ClearingSymbol
from tradewind.values.money import BPS, UNITS_MAX
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules

ACCOUNT_ORDERS_MAX = 1_000  # open orders of one account; one CancelAll is one entry, which has room for so many
MARKET_BAND_BPS = 500  # worst price of a MARKET order where the symbol sets no band of its own
ICEBERG_SLICES_MAX = 10
SECOND_NS = 1_000_000_000
GOOD_TILL_MIN_NS = SECOND_NS  # from now
GOOD_TILL_MAX_NS = 366 * 86_400 * SECOND_NS
_CLOSED = frozenset({MarketState.HALT, MarketState.PRE_OPEN, MarketState.CANCEL_ONLY, MarketState.DELISTED})

GTC, IOC, FOK, GTD = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTD
# What does not appear here is no order of ours. A stop that becomes a MARKET order takes what is there when its price comes.
TIMES: dict[OrderType, frozenset[TimeInForce]] = {
    OrderType.LIMIT: frozenset({GTC, IOC, FOK, GTD}),
    OrderType.MARKET: frozenset({IOC, FOK}),
    OrderType.LIMIT_MAKER: frozenset({GTC, GTD}),
    OrderType.STOP_LOSS: frozenset({IOC}),
    OrderType.STOP_LOSS_LIMIT: frozenset({GTC, IOC, FOK, GTD}),
    OrderType.TAKE_PROFIT: frozenset({IOC}),
    OrderType.TAKE_PROFIT_LIMIT: frozenset({GTC, IOC, FOK, GTD}),
}
_SLICED = frozenset({OrderType.LIMIT, OrderType.LIMIT_MAKER})
_BY_RISE = frozenset({OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT})


def rules_of(symbol: ClearingSymbol) -> SymbolRules:
    return SymbolRules(*(getattr(symbol, field.name) for field in fields(SymbolRules)))


def worst_price(rules: SymbolRules, side: Side, last_price: int, band_bps: int) -> int:
    """The price beyond which an order of `side` may not trade: `band_bps` from the last trade, on the tick, inside the band.

    It is stored with the hold, so it stays within what a column takes."""
    if side is Side.BUY:
        return min(last_price * (BPS + band_bps) // BPS, UNITS_MAX) // rules.tick * rules.tick
    least = -(-last_price * (BPS - band_bps) // BPS)
    return max(rules.tick, -(-least // rules.tick) * rules.tick)


def limit_price(rules: SymbolRules, order: PlaceOrder, last_price: int) -> int | Refusal:
    """The price that the order's hold is made for, or why there is none.

    A stop order trades when its stop price has come: that is the last price from which its band is measured.
    """
    centre = order.stop_price if order.type.waits else last_price
    if not order.type.priced:
        if order.price:
            return Refusal.UNSUPPORTED_ORDER
        if not centre:
            return Refusal.NO_REFERENCE_PRICE
        return worst_price(rules, order.side, centre, rules.band_bps or MARKET_BAND_BPS)
    if not 0 < order.price <= UNITS_MAX or order.price % rules.tick:
        return Refusal.PRICE_OFF_TICK
    if rules.band_bps and centre:
        worst = worst_price(rules, order.side, centre, rules.band_bps)
        if order.price > worst if order.side is Side.BUY else order.price < worst:
            return Refusal.PRICE_OUT_OF_BAND
    return order.price


def triggers(type_: OrderType, side: Side, stop_price: int, last_price: int) -> bool:
    """Whether a stop order's price has come. A BUY STOP_LOSS waits for a rise, a BUY TAKE_PROFIT for a fall; SELL turns it."""
    rising = (type_ in _BY_RISE) == (side is Side.BUY)
    return last_price >= stop_price if rising else last_price <= stop_price


def check_kind(rules: SymbolRules, order: PlaceOrder, last_price: int, now: int) -> Refusal | None:
    """Whether its type, times and special prices fit together. `last_price` 0 = none is known here."""
    if order.time_in_force not in TIMES[order.type] or (order.stop_price and not order.type.waits):
        return Refusal.UNSUPPORTED_ORDER
    if order.type.waits:
        if not 0 < order.stop_price <= UNITS_MAX or order.stop_price % rules.tick:
            return Refusal.STOP_OFF_TICK
        if last_price and triggers(order.type, order.side, order.stop_price, last_price):
            return Refusal.STOP_WOULD_TRIGGER
    if order.time_in_force is GTD:
        if not now + GOOD_TILL_MIN_NS <= order.good_till <= now + GOOD_TILL_MAX_NS:
            return Refusal.GOOD_TILL_INVALID
    elif order.good_till:
        return Refusal.GOOD_TILL_INVALID
    if order.quote_quantity and (order.type is not OrderType.MARKET or order.time_in_force is not IOC or order.quantity):
        return Refusal.UNSUPPORTED_ORDER
    if order.self_trade is SelfTrade.NONE and not rules.self_trade_allowed:
        return Refusal.STP_MODE_NOT_ALLOWED
    return check_display(rules, order) if order.display else None


def check_display(rules: SymbolRules, order: PlaceOrder) -> Refusal | None:
    """An iceberg rests, shows whole lots, less than all of it, and not in more slices than ICEBERG_SLICES_MAX."""
    rests = order.type in _SLICED and order.time_in_force in (GTC, GTD)
    sliced = 0 < order.display < order.quantity <= order.display * ICEBERG_SLICES_MAX and not order.display % rules.lot
    return None if rests and sliced else Refusal.ICEBERG_INVALID


def check_order(rules: SymbolRules, state: MarketState, order: PlaceOrder, price: int) -> Refusal | None:
    """What is asked of every order's size; `price` is what limit_price gave."""
    if state in _CLOSED:
        return Refusal.MARKET_CLOSED
    if order.quantity <= 0 or order.quantity % rules.lot:
        return Refusal.QUANTITY_OFF_LOT
    if order.quantity > rules.quantity_max:
        return Refusal.QUANTITY_OUT_OF_RANGE
    return check_notional(rules, rules.notional(price, order.quantity))


def check_notional(rules: SymbolRules, notional: int) -> Refusal | None:
    if notional > (rules.notional_max or UNITS_MAX):
        return Refusal.NOTIONAL_TOO_LARGE
    return Refusal.NOTIONAL_TOO_SMALL if notional < max(1, rules.notional_min) else None


def check_amount(rules: SymbolRules, state: MarketState, order: PlaceOrder, price: int) -> Refusal | int:
    """The quantity of a MARKET order by amount: what its amount surely buys at `price`, the worst; or what must at most be
    sold for it."""
    if state in _CLOSED:
        return Refusal.MARKET_CLOSED
    if not 0 < order.quote_quantity <= UNITS_MAX:
        return Refusal.QUANTITY_OUT_OF_RANGE
    refusal = check_notional(rules, order.quote_quantity)
    if refusal is not None:
        return refusal
    lot_costs = rules.notional(price, rules.lot)
    lots = order.quote_quantity // lot_costs if order.side is Side.BUY else -(-order.quote_quantity // lot_costs)
    if not lots:
        return Refusal.NOTIONAL_TOO_SMALL
    return Refusal.QUANTITY_OUT_OF_RANGE if lots * rules.lot > rules.quantity_max else lots * rules.lot


def needed(rules: SymbolRules, side: Side, price: int, quantity: int) -> tuple[str, int]:
    """The asset and units that must stand behind `quantity` at `price`."""
    return (rules.quote, rules.notional(price, quantity)) if side is Side.BUY else (rules.base, quantity)


class Terms(NamedTuple):
    """On what an order would be accepted: `need` units of `asset` stand behind `quantity` at `price`."""

    price: int
    quantity: int
    asset: str
    need: int


def terms_of(rules: SymbolRules, state: MarketState, order: PlaceOrder, last_price: int, now: int) -> Terms | Refusal:
    """Everything about the order that needs no balance."""
    refusal = check_kind(rules, order, last_price, now)
    if refusal is not None:
        return refusal
    price = limit_price(rules, order, last_price)
    if isinstance(price, Refusal):
        return price
    if not order.quote_quantity:
        refusal = check_order(rules, state, order, price)
        return refusal or Terms(price, order.quantity, *needed(rules, order.side, price, order.quantity))
    quantity = check_amount(rules, state, order, price)
    if isinstance(quantity, Refusal):
        return quantity
    asset, need = needed(rules, order.side, price, quantity)
    return Terms(price, quantity, asset, order.quote_quantity if order.side is Side.BUY else need)


def check_pair(maker: PlaceOrder, stop: PlaceOrder) -> Refusal | None:
    """Both legs close the same position: one beyond the market for a better price, the other behind it for the worst."""
    common = [(leg.account, leg.symbol, leg.side, leg.quantity) for leg in (maker, stop)]
    if common[0] != common[1] or maker.type is not OrderType.LIMIT_MAKER or stop.type not in _BY_RISE:
        return Refusal.ORDER_PAIR_INVALID
    if maker.client_order_id and maker.client_order_id == stop.client_order_id:
        return Refusal.ORDER_PAIR_INVALID
    apart = stop.stop_price - maker.price
    return None if (apart > 0 if maker.side is Side.BUY else apart < 0) else Refusal.ORDER_PAIR_INVALID


def _words(order: PlaceOrder) -> list[object]:
    """Those that the first release did not know count only where they are given: its digests stand in the database."""
    words = [order.symbol, order.side, order.type, order.time_in_force, order.self_trade, order.price, order.quantity]
    later = [order.stop_price, order.display, order.good_till, order.quote_quantity]
    return words + later if any(later) else [*words]


def _digest(words: list[object]) -> bytes:
    return blake2b("|".join(str(word) for word in words).encode(), digest_size=16).digest()


def digest(order: PlaceOrder) -> bytes:
    """What must be equal for the same client order id to mean the same order."""
    return _digest(_words(order))


def pair_digest(leg: PlaceOrder, other: PlaceOrder, list_client_id: str) -> bytes:
    """The same for a leg of a pair: the other leg and the list's own name are part of what was asked."""
    return _digest([*_words(leg), "pair", *_words(other), other.client_order_id, list_client_id])
