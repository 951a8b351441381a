"""H44: the network fee of a withdrawal is neither held nor booked: the exchange pays it, and its books do not know."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.commands import RequestWithdrawal
from tradewind.messages.events import WithdrawalDebited, WithdrawalHeld
from tradewind.services.clearing.withdrawals import Withdrawals

STORY = __doc__
CAUGHT_BY = ("A1", "A4")
PROFILE = "wallet"


@contextmanager
def plant() -> Iterator[Machines]:
    request, debit = Withdrawals.request, Withdrawals.debit

    def without(self: Withdrawals, asked: RequestWithdrawal, *rest: Any) -> Any:
        came = request(self, msgspec.structs.replace(asked, fee_units=0), *rest)
        return msgspec.structs.replace(came, fee_units=asked.fee_units) if isinstance(came, WithdrawalHeld) else came

    def unpaid(self: Withdrawals, debited: WithdrawalDebited, *rest: Any) -> None:
        debit(self, msgspec.structs.replace(debited, fee_units=0), *rest)

    with patched(Withdrawals, "request", without), patched(Withdrawals, "debit", unpaid):
        yield MACHINES
