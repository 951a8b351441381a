"""What the wallet keeps."""

import msgspec

from tradewind.messages.secrecy import PersonalText, SecretBytes
from tradewind.ports.tables import Table
from tradewind.values.wallet import DepositStatus, WithdrawalStatus


class Network(msgspec.Struct, frozen=True):
    """`height` and `hash` are the newest block that was taken up: the cursor. `frozen`: nothing is approved or signed."""

    network: str
    confirmations: int
    height: int
    hash: str
    next_nonce: int
    frozen: bool
    frozen_reason: str


class NetworkAssetRow(msgspec.Struct, frozen=True):
    network: str
    asset: str
    deposit_min: int
    withdrawal_min: int
    fee_units: int


class Address(msgspec.Struct, frozen=True, gc=False):
    network: str
    address: PersonalText
    account: int


class BlockRow(msgspec.Struct, frozen=True, gc=False):
    """One of the newest blocks of the branch that we follow. Older ones are beyond any reorganisation that we take part in."""

    network: str
    height: int
    hash: str


class Deposit(msgspec.Struct, frozen=True, gc=False):
    """One transfer to us. `credits` counts how often it was credited: more than once only after reversals.

    `settled`: so deep that nothing can change it; the machine need not know it any more.
    """

    network: str
    txid: str
    output_index: int
    deposit_id: int
    account: int
    address: PersonalText
    asset: str
    units: int
    height: int
    status: DepositStatus
    credits: int
    seen_at: int
    settled: bool


class Withdrawal(msgspec.Struct, frozen=True, gc=False):
    """`txid` and `raw` are empty and `nonce` is -1 before there is one. `height` is where it was mined, 0 = nowhere (yet).

    `closed`: over for so long that nobody asks the machine about it any more.
    """

    withdrawal_id: int
    account: int
    asset: str
    network: str
    address: PersonalText
    tag: PersonalText
    units: int
    fee_units: int
    idempotency_key: PersonalText
    status: WithdrawalStatus
    reason: str
    reviewed_by: int
    nonce: int
    txid: str
    raw: SecretBytes
    height: int
    succeeded: bool
    requested_at: int
    updated_at: int
    closed: bool


NETWORKS = Table("networks", Network, key=("network",), units={"confirmations": "blocks", "height": "blocks"})
NETWORK_ASSETS = Table(
    "network_assets",
    NetworkAssetRow,
    key=("network", "asset"),
    units={"deposit_min": "asset units", "withdrawal_min": "asset units"},
)
ADDRESSES = Table("deposit_addresses", Address, key=("network", "address"), indexes=(("account",),))
CHAIN_BLOCKS = Table("chain_blocks", BlockRow, key=("network", "height"))
DEPOSITS = Table(
    "deposits",
    Deposit,
    key=("network", "txid", "output_index"),
    units={"units": "asset units", "height": "blocks", "seen_at": "ns"},
    indexes=(("account", "deposit_id"), ("network", "height")),
)
WITHDRAWALS = Table(
    "withdrawals",
    Withdrawal,
    key=("withdrawal_id",),
    units={"units": "asset units", "height": "blocks", "requested_at": "ns", "updated_at": "ns"},
    indexes=(("account", "withdrawal_id"), ("status",)),
)
