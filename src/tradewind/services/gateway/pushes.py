"""What we say on sockets without being asked, declared for the documents. A test holds the private feed's frames to these."""

from typing import Any, Literal, NamedTuple

import msgspec

from tradewind.services.gateway.answers import BalanceShown, OrderShown
from tradewind.services.gateway.words import SelfTradeName, SideName, StatusName, TimeName, TypeName


class Pushed(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Short names, as Binance has them. `seq` is the account's own, contiguous."""


class ExecutionReport(Pushed):
    """An order, as it stands now."""

    e: Literal["executionReport"]
    seq: int
    s: str
    i: int
    c: str
    S: SideName
    o: TypeName
    f: TimeName
    p: str
    q: str
    z: str
    Z: str
    P: str
    F: str
    Q: str
    g: int
    gtd: int
    V: SelfTradeName
    w: bool
    W: int
    X: StatusName
    r: str
    O: int  # noqa: E741 - Binance's name
    T: int


class TradeReport(Pushed):
    """The account's own side of a trade."""

    e: Literal["trade"]
    seq: int
    s: str
    t: int
    i: int
    S: SideName
    m: bool
    p: str
    q: str
    Q: str
    n: str
    N: str
    T: int


class PositionChanged(Pushed):
    """A balance: asset, free, locked."""

    a: str
    f: str
    l: str  # noqa: E741 - Binance's name


class AccountPosition(Pushed):
    e: Literal["outboundAccountPosition"]
    seq: int
    B: list[PositionChanged]


class Snapshot(Pushed):
    """Where the feed begins. `resync`: updates were missed."""

    e: Literal["snapshot"]
    seq: int
    resync: bool
    balances: list[BalanceShown]
    openOrders: list[OrderShown]


class MarketSnapshot(Pushed):
    """What stands, when a channel is subscribed to; whatever has a greater `seq` comes after it."""

    type: Literal["snapshot"]
    channel: str
    seq: int
    ts: int
    data: Any


class MarketDelta(Pushed):
    """`prevSeq` is the `seq` before it: a gap can be seen."""

    channel: str
    prevSeq: int
    seq: int
    ts: int
    data: Any


class Push(NamedTuple):
    """`door`: the path of the socket that it comes on."""

    door: str
    shape: type[Pushed]
    summary: str


PUSHES: tuple[Push, ...] = (
    Push("/ws/private", Snapshot, "What stands, at the beginning"),
    Push("/ws/private", ExecutionReport, "An order has changed"),
    Push("/ws/private", TradeReport, "A trade of the account is booked"),
    Push("/ws/private", AccountPosition, "A balance has changed"),
    Push("/ws", MarketSnapshot, "What stands in a channel"),
    Push("/ws", MarketDelta, "What has changed in a channel"),
)
