"""H87: the band is drawn on the wrong side: a buyer may bid as high as he likes, and is refused where he bids too little."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

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

    def mirrored(rules: SymbolRules, order: PlaceOrder, last_price: int) -> int | Refusal:
        centre = order.stop_price if order.type.waits else last_price
        if not order.type.priced or not rules.band_bps or not centre:
            return limit_price(rules, order, last_price)
        worst = clearing_rules.worst_price(rules, order.side.other, centre, rules.band_bps)
        if order.price < worst if order.side is Side.BUY else order.price > worst:
            return Refusal.PRICE_OUT_OF_BAND
        return limit_price(replace(rules, band_bps=0), order, last_price)

    with patched(clearing_rules, "limit_price", mirrored):
        yield MACHINES
