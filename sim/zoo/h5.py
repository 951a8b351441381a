"""H5: the taker's fee must be there beside what it pays; an all-in taker has nothing left for it, so its settlement fails for
ever, and the maker is FILLED already.

We take fees out of what is received, and so does this mutant; only its settlement asks for more before. What cannot be settled
halts the shard (money is never skipped), so A15 is who says so: A5 asks only for what clearing has come past.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import Traded
from tradewind.services.clearing import machine
from tradewind.services.clearing.ledger import Ledger, Leg
from tradewind.services.clearing.settlement import Settled, settle_leg
from tradewind.services.clearing.tables import Hold
from tradewind.values.money import fee_units
from tradewind.values.symbols import SymbolRules

STORY = __doc__
CAUGHT_BY = ("A5", "A15")
PROFILE = "direct"


class NothingLeft(Exception):
    """The taker cannot pay its fee."""


def _with_fee_on_top(
    ledger: Ledger, rules: SymbolRules, hold: Hold, trade: Traded, *, maker: bool, house: int, permille: int
) -> tuple[list[Leg], Settled]:
    legs, settled = settle_leg(ledger, rules, hold, trade, maker=maker, house=house, permille=permille)
    pays = legs[0]
    if not maker and ledger.available(pays.account, pays.asset) < fee_units(-pays.delta, hold.taker_fee_ppm):
        raise NothingLeft(f"order {hold.order_id} of account {hold.account}")
    return legs, settled


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(machine, "settle_leg", _with_fee_on_top):
        yield MACHINES
