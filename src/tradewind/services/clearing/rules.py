"""What clearing decides about an order before it holds funds: functions of values."""

import re
from dataclasses import fields
from hashlib import blake2b

from tradewind.messages.commands import PlaceOrder
from tradewind.services.clearing.tables import ClearingSymbol
from tradewind.values.money import BPS, UNITS_MAX
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules

ACCOUNT_ORDERS_MAX = 1_000  # open orders of one account; one CancelAll is one entry, which has room for so many
MARKET_BAND_BPS = 500  # worst price of a MARKET order where the symbol sets no band of its own
RESERVED = re.compile(r"tw\d+")  # names that we give to orders whose clients gave none
_CLOSED = frozenset({MarketState.HALT, MarketState.PRE_OPEN, MarketState.CANCEL_ONLY})


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
    """The price that the order's hold is made for, or why there is none."""
    if order.type is OrderType.MARKET:
        if order.price or order.time_in_force is TimeInForce.GTC:
            return Refusal.UNSUPPORTED_ORDER
        if not last_price:
            return Refusal.NO_REFERENCE_PRICE
        return worst_price(rules, order.side, last_price, rules.band_bps or MARKET_BAND_BPS)
    if not 0 < order.price <= UNITS_MAX or order.price % rules.tick:
        return Refusal.PRICE_OFF_TICK
    if rules.band_bps and last_price:
        worst = worst_price(rules, order.side, last_price, rules.band_bps)
        if order.price > worst if order.side is Side.BUY else order.price < worst:
            return Refusal.PRICE_OUT_OF_BAND
    return order.price


def check_order(rules: SymbolRules, state: MarketState, order: PlaceOrder, price: int) -> Refusal | None:
    """Everything about the order that needs no balance; `price` is what limit_price gave."""
    if state in _CLOSED:
        return Refusal.MARKET_CLOSED
    if order.type is OrderType.LIMIT_MAKER and order.time_in_force is not TimeInForce.GTC:
        return Refusal.UNSUPPORTED_ORDER
    if order.self_trade is SelfTrade.NONE and not rules.self_trade_allowed:
        return Refusal.STP_MODE_NOT_ALLOWED
    if order.quantity <= 0 or order.quantity % rules.lot:
        return Refusal.QUANTITY_OFF_LOT
    if order.quantity > rules.quantity_max:
        return Refusal.QUANTITY_OUT_OF_RANGE
    notional = rules.notional(price, order.quantity)
    if notional > UNITS_MAX:
        return Refusal.NOTIONAL_TOO_LARGE
    return Refusal.NOTIONAL_TOO_SMALL if notional < max(1, rules.notional_min) else None


def needed(rules: SymbolRules, side: Side, price: int, quantity: int) -> tuple[str, int]:
    """The asset and units that must stand behind `quantity` at `price`."""
    return (rules.quote, rules.notional(price, quantity)) if side is Side.BUY else (rules.base, quantity)


def digest(order: PlaceOrder) -> bytes:
    """What must be equal for the same client order id to mean the same order."""
    words = (order.symbol, order.side, order.type, order.time_in_force, order.self_trade, order.price, order.quantity)
    return blake2b("|".join(str(word) for word in words).encode(), digest_size=16).digest()
