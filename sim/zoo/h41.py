"""H41: approve and reject race, and the later one overwrites the earlier: the status is set without looking at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.wallet import withdrawals
from tradewind.values.wallet import WITHDRAWAL_NEXT, WithdrawalStatus

STORY = __doc__
CAUGHT_BY = ("A14",)
PROFILE = "wallet"
_WORDS = ("Approved", "Rejected", "Canceled")


@contextmanager
def plant() -> Iterator[Machines]:
    """An update without its condition finds a way from every status that a review can meet."""
    decided = {WITHDRAWAL_NEXT[WithdrawalStatus.PENDING, word]: word for word in _WORDS}
    anywhere = {(before, word): after for before in decided for after, word in decided.items()}

    def whatever(status: WithdrawalStatus, target: WithdrawalStatus) -> Any:
        return status in decided or status is WithdrawalStatus.PENDING

    with (
        patched(withdrawals, "decide", whatever),
        patched(withdrawals, "WITHDRAWAL_NEXT", {**WITHDRAWAL_NEXT, **anywhere}),
    ):
        yield MACHINES
