"""What a chain tells, what we tell a chain, and the lives of deposits and withdrawals."""

from enum import IntEnum
from typing import Annotated, NamedTuple

NETWORK_CHARACTERS_MAX = 32
ADDRESS_CHARACTERS_MAX = 128


def fit_address(word: str) -> bool:
    """Whether it may be an address at all; only its network knows more."""
    return 0 < len(word) <= ADDRESS_CHARACTERS_MAX and word.isascii() and word.isprintable() and " " not in word


class Transfer(NamedTuple):
    """`units` of `asset`, in the exchange's own units, to `address`; the `output_index`-th of transaction `txid`."""

    txid: str
    output_index: int
    address: Annotated[str, "personal"]  # messages.secrecy reads it
    asset: str
    units: int


class Block(NamedTuple):
    """A block as a node tells of it. `transfers`: to anybody, or only to those whom the asker named."""

    height: int
    hash: str
    parent: str
    transfers: tuple[Transfer, ...] = ()


class NetworkAsset(NamedTuple):
    """How an asset moves on a network. `fee_units` is what a withdrawal costs its user beside what it sends."""

    asset: str
    deposit_min: int
    withdrawal_min: int
    fee_units: int


class Payout(NamedTuple):
    """What a signer signs. `nonce` is contiguous per network: two transactions with one nonce can't both be mined."""

    withdrawal_id: int
    network: str
    nonce: int
    address: str
    tag: str
    asset: str
    units: int


class SignedPayout(NamedTuple):
    txid: str
    raw: bytes


class Standing(NamedTuple):
    """Where a transaction stands. `height` 0: it waits, or is not known at all (`known` tells). `succeeded`: what it wanted
    has happened; a mined transaction may have failed."""

    known: bool
    height: int = 0
    block_hash: str = ""
    succeeded: bool = True


class DepositStatus(IntEnum):
    SEEN = 0  # in the newest block
    CONFIRMING = 1
    CREDITED = 2
    ORPHANED = 3  # its block is no block of the chain any more; what was credited has been taken back


class WithdrawalStatus(IntEnum):
    PENDING = 0  # funds are held, somebody must approve
    APPROVED = 1
    REJECTED = 2
    CANCELED = 3
    SIGNED = 4  # the raw transaction is kept: from here on it may be on the chain
    BROADCAST = 5
    COMPLETED = 6
    FAILED = 7

    @property
    def ended(self) -> bool:
        return self in _ENDED

    @property
    def approved(self) -> bool:
        """Somebody has said yes, whatever came of it since."""
        return self not in (WithdrawalStatus.PENDING, WithdrawalStatus.REJECTED, WithdrawalStatus.CANCELED)


_ENDED = frozenset((WithdrawalStatus.REJECTED, WithdrawalStatus.CANCELED, WithdrawalStatus.COMPLETED, WithdrawalStatus.FAILED))

# (status, what has happened) -> status. A missing pair is a bug, and the machine dies of it, or a refusal.
DEPOSIT_NEXT: dict[tuple[DepositStatus, str], DepositStatus] = {
    (DepositStatus.SEEN, "Buried"): DepositStatus.CONFIRMING,
    (DepositStatus.SEEN, "Confirmed"): DepositStatus.CREDITED,
    (DepositStatus.CONFIRMING, "Confirmed"): DepositStatus.CREDITED,
    (DepositStatus.SEEN, "Orphaned"): DepositStatus.ORPHANED,
    (DepositStatus.CONFIRMING, "Orphaned"): DepositStatus.ORPHANED,
    (DepositStatus.CREDITED, "Orphaned"): DepositStatus.ORPHANED,
    (DepositStatus.ORPHANED, "Included"): DepositStatus.SEEN,
}

WITHDRAWAL_NEXT: dict[tuple[WithdrawalStatus, str], WithdrawalStatus] = {
    (WithdrawalStatus.PENDING, "Approved"): WithdrawalStatus.APPROVED,
    (WithdrawalStatus.PENDING, "Rejected"): WithdrawalStatus.REJECTED,
    (WithdrawalStatus.PENDING, "Canceled"): WithdrawalStatus.CANCELED,
    (WithdrawalStatus.APPROVED, "Signed"): WithdrawalStatus.SIGNED,
    (WithdrawalStatus.SIGNED, "Broadcast"): WithdrawalStatus.BROADCAST,
    (WithdrawalStatus.BROADCAST, "Completed"): WithdrawalStatus.COMPLETED,
    (WithdrawalStatus.BROADCAST, "Failed"): WithdrawalStatus.FAILED,
}
