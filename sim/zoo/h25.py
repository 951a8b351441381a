"""H25: clearing accepts orders by a version of the symbol that nobody else has: a precision changed while orders were open."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.clearing.symbols import Symbols
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules

STORY = __doc__
CAUGHT_BY = ("A1", "A4")
PROFILE = "clientele"


@contextmanager
def plant() -> Iterator[Machines]:
    for_order = Symbols.for_order

    def cached(self: Symbols, symbol: str) -> SymbolRules | Refusal:
        rules = for_order(self, symbol)
        if isinstance(rules, Refusal) or self._symbols[symbol].version == 1 or not rules.base_precision:
            return rules
        return replace(rules, base_precision=rules.base_precision - 1)

    with patched(Symbols, "for_order", cached):
        yield MACHINES
