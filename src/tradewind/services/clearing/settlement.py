"""What matching's events do to holds and balances."""

from typing import NamedTuple

import msgspec

from tradewind.messages.events import Adjusted, LegSettled, OrderEnded, OrderReduced, OrderSized, Traded
from tradewind.runtime.machine import At
from tradewind.services.clearing.ledger import Ledger, Leg
from tradewind.services.clearing.open_orders import OpenOrders
from tradewind.services.clearing.pairs import share
from tradewind.services.clearing.rules import needed
from tradewind.services.clearing.tables import Hold
from tradewind.values.fees import PERMILLE, tier_rate_ppm
from tradewind.values.ids import system_account
from tradewind.values.money import fee_units
from tradewind.values.orders import OrderStatus, Side
from tradewind.values.symbols import SymbolRules


class Settled(NamedTuple):
    """`held` is what is left of the hold."""

    event: LegSettled
    held: int


def settle_leg(
    ledger: Ledger, rules: SymbolRules, hold: Hold, trade: Traded, *, maker: bool, house: int, permille: int = PERMILLE
) -> tuple[list[Leg], Settled]:
    """One order's side of `trade`. The fee comes out of what is received, so an all-in buyer always settles;
    its rate is that of `rules`, as clearing knows them now, of which the account pays `permille`."""
    assert trade.quantity <= hold.left, (hold, trade)
    price, quantity = trade.price, trade.quantity
    notional = rules.notional(price, quantity)
    _, set_free = needed(rules, hold.side, hold.price, quantity)
    rate = tier_rate_ppm(rules.maker_fee_ppm if maker else rules.taker_fee_ppm, permille)
    if hold.quote_quantity and hold.side is Side.BUY:
        set_free = notional  # what the amount was better spent for, it still buys with
    if hold.side is Side.BUY:
        assert price <= hold.price and hold.held >= set_free, (hold, trade)
        ledger.release(hold.account, rules.quote, set_free - notional)  # the price was better than what was held for
        pays, receives, paid, received = rules.quote, rules.base, notional, quantity
    else:
        assert price >= hold.price, (hold, trade)
        pays, receives, paid, received = rules.base, rules.quote, quantity, notional
    fee = fee_units(received, rate)
    legs = [
        Leg(hold.account, pays, -paid, held=True),
        Leg(hold.account, receives, received - fee),
        Leg(system_account("house", house), receives, fee),
    ]
    event = LegSettled(
        trade.symbol,
        trade.trade_id,
        hold.order_id,
        hold.account,
        hold.side,
        maker,
        price,
        quantity,
        notional,
        fee,
        receives,
    )
    return legs, Settled(event, hold.held - set_free)


def end(open_orders: OpenOrders, ledger: Ledger, rules: SymbolRules, ended: OrderEnded) -> Hold:
    """The order's one terminal event: what is still held comes back, but for what the other leg of a pair needs."""
    hold = open_orders[ended.order_id]
    assert hold.left == ended.left and (ended.left == 0) == (ended.status is OrderStatus.FILLED), (hold, ended)
    partner = open_orders.partner(hold)
    open_orders.remove(hold)
    if partner is None:
        ledger.release(hold.account, hold.asset, hold.held)
    else:
        share(open_orders, ledger, rules, [partner], hold.held + partner.held)
    return hold


def reduce(open_orders: OpenOrders, ledger: Ledger, rules: SymbolRules, reduced: OrderReduced) -> None:
    hold = open_orders[reduced.order_id]
    left = hold.left - reduced.by
    assert left == reduced.left > 0, (hold, reduced)
    cut = msgspec.structs.replace(hold, quantity=reduced.quantity, left=left)
    partner = open_orders.partner(hold)
    if partner is not None:
        first = hold.order_id == hold.list_id
        share(open_orders, ledger, rules, [cut, partner] if first else [partner, cut], hold.held + partner.held)
        return
    if hold.quote_quantity and hold.side is Side.BUY:
        open_orders.put(cut)  # it may still spend all of its amount; what it does not, comes back at its end
        return
    share(open_orders, ledger, rules, [cut], hold.held)


def size(open_orders: OpenOrders, ledger: Ledger, rules: SymbolRules, sized: OrderSized) -> None:
    """A MARKET order by amount learns its quantity, before it has traded any of it."""
    hold = open_orders[sized.order_id]
    assert hold.quote_quantity and hold.left == hold.quantity and sized.quantity > 0, (hold, sized)
    now = msgspec.structs.replace(hold, quantity=sized.quantity, left=sized.quantity)
    if hold.side is Side.BUY:
        open_orders.put(now)
    else:
        share(open_orders, ledger, rules, [now], hold.held)


def adjust(ledger: Ledger, shard: int, adjusted: Adjusted, at: At) -> None:
    """Money from outside: the world's account goes down by what the user's goes up."""
    legs = [
        Leg(adjusted.account, adjusted.asset, adjusted.delta),
        Leg(system_account("external", shard), adjusted.asset, -adjusted.delta),
    ]
    ledger.post(at, "adjustment", adjusted.reference, legs)
