"""What is asked and answered, typed. Amounts are decimal text as on the wire: nothing is rounded on the way.

Fields that an answer does not have are empty; those that this client does not know are ignored: a newer exchange may say more.
"""

from typing import Any, Literal

import msgspec

Side = Literal["BUY", "SELL"]
Type = Literal["LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
TimeInForce = Literal["GTC", "IOC", "FOK", "GTD", "POST_ONLY"]
SelfTrade = Literal["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "NONE"]
Response = Literal["ACK", "RESULT", "FULL"]
ENDED = frozenset(("FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"))


class _Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    def fields(self) -> dict[str, Any]:
        """As the API has them; what was not given is left out."""
        made: dict[str, Any] = msgspec.to_builtins(self)
        return made


class NewOrder(_Asked, frozen=True):
    """`good_till_date` in ms. Without a `client_order_id` the client makes one: an order whose name nobody knows cannot be
    asked for."""

    symbol: str
    side: Side
    type: Type
    quantity: str = ""
    price: str = ""
    quote_order_qty: str = ""
    time_in_force: TimeInForce | None = None
    client_order_id: str = ""
    stop_price: str = ""
    iceberg_qty: str = ""
    good_till_date: int = 0
    self_trade_prevention_mode: SelfTrade | None = None
    new_order_resp_type: Response | None = None


class Named(_Asked, frozen=True):
    """An order, by the exchange's id or by the client's."""

    symbol: str
    order_id: int = 0
    orig_client_order_id: str = ""


class Amend(Named, frozen=True, kw_only=True):
    """Reduce it to `quantity` (the new original one)."""

    quantity: str


class _Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class Fill(_Shown, frozen=True):
    id: int
    price: str
    qty: str
    commission: str = ""
    commission_asset: str = ""
    order_id: int = 0
    quote_qty: str = ""
    is_maker: bool = False
    is_buyer: bool = False
    time: int = 0


class Order(_Shown, frozen=True):
    """An acknowledgement (then `status` is empty) or an order's state."""

    symbol: str
    order_id: int
    client_order_id: str = ""
    price: str = ""
    orig_qty: str = ""
    executed_qty: str = ""
    cummulative_quote_qty: str = ""
    status: str = ""
    type: str = ""
    side: str = ""
    time_in_force: str = ""
    reason: str = ""
    transact_time: int = 0
    time: int = 0
    update_time: int = 0
    fills: list[Fill] = []

    @property
    def ended(self) -> bool:
        return self.status in ENDED


class Balance(_Shown, frozen=True):
    asset: str
    free: str
    locked: str


class Account(_Shown, frozen=True):
    balances: list[Balance]


class Depth(_Shown, frozen=True):
    last_update_id: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]
