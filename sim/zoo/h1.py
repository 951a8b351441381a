"""H1: what an order must hold is computed in 32 bits; a huge order holds what is left over after wrapping, and trades in full.

(64 bits would wrap only beyond what our markets are worth.) The ledger's assertions would stop the first trade that costs more
than its order holds, so here a buyer pays as far as the hold goes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import OrderReduced, Traded
from tradewind.services.clearing import machine
from tradewind.services.clearing import rules as clearing_rules
from tradewind.services.clearing.ledger import Ledger, Leg
from tradewind.services.clearing.open_orders import OpenOrders
from tradewind.services.clearing.rules import needed
from tradewind.services.clearing.settlement import Settled, reduce, settle_leg
from tradewind.services.clearing.tables import Hold
from tradewind.values.orders import Side
from tradewind.values.symbols import SymbolRules

STORY = __doc__
CAUGHT_BY = ("A4", "A1")
PROFILE = "direct"
BITS = 32


def _wrapping(rules: SymbolRules, side: Side, price: int, quantity: int) -> tuple[str, int]:
    asset, need = needed(rules, side, price, quantity)
    return asset, need % 2**BITS if side is Side.BUY else need


def _is_short(rules: SymbolRules, hold: Hold) -> bool:
    return hold.held < needed(rules, hold.side, hold.price, hold.left)[1]


def _settle(
    ledger: Ledger, rules: SymbolRules, hold: Hold, trade: Traded, *, maker: bool, house: int, permille: int
) -> tuple[list[Leg], Settled]:
    if not _is_short(rules, hold):
        return settle_leg(ledger, rules, hold, trade, maker=maker, house=house, permille=permille)
    at_price = msgspec.structs.replace(hold, price=trade.price)
    (pays, *receives), settled = settle_leg(ledger, rules, at_price, trade, maker=maker, house=house, permille=permille)
    paid = min(-pays.delta, hold.held)
    return [pays._replace(delta=-paid), *receives], settled._replace(held=hold.held - paid)


def _reduce(open_orders: OpenOrders, ledger: Ledger, rules: SymbolRules, reduced: OrderReduced) -> None:
    hold = open_orders[reduced.order_id]
    if _is_short(rules, hold):
        open_orders.put(msgspec.structs.replace(hold, quantity=reduced.quantity, left=reduced.left))
    else:
        reduce(open_orders, ledger, rules, reduced)


@contextmanager
def plant() -> Iterator[Machines]:
    with (
        patched(clearing_rules, "needed", _wrapping),
        patched(machine, "settle_leg", _settle),
        patched(machine, "reduce", _reduce),
    ):
        yield MACHINES
