"""What has happened: said on a service's feed after its commit, in the order of its journal."""

from tradewind.messages.base import Message
from tradewind.messages.operating import (
    AccountCreated,
    AccountTierSet,
    Adjusted,
    ApiKeyCreated,
    ApiKeyRevoked,
    AssetCreated,
    FeeTiersSet,
    MarketStateSet,
    SymbolChanged,
    SymbolCreated,
)
from tradewind.messages.trading import (
    AmendRequested,
    BalanceChanged,
    BalanceUpdated,
    BookDelta,
    CancelRequested,
    FillBooked,
    LegSettled,
    MarketStateChanged,
    OrderAccepted,
    OrderArmed,
    OrderEnded,
    OrderReduced,
    OrderRested,
    OrderShown,
    OrderSized,
    OrderTriggered,
    OrderUpdated,
    PublicTrade,
    RequestRefused,
    ReversalUncovered,
    Traded,
    TransferSent,
    WithdrawalHeld,
)
from tradewind.messages.treasury import (
    DepositCredited,
    DepositReversed,
    DepositUpdated,
    WithdrawalDebited,
    WithdrawalReleased,
    WithdrawalsFrozen,
    WithdrawalUpdated,
)

__all__ = (
    "AccountCreated",
    "AccountTierSet",
    "Adjusted",
    "AmendRequested",
    "ApiKeyCreated",
    "ApiKeyRevoked",
    "AssetCreated",
    "BalanceChanged",
    "BalanceUpdated",
    "Batch",
    "BookDelta",
    "CancelRequested",
    "DepositCredited",
    "DepositReversed",
    "DepositUpdated",
    "Entry",
    "Event",
    "FeeTiersSet",
    "FillBooked",
    "LegSettled",
    "MarketStateChanged",
    "MarketStateSet",
    "OrderAccepted",
    "OrderArmed",
    "OrderEnded",
    "OrderReduced",
    "OrderRested",
    "OrderShown",
    "OrderSized",
    "OrderTriggered",
    "OrderUpdated",
    "PublicTrade",
    "RequestRefused",
    "ReversalUncovered",
    "SymbolChanged",
    "SymbolCreated",
    "Traded",
    "TransferSent",
    "WithdrawalDebited",
    "WithdrawalHeld",
    "WithdrawalReleased",
    "WithdrawalUpdated",
    "WithdrawalsFrozen",
)

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
    | OrderArmed
    | OrderTriggered
    | OrderSized
    | OrderShown
    | TransferSent
    | FeeTiersSet
    | AccountTierSet
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
