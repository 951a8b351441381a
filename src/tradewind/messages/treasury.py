"""What the wallet says."""

from tradewind.messages.base import Message
from tradewind.values.wallet import DepositStatus, WithdrawalStatus


# --- wallet
class DepositUpdated(Message, frozen=True):
    deposit_id: int
    account: int
    network: str
    txid: str
    output_index: int
    asset: str
    units: int
    height: int
    status: DepositStatus


class DepositCredited(Message, frozen=True):
    """The `credit`-th time: a later one only after the one before was reversed."""

    account: int
    asset: str
    units: int
    network: str
    txid: str
    output_index: int
    credit: int


class DepositReversed(Message, frozen=True):
    """Credit `credit` is taken back: the chain has taken the transfer back."""

    account: int
    asset: str
    units: int
    network: str
    txid: str
    output_index: int
    credit: int


class WithdrawalUpdated(Message, frozen=True):
    withdrawal_id: int
    account: int
    status: WithdrawalStatus
    reason: str
    txid: str
    nonce: int


class WithdrawalReleased(Message, frozen=True):
    """Nothing was sent: what is held comes back."""

    withdrawal_id: int
    account: int


class WithdrawalDebited(Message, frozen=True):
    """It was sent: `units` have left us, `fee_units` are the house's."""

    withdrawal_id: int
    account: int
    asset: str
    units: int
    fee_units: int


class WithdrawalsFrozen(Message, frozen=True):
    network: str
    frozen: bool
    reason: str
