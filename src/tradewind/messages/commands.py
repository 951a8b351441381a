"""What a shard is asked to do. A command arrives in an inbox, in an envelope, at least once."""

from tradewind.messages.base import Message
from tradewind.messages.secrecy import PersonalText, SecretBytes, SecretText
from tradewind.values.fees import FeeTier
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.symbols import SymbolRules
from tradewind.values.wallet import Block, NetworkAsset

ORDERS_PER_BATCH_MAX = 50


class PlaceOrder(Message, frozen=True):
    """`price` is 0 for MARKET, STOP_LOSS and TAKE_PROFIT. `client_order_id` is empty when the client gave none.

    `stop_price` is for stop orders, `display` (an iceberg's slice in base units) for those that rest, `good_till` (wall ns) for
    GTD; `quote_quantity` (quote units) stands in place of `quantity` in a MARKET order by amount. Each 0 where it is not meant.
    """

    account: int
    symbol: str
    client_order_id: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    self_trade: SelfTrade
    price: int
    quantity: int
    stop_price: int = 0
    display: int = 0
    good_till: int = 0
    quote_quantity: int = 0


class PlaceOrders(Message, frozen=True):
    """Each by itself, in this order, all of `account`; answered by an Outcomes of as many replies.

    At most ORDERS_PER_BATCH_MAX."""

    account: int
    orders: tuple[PlaceOrder, ...]


class PlaceOrderPair(Message, frozen=True):
    """One cancels the other: a LIMIT_MAKER and a stop order of one side and quantity. Both are accepted, or none."""

    account: int
    list_client_id: str
    maker: PlaceOrder
    stop: PlaceOrder


class TestOrder(Message, frozen=True):
    """Answered as PlaceOrder would be (Tested in place of an OrderAck), and has no effect."""

    account: int
    order: PlaceOrder


class CancelOrder(Message, frozen=True):
    """By `order_id`, or when that is 0 by `client_order_id`; `symbol` must be the order's. Of a pair it cancels both."""

    account: int
    symbol: str
    order_id: int
    client_order_id: str = ""


class CancelOrders(Message, frozen=True):
    """Each by itself, in this order; answered by an Outcomes of as many replies. At most ORDERS_PER_BATCH_MAX."""

    account: int
    cancels: tuple[CancelOrder, ...]


class CancelAfter(Message, frozen=True):
    """The dead man's switch: unless it is set again within `timeout_ns`, every open order of `account` in `symbol` is cancelled
    (in all, when that is empty). 0 takes it away. Answered by a SwitchSet."""

    account: int
    symbol: str
    timeout_ns: int


class Transfer(Message, frozen=True):
    """`units` from `account` to `to_account`, of one family (the edge knows families). `reference` is `account`'s own name for
    it: the second use with the same content is the same transfer."""

    account: int
    to_account: int
    asset: str
    units: int
    reference: str


class CancelAll(Message, frozen=True):
    """Every open order of `account` in `symbol`; in all symbols when that is empty."""

    account: int
    symbol: str


class AmendOrder(Message, frozen=True):
    """Reduce to `quantity` (the new original quantity, more than what is executed); keeps the place in the queue."""

    account: int
    symbol: str
    order_id: int
    client_order_id: str
    quantity: int


class CreateAsset(Message, frozen=True):
    asset: str
    precision: int


class CreateSymbol(Message, frozen=True):
    rules: SymbolRules


class ChangeSymbol(Message, frozen=True):
    """Only what is given changes. Units, fees and bands as in SymbolRules; precisions, assets and self-trade stay for ever."""

    symbol: str
    tick: int | None = None
    lot: int | None = None
    notional_min: int | None = None
    quantity_max: int | None = None
    band_bps: int | None = None
    maker_fee_ppm: int | None = None
    taker_fee_ppm: int | None = None
    notional_max: int | None = None
    open_orders_max: int | None = None
    breaker_bps: int | None = None
    breaker_window_s: int | None = None
    breaker_halt_s: int | None = None
    breaker_reopen_s: int | None = None


class SetFeeTiers(Message, frozen=True):
    """A new schedule, lowest first (values.fees.check_tiers); volume is counted in trades quoted in `asset`."""

    asset: str
    tiers: tuple[FeeTier, ...]


class SetAccountTier(Message, frozen=True):
    """Whatever it trades; `level` below 0 = by its volume again."""

    account: int
    level: int


class SetMarketState(Message, frozen=True):
    """For one symbol, or for all when `symbol` is empty."""

    symbol: str
    state: MarketState
    reason: str


class Adjust(Message, frozen=True):
    """Credit `account` with `delta` > 0 units from outside, as deposits do before there is a wallet.

    `reference` is unique for ever: the second use has no second effect.
    """

    account: int
    asset: str
    delta: int
    reference: str


class CreateAccount(Message, frozen=True):
    """`email` is unique; `password_hash` is made at the edge (slow hashing is no decision)."""

    email: PersonalText
    password_hash: SecretText


class CreateSubAccount(Message, frozen=True):
    """An account of the family of `parent`, which is itself nobody's sub-account. `label` is unique within the family."""

    parent: int
    label: PersonalText


class CreateApiKey(Message, frozen=True):
    """`sealed_secret` is ciphertext (runtime.vault). `permissions` = READ 1 | TRADE 2 | WITHDRAW 4. `expires_at` 0 = never.

    `ip_allow` is a comma-separated list of addresses or networks; empty = any.
    """

    account: int
    label: PersonalText
    api_key: str
    sealed_secret: SecretBytes
    permissions: int
    ip_allow: PersonalText
    expires_at: int


class RevokeApiKey(Message, frozen=True):
    account: int
    api_key: str


# --- withdrawals: asked of clearing, which holds the funds; decided by the wallet
class RequestWithdrawal(Message, frozen=True):
    """Send `units` to `address`; `fee_units` is the network fee that the user was shown, held and taken beside them.

    `idempotency_key` is the account's own name for it: the second use with the same content is the same withdrawal.
    """

    account: int
    asset: str
    network: str
    address: PersonalText
    tag: PersonalText
    units: int
    fee_units: int
    idempotency_key: PersonalText


class CancelWithdrawal(Message, frozen=True):
    """By the user, as long as nobody has decided."""

    account: int
    withdrawal_id: int


class ReviewWithdrawal(Message, frozen=True):
    """`by` is the operator's account, and not that of the withdrawal."""

    withdrawal_id: int
    approve: bool
    by: int
    reason: str


# --- the wallet's networks
class OpenNetwork(Message, frozen=True):
    """Blocks are followed from the one after `height`, whose block has `hash`; what moves on it and at what price."""

    network: str
    confirmations: int
    height: int
    hash: str
    assets: tuple[NetworkAsset, ...]


class AssignAddress(Message, frozen=True):
    """What arrives at `address` is `account`'s. The address is derived at the edge: that is no decision."""

    account: int
    network: str
    address: PersonalText


class FreezeWithdrawals(Message, frozen=True):
    """An operator's word, or the attendant's when a chain goes beyond what we can follow; `frozen` false thaws."""

    network: str
    frozen: bool
    reason: str


# --- what the wallet's attendant has seen and done
class ReportBlocks(Message, frozen=True):
    """Each the parent of the next. They follow our newest block, or leave our branch and outgrow it, or are known to us."""

    network: str
    blocks: tuple[Block, ...]


class ReportSigned(Message, frozen=True):
    withdrawal_id: int
    txid: str
    raw: SecretBytes


class ReportPayout(Message, frozen=True):
    """The withdrawal's transaction was handed to the network (`height` 0), or stands in block `block_hash` at `height`."""

    withdrawal_id: int
    txid: str
    height: int = 0
    block_hash: str = ""
    succeeded: bool = True


class Tick(Message, frozen=True):
    """From a shard's own runtime, journaled with source "clock": the instant has come at which its machine asked to be woken
    (`alarm`). Nobody waits for a reply."""


class SettleQuarantine(Message, frozen=True):
    """To the shard whose row it is, handled by its runtime: apply the bytes of quarantine row `id` now, whatever their deadline
    (`retry`), or forget them. `at` is the instant in that row: a number may be used again after its row has gone.
    """

    id: int
    at: int
    retry: bool


Command = (
    PlaceOrder
    | CancelOrder
    | CancelAll
    | AmendOrder
    | CreateAsset
    | CreateSymbol
    | ChangeSymbol
    | SetMarketState
    | Adjust
    | CreateAccount
    | CreateApiKey
    | RevokeApiKey
    | SettleQuarantine
    | RequestWithdrawal
    | CancelWithdrawal
    | ReviewWithdrawal
    | OpenNetwork
    | AssignAddress
    | FreezeWithdrawals
    | ReportBlocks
    | ReportSigned
    | ReportPayout
    | PlaceOrders
    | PlaceOrderPair
    | TestOrder
    | CancelOrders
    | CancelAfter
    | Transfer
    | SetFeeTiers
    | SetAccountTier
    | CreateSubAccount
    | Tick
)


class Envelope(Message, frozen=True):
    """A command on its way.

    `command_id` names the effect (16 bytes; of a signed write it is made from the key and its nonce). `request` names this
    attempt: the same command with the same request is a redelivery and gets the first answer; with another it is a replay
    and is refused. `reply_to` is the caller's mailbox.
    """

    command_id: bytes
    request: str
    deadline: int
    reply_to: str
    body: Command
    trace: str = ""
