"""The words of API.md as types, so that schemas can name them; held against the enums that everything behind the edge uses."""

from enum import IntEnum
from typing import Any, Literal, get_args

from tradewind.values.orders import MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce

SideName = Literal["BUY", "SELL"]
TypeName = Literal["LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
TimeName = Literal["GTC", "IOC", "FOK", "GTD"]
TimeAsked = Literal["GTC", "IOC", "FOK", "GTD", "POST_ONLY"]
SelfTradeName = Literal["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"]
StatusName = Literal["NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"]
StateName = Literal["TRADING", "PRE_OPEN", "CANCEL_ONLY", "POST_ONLY", "HALT", "DELISTED"]
ResponseKind = Literal["ACK", "RESULT", "FULL"]


def _same(words: Any, enum: type[IntEnum], *more: str) -> bool:
    return get_args(words) == (*enum.__members__, *more)


assert _same(SideName, Side)
assert _same(TypeName, OrderType)
assert _same(TimeName, TimeInForce)
assert _same(TimeAsked, TimeInForce, "POST_ONLY")
assert _same(SelfTradeName, SelfTrade)
assert _same(StatusName, OrderStatus)
assert _same(StateName, MarketState)
