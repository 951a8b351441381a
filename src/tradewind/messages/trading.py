"""What clearing, matching, the book-keeper and marketdata say."""

from tradewind.messages.base import Message
from tradewind.messages.secrecy import PersonalText
from tradewind.values.orders import MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce


# --- clearing
class OrderAccepted(Message, frozen=True):
    """Funds are held. `price` is the limit, for orders that become MARKET the worst price they may trade at.

    `stop_price` 0: it is no stop. `display` is the slice that an iceberg shows, 0 = all of it. `good_till` in ns, 0 = for ever.
    `quote_quantity` > 0: a MARKET order by amount; `quantity` is what that surely buys (or at most sells) until matching says
    OrderSized. Two orders with one `list_id` > 0 stand one after the other in one entry: what happens to one ends the other.
    """

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
    stop_price: int = 0
    display: int = 0
    good_till: int = 0
    quote_quantity: int = 0
    list_id: int = 0


class CancelRequested(Message, frozen=True):
    """`reason` is empty when the client asked for it."""

    order_id: int
    account: int
    symbol: str
    reason: str = ""


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


class TransferSent(Message, frozen=True):
    """`units` have left `account` for `to_account`, whose shard (this one or another) books them when it hears this."""

    transfer_id: int
    account: int
    to_account: int
    asset: str
    units: int
    reference: str


# --- matching
class OrderArmed(Message, frozen=True):
    """The stop order waits for its price, outside the book."""

    order_id: int
    account: int
    symbol: str


class OrderTriggered(Message, frozen=True):
    """Its price has come: from here on it is a LIMIT or a MARKET order that arrives now. `last_price` is what triggered it."""

    order_id: int
    account: int
    symbol: str
    last_price: int


class OrderSized(Message, frozen=True):
    """What a MARKET order by amount comes to in base units, in the book as it stands: its `quantity` from now on."""

    order_id: int
    account: int
    symbol: str
    quantity: int


class OrderRested(Message, frozen=True):
    """`left` of the order stands in the book now, `shown` of it for everybody to see; below 0 = all."""

    order_id: int
    account: int
    symbol: str
    side: Side
    price: int
    left: int
    shown: int = -1


class OrderShown(Message, frozen=True):
    """An iceberg whose slice was taken shows another of `shown`, behind all others at its price."""

    order_id: int
    account: int
    symbol: str
    side: Side
    price: int
    shown: int


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
    """The one terminal event of an order, FILLED included. `rested`: `left` was standing in the book until now, and everybody
    saw `shown` of it (below 0 = all)."""

    order_id: int
    account: int
    symbol: str
    status: OrderStatus
    reason: str
    side: Side
    price: int
    left: int
    rested: bool
    shown: int = -1


class OrderReduced(Message, frozen=True):
    """Amended down, or by self-trade prevention: `quantity` is the new original quantity, `left` what is open, `by` how much
    went away, and `shown_by` how much of that everybody saw (0 = the order stands in no book; below 0 = all)."""

    order_id: int
    account: int
    symbol: str
    side: Side
    price: int
    quantity: int
    left: int
    by: int
    shown_by: int = -1


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
    self_trade: SelfTrade = SelfTrade.EXPIRE_TAKER
    stop_price: int = 0
    display: int = 0
    good_till: int = 0
    quote_quantity: int = 0
    list_id: int = 0
    triggered: bool = False


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
    """`trade_id` is the channel's sequence. Trades of one taker at one price share an `agg_id`, contiguous from 1."""

    symbol: str
    trade_id: int
    price: int
    quantity: int
    taker_side: Side
    at: int
    agg_id: int = 0
