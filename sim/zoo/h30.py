"""H30: the fee is rounded twice: down where the trader pays it, and up again where the house is credited with it."""

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
from tradewind.values.money import PPM

STORY = __doc__
CAUGHT_BY = ("A1", "A3")
PROFILE = "direct"


def _settle_leg(
    ledger: Ledger, rules: Any, hold: Hold, trade: Traded, *, maker: bool, house: int, permille: int
) -> tuple[list[Leg], Settled]:
    legs, settled = settle_leg(ledger, rules, hold, trade, maker=maker, house=house, permille=permille)
    pays, receives, fee = legs
    rate = hold.maker_fee_ppm if maker else hold.taker_fee_ppm
    credited = -(-(receives.delta + fee.delta) * rate // PPM)
    return [pays, receives, fee._replace(delta=credited)], settled


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(machine, "settle_leg", _settle_leg):
        yield MACHINES
