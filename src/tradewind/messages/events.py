"""What has happened: said on a service's feed after its commit, in the order of its journal."""

from tradewind.messages.base import Message
from tradewind.messages.secrecy import PersonalText, SecretBytes
from tradewind.values.orders import MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.symbols import SymbolRules
from tradewind.values.wallet import DepositStatus, WithdrawalStatus


# --- clearing
class OrderAccepted(Message, frozen=True):
    """Funds are held. `price` is the limit, for MARKET the worst price it may trade at."""

    order_id: int
    account: int
    symbol: str
    client_order_id: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    self_trade: SelfTrade
    price: int
    quantity: int


class CancelRequested(Message, frozen=True):
    order_id: int
    account: int
    symbol: str


class AmendRequested(Message, frozen=True):
    """`quantity` is the new original quantity."""

    order_id: int
    account: int
    symbol: str
    quantity: int


class LegSettled(Message, frozen=True):
    """One side of a trade is in the ledger. `fee` is in units of `fee_asset`, already taken from what was received."""

    symbol: str
    trade_id: int
    order_id: int
    account: int
    side: Side
    maker: bool
    price: int
    quantity: int
    notional: int
    fee: int
    fee_asset: str


class BalanceChanged(Message, frozen=True):
    account: int
    asset: str
    available: int
    held: int


class WithdrawalHeld(Message, frozen=True):
    """`units` + `fee_units` are held until the wallet says released or debited."""

    withdrawal_id: int
    account: int
    asset: str
    network: str
    address: PersonalText
    tag: PersonalText
    units: int
    fee_units: int
    idempotency_key: PersonalText


class ReversalUncovered(Message, frozen=True):
    """A reversed deposit was spent already: `units` of it were not there any more, and the house bears them for now."""

    account: int
    asset: str
    units: int
    reference: str


# --- matching
class OrderRested(Message, frozen=True):
    """`left` of the order stands in the book now."""

    order_id: int
    account: int
    symbol: str
    side: Side
    price: int
    left: int


class Traded(Message, frozen=True):
    """At the maker's price. `trade_id` is contiguous per symbol; `*_left` is what is open after the trade."""

    symbol: str
    trade_id: int
    price: int
    quantity: int
    taker_side: Side
    maker_order: int
    maker_account: int
    maker_left: int
    taker_order: int
    taker_account: int
    taker_left: int


class OrderEnded(Message, frozen=True):
    """The one terminal event of an order, FILLED included. `rested`: `left` was standing in the book until now."""

    order_id: int
    account: int
    symbol: str
    status: OrderStatus
    reason: str
    side: Side
    price: int
    left: int
    rested: bool


class OrderReduced(Message, frozen=True):
    """Amended down: `quantity` is the new original quantity, `left` what is open, `by` how much went away."""

    order_id: int
    account: int
    symbol: str
    side: Side
    price: int
    quantity: int
    left: int
    by: int


class RequestRefused(Message, frozen=True):
    """A cancel or amend came too late or asked the impossible. It changes nothing: the order's own events tell its fate."""

    order_id: int
    account: int
    symbol: str
    reason: str


class MarketStateChanged(Message, frozen=True):
    symbol: str
    state: MarketState
    reason: str


# --- order (private feed: `account_seq` is contiguous per account)
class OrderUpdated(Message, frozen=True):
    account: int
    account_seq: int
    order_id: int
    symbol: str
    client_order_id: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price: int
    quantity: int
    executed: int
    quote_executed: int
    status: OrderStatus
    reason: str
    created_at: int
    updated_at: int


class FillBooked(Message, frozen=True):
    account: int
    account_seq: int
    fill: LegSettled
    at: int


class BalanceUpdated(Message, frozen=True):
    account: int
    account_seq: int
    asset: str
    available: int
    held: int


# --- marketdata (`seq` is contiguous per symbol and channel)
class BookDelta(Message, frozen=True):
    """Levels that changed, as (price, quantity now, orders now); quantity 0 = the level is gone."""

    symbol: str
    seq: int
    bids: tuple[tuple[int, int, int], ...]
    asks: tuple[tuple[int, int, int], ...]


class PublicTrade(Message, frozen=True):
    """`trade_id` is the channel's sequence."""

    symbol: str
    trade_id: int
    price: int
    quantity: int
    taker_side: Side
    at: int


# --- user
class AccountCreated(Message, frozen=True):
    account: int
    email: PersonalText


class ApiKeyCreated(Message, frozen=True):
    account: int
    key_id: int
    label: PersonalText
    api_key: str
    sealed_secret: SecretBytes
    permissions: int
    ip_allow: PersonalText
    expires_at: int


class ApiKeyRevoked(Message, frozen=True):
    account: int
    api_key: str


# --- admin
class AssetCreated(Message, frozen=True):
    asset: str
    precision: int


class SymbolCreated(Message, frozen=True):
    rules: SymbolRules


class SymbolChanged(Message, frozen=True):
    """The symbol's rules, for each service from the entry where it hears this: for orders that clearing accepts and trades
    that it settles; what stands in a book stays as it is. `version` counts from 1, which is what it was created with."""

    rules: SymbolRules
    version: int


class MarketStateSet(Message, frozen=True):
    """An operator's word; matching obeys it at the sequence number where it hears it."""

    symbol: str
    state: MarketState
    reason: str


class Adjusted(Message, frozen=True):
    account: int
    asset: str
    delta: int
    reference: str


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


Event = (
    OrderAccepted
    | CancelRequested
    | AmendRequested
    | LegSettled
    | BalanceChanged
    | OrderRested
    | Traded
    | OrderEnded
    | OrderReduced
    | RequestRefused
    | MarketStateChanged
    | OrderUpdated
    | FillBooked
    | BalanceUpdated
    | BookDelta
    | PublicTrade
    | AccountCreated
    | ApiKeyCreated
    | ApiKeyRevoked
    | AssetCreated
    | SymbolCreated
    | SymbolChanged
    | MarketStateSet
    | Adjusted
    | WithdrawalHeld
    | ReversalUncovered
    | DepositUpdated
    | DepositCredited
    | DepositReversed
    | WithdrawalUpdated
    | WithdrawalReleased
    | WithdrawalDebited
    | WithdrawalsFrozen
)


class Entry(Message, frozen=True):
    """One input of the writer and what came of it: the unit a follower reads, at position `seq` of feed `feed`.

    `source` and `source_seq` say which input of the writer caused it ("inbox" or a feed), so a follower that hears both can
    hold an effect back until it has heard its cause.
    """

    feed: str
    seq: int
    at: int
    source: str
    source_seq: int
    events: tuple[Event, ...]


class Batch(Message, frozen=True):
    """What one commit says on a feed, and how far the writer has read its sources.

    `entries` are those in (prev, last] that hold events or were caused by a feed: a follower of both must hear the cause first.
    """

    prev: int
    last: int
    positions: dict[str, int]
    entries: tuple[Entry, ...]
