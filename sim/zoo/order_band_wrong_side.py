"""Order types: the band is measured on the wrong side: a buyer may pay any price, and may not bid far below the market."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.commands import PlaceOrder
from tradewind.services.clearing import rules as clearing_rules
from tradewind.values.orders import Side
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules

STORY = __doc__
CAUGHT_BY = ("A9",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    limit_price = clearing_rules.limit_price

    def turned(rules: SymbolRules, order: PlaceOrder, last_price: int) -> int | Refusal:
        price = limit_price(rules, order, last_price)
        centre = order.stop_price if order.type.waits else last_price
        if not (order.type.priced and rules.band_bps and centre) or price == Refusal.PRICE_OFF_TICK:
            return price
        bound = clearing_rules.worst_price(rules, order.side.other, centre, rules.band_bps)
        beyond = order.price < bound if order.side is Side.BUY else order.price > bound
        return Refusal.PRICE_OUT_OF_BAND if beyond else order.price

    with patched(clearing_rules, "limit_price", turned):
        yield MACHINES
