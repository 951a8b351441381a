"""What the wallet decides: functions of values."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from tradewind.values.money import UNITS_MAX
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import ASSET
from tradewind.values.wallet import (
    NETWORK_CHARACTERS_MAX,
    Block,
    NetworkAsset,
    WithdrawalStatus,
    fit_address,
)

REORG_BLOCKS_MAX = 64  # blocks that are remembered: a branch that leaves ours further back is an operator's business
CONFIRMATIONS_MAX = REORG_BLOCKS_MAX // 2
TRANSFERS_MAX = 4_096  # of one report; deposit ids are made from it


class Fit(NamedTuple):
    """How reported blocks fit to those we know: `fork` is the newest block that both branches share, `new` come after it."""

    fork: int
    new: Sequence[Block]


def fit(known: Mapping[int, str], tip: int, blocks: Sequence[Block]) -> Fit | Refusal:
    """`known`: hashes by height. OFF_CHAIN when they hang on nothing that we know, or give up more blocks than they bring.

    Blocks that we know already fit as well, with nothing new: a node may have told of them without one of their transfers.
    """
    if not 0 < len(blocks) <= REORG_BLOCKS_MAX or sum(len(block.transfers) for block in blocks) > TRANSFERS_MAX:
        return Refusal.BAD_REQUEST
    for parent, child in pairwise(blocks):
        if (child.height, child.parent) != (parent.height + 1, parent.hash):
            return Refusal.OFF_CHAIN
    new = [block for block in blocks if known.get(block.height) != block.hash]
    if not new:
        return Fit(tip, ())
    fork = new[0].height - 1
    if new != list(blocks[-len(new) :]) or known.get(fork) != new[0].parent or new[-1].height <= tip:
        return Refusal.OFF_CHAIN
    return Fit(fork, new)


def deep(height: int, tip: int, confirmations: int) -> bool:
    """Whether the block at `height` has that many blocks on it, itself among them."""
    return 0 < height <= tip - confirmations + 1


def check_network(network: str, confirmations: int, height: int, assets: Sequence[NetworkAsset]) -> Refusal | None:
    named = 0 < len(network) <= NETWORK_CHARACTERS_MAX and network.isascii() and network.isalnum()
    if not named or not 0 < confirmations <= CONFIRMATIONS_MAX or height < 0 or not assets:
        return Refusal.BAD_REQUEST
    for moved in assets:
        amounts = moved.deposit_min, moved.withdrawal_min
        if not ASSET.fullmatch(moved.asset) or min(amounts) <= 0 or moved.fee_units < 0 or max(moved[1:]) > UNITS_MAX:
            return Refusal.BAD_REQUEST
    return None if len({moved.asset for moved in assets}) == len(assets) else Refusal.BAD_REQUEST


def check_address(address: str) -> Refusal | None:
    return None if fit_address(address) else Refusal.BAD_REQUEST


def decide(status: WithdrawalStatus, target: WithdrawalStatus) -> bool | Refusal:
    """Whether a review or a cancel changes anything: asked for again what stands already, it is a success without effect."""
    if status is WithdrawalStatus.PENDING:
        return True
    stands = status is target or (target is WithdrawalStatus.APPROVED and status.approved)
    return False if stands else Refusal.INVALID_WITHDRAW_STATE
