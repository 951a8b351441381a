"""What clearing keeps. The only writer of money: balances, holds, the ledger."""

import msgspec

from tradewind.messages.secrecy import PersonalText
from tradewind.ports.tables import Table
from tradewind.values.orders import MarketState, OrderType, Side


class Balance(msgspec.Struct, frozen=True, gc=False):
    """Negative accounts are the shard's own (values.ids.system_account); only they may be below zero, in `available`."""

    shard: int
    account: int
    asset: str
    available: int
    held: int


class Hold(msgspec.Struct, frozen=True, gc=False):
    """An order that is not over: `held` units of `asset` stand behind its `left` base units.

    The two fees are what a fill would have paid when it was accepted; a fill pays what is asked when it is settled.
    For a buy `held` is the notional of `left` at `price` (its limit, or for MARKET the worst price), for a sell `left` itself.
    A buy by amount (`quote_quantity` > 0) holds what of the amount is not spent. Two orders with one `list_id` > 0 are a pair:
    as long as both stand, the larger of their needs is held by the first (whose id is `list_id`), and nothing by the other.
    """

    shard: int
    order_id: int
    account: int
    symbol: str
    client_order_id: str
    digest: bytes
    side: Side
    type: OrderType
    price: int
    quantity: int
    left: int
    asset: str
    held: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    accepted_at: int
    quote_quantity: int = 0
    list_id: int = 0


class FinishedOrder(msgspec.Struct, frozen=True, gc=False):
    """A client order id that has been used, remembered for the dedup horizon after its order ended."""

    shard: int
    account: int
    client_order_id: str
    order_id: int
    symbol: str
    digest: bytes
    accepted_at: int
    ended_at: int


class WithdrawalHold(msgspec.Struct, frozen=True, gc=False):
    """`held` = units + fee until the withdrawal is over, then 0; the row stays for as long as its key may not be used again.

    What was asked for stands here as it was asked, and no digest of it: masks of an incident's bundle compare as values do.
    """

    shard: int
    withdrawal_id: int
    account: int
    asset: str
    idempotency_key: PersonalText
    units: int
    fee_units: int
    held: int
    ended_at: int
    network: str
    address: PersonalText
    tag: PersonalText


class Posting(msgspec.Struct, frozen=True, gc=False):
    """One leg of a posting set; the set is all legs of (shard, seq, kind, reference) and sums to zero per asset.

    `kind`: trade, adjustment, deposit, reversal, withdrawal, transfer. `reference`: the symbol and trade, the chain's transfer,
    the id of the withdrawal or of the transfer between accounts, or the adjustment's own.
    """

    shard: int
    seq: int
    leg: int
    at: int
    kind: str
    reference: str
    account: int
    asset: str
    delta: int


class ClearingSymbol(msgspec.Struct, frozen=True):
    """The symbol's rules and state as clearing has heard them, and the last trade price it has heard (0 = none)."""

    shard: int
    symbol: str
    base: str
    quote: str
    base_precision: int
    quote_precision: int
    tick: int
    lot: int
    notional_min: int
    quantity_max: int
    band_bps: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    self_trade_allowed: bool
    last_price: int
    state: MarketState
    version: int
    notional_max: int
    open_orders_max: int
    breaker_bps: int
    breaker_window_s: int
    breaker_halt_s: int
    breaker_reopen_s: int


class ClearingAsset(msgspec.Struct, frozen=True):
    shard: int
    asset: str
    precision: int


class DeadSwitch(msgspec.Struct, frozen=True):
    """Every open order of `account` in `symbol` (empty = in all) is cancelled at `strikes_at`, unless it is set again."""

    shard: int
    account: int
    symbol: str
    strikes_at: int


class SentTransfer(msgspec.Struct, frozen=True):
    """What `reference`, the account's own name for a transfer, stands for, as long as it may not mean another."""

    shard: int
    account: int
    reference: str
    transfer_id: int
    to_account: int
    asset: str
    units: int
    sent_at: int


class AccountVolume(msgspec.Struct, frozen=True, gc=False):
    """The notional of the account's trades in markets quoted in `asset`, settled on UTC day `day` (counted from the epoch)."""

    shard: int
    account: int
    asset: str
    day: int
    volume: int


class ClearingTier(msgspec.Struct, frozen=True):
    """One level of the fee schedule, as heard from admin."""

    shard: int
    level: int
    asset: str
    volume_min: int
    maker_permille: int
    taker_permille: int


class ClearingPin(msgspec.Struct, frozen=True):
    """An account that has `level` whatever it trades."""

    shard: int
    account: int
    level: int


class SettledAdjustment(msgspec.Struct, frozen=True):
    """Adjustments that have been posted, so that a second one with the same reference is none."""

    shard: int
    reference: str
    seq: int


BALANCES = Table(
    "balances", Balance, key=("shard", "account", "asset"), units={"available": "asset units", "held": "asset units"}
)
HOLDS = Table(
    "holds",
    Hold,
    key=("shard", "order_id"),
    units={"price": "quote units per base", "quantity": "base units", "left": "base units", "held": "units of asset"},
)
FINISHED = Table("finished_orders", FinishedOrder, key=("shard", "account", "client_order_id"), units={"ended_at": "ns"})
WITHDRAWAL_HOLDS = Table(
    "withdrawal_holds",
    WithdrawalHold,
    key=("shard", "withdrawal_id"),
    units={"units": "asset units", "held": "asset units", "ended_at": "ns"},
)
LEDGER = Table(
    "ledger",
    Posting,
    key=("shard", "seq", "leg"),
    append=True,
    units={"delta": "asset units", "at": "ns"},
    indexes=(("account",),),
)
CLEARING_SYMBOLS = Table("clearing_symbols", ClearingSymbol, key=("shard", "symbol"))
CLEARING_ASSETS = Table("clearing_assets", ClearingAsset, key=("shard", "asset"))
ADJUSTMENTS = Table("adjustments", SettledAdjustment, key=("shard", "reference"))
DEAD_SWITCHES = Table("dead_switches", DeadSwitch, key=("shard", "account", "symbol"), units={"strikes_at": "ns"})
SENT_TRANSFERS = Table(
    "sent_transfers", SentTransfer, key=("shard", "account", "reference"), units={"units": "asset units", "sent_at": "ns"}
)
ACCOUNT_VOLUMES = Table(
    "account_volumes",
    AccountVolume,
    key=("shard", "account", "asset", "day"),
    units={"day": "days since the epoch", "volume": "asset units"},
)
CLEARING_TIERS = Table("clearing_tiers", ClearingTier, key=("shard", "level"), units={"volume_min": "units of asset"})
CLEARING_PINS = Table("clearing_pins", ClearingPin, key=("shard", "account"))
