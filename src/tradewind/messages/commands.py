"""What a shard is asked to do. A command arrives in an inbox, in an envelope, at least once."""

from tradewind.messages.base import Message
from tradewind.messages.secrecy import PersonalText, SecretBytes, SecretText
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.symbols import SymbolRules


class PlaceOrder(Message, frozen=True):
    """`price` is 0 for MARKET. `client_order_id` is empty when the client gave none."""

    account: int
    symbol: str
    client_order_id: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    self_trade: SelfTrade
    price: int
    quantity: int


class CancelOrder(Message, frozen=True):
    """By `order_id`, or when that is 0 by `client_order_id`; `symbol` must be the order's."""

    account: int
    symbol: str
    order_id: int
    client_order_id: str = ""


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
    | SetMarketState
    | Adjust
    | CreateAccount
    | CreateApiKey
    | RevokeApiKey
    | SettleQuarantine
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
