"""H30, its other half: fees vanish. The trader pays, and nobody is credited.

A set of postings without the house's leg still sums to zero here: what it lacks goes to the transit account, so it is A1 that
finds the money where it must not stay, not A3."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import Traded
from tradewind.services.clearing import machine
from tradewind.services.clearing.ledger import Ledger, Leg
from tradewind.services.clearing.settlement import Settled, settle_leg
from tradewind.services.clearing.tables import Hold

STORY = __doc__
CAUGHT_BY = ("A1",)
PROFILE = "direct"


def _settle_leg(
    ledger: Ledger, rules: Any, hold: Hold, trade: Traded, *, maker: bool, house: int, permille: int
) -> tuple[list[Leg], Settled]:
    (pays, receives, _), settled = settle_leg(ledger, rules, hold, trade, maker=maker, house=house, permille=permille)
    return [pays, receives], settled


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(machine, "settle_leg", _settle_leg):
        yield MACHINES
