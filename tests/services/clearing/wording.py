"""Drawn words of orders as commands, and matching's words as it would say them: for drawings in which no book runs."""

from typing import Any

from tradewind.messages import events as ev
from tradewind.messages.commands import PlaceOrder, PlaceOrderPair
from tradewind.services.clearing.tables import Hold
from tradewind.values.orders import OrderStatus, OrderType, SelfTrade, Side, TimeInForce

SECOND_NS = 1_000_000_000
MODES = {"none": "NONE", "maker-goes": "EXPIRE_MAKER", "both-go": "EXPIRE_BOTH", "less": "DECREMENT"}
STOPS = {
    ("stop", True): OrderType.STOP_LOSS_LIMIT,
    ("stop", False): OrderType.STOP_LOSS,
    ("take", True): OrderType.TAKE_PROFIT_LIMIT,
    ("take", False): OrderType.TAKE_PROFIT,
}


def after(word: str, words: list[str], default: str = "") -> str:
    """The word behind `word`."""
    return words[words.index(word) + 1] if word in words else default


def order(words: list[str], account: int, now: int, symbol: str) -> PlaceOrder:
    """`words` are SIDE QUANTITY @ PRICE (or `market`) ACCOUNT and the rest; a quantity with a `$` is an amount."""
    side, size, *rest = words
    priced = rest[0] == "@"
    kind = rest[3 if priced else 2 :]
    waits = next((word for word in ("stop", "take") if word in kind), "")
    type_ = OrderType.LIMIT if priced else OrderType.MARKET
    type_ = STOPS[waits, priced] if waits else OrderType.LIMIT_MAKER if "maker" in kind else type_
    usual = "gtd" if "till" in kind else "gtc" if priced else "ioc"
    time = TimeInForce[next((word for word in kind if word in ("ioc", "fok", "gtc", "gtd")), usual).upper()]
    mode = SelfTrade[next((MODES[word] for word in kind if word in MODES), "EXPIRE_TAKER")]
    till = after("till", kind)
    return PlaceOrder(
        account,
        after("in", kind, symbol),
        next((word for word in kind if word[0] == "#"), "#")[1:],
        Side[side.upper()],
        type_,
        time,
        mode,
        int(rest[1]) if priced else 0,
        0 if size.endswith("$") else int(size),
        stop_price=int(after(waits, kind)) if waits else 0,
        display=int(after("show", kind, "0")),
        good_till=now + int(till) * SECOND_NS if till else 0,
        quote_quantity=int(size[:-1]) if size.endswith("$") else 0,
    )


def pair(words: list[str], account: int, now: int, symbol: str) -> PlaceOrderPair:
    """SIDE QUANTITY @ PRICE / STOP [@ LIMIT] ACCOUNT [#name]: its legs are called name.m and name.s, the list list-name."""
    side, size, _, price, _, stop, *rest = words
    limit = ["@", rest[1]] if rest[0] == "@" else ["market"]
    who, *names = rest[2:] if rest[0] == "@" else rest
    legs = ([f"{names[0]}.m"], [f"{names[0]}.s"]) if names else ([], [])
    maker = order([side, size, "@", price, who, "maker", *legs[0]], account, now, symbol)
    other = order([side, size, *limit, who, "stop", stop, *legs[1]], account, now, symbol)
    return PlaceOrderPair(account, f"list-{names[0][1:]}" if names else "", maker, other)


class Matching:
    """Says what it is told to; what is left of an order it takes from its hold."""

    def __init__(self) -> None:
        self.trades = 0

    def says(self, words: list[str], holds: dict[str, Hold]) -> ev.Event:
        verb, name, *rest = words
        hold = holds[name]
        who: Any = hold.order_id, hold.account, hold.symbol
        match verb:
            case "armed":
                return ev.OrderArmed(*who)
            case "triggered":
                return ev.OrderTriggered(*who, int(rest[0]))
            case "sized":
                return ev.OrderSized(*who, int(rest[0]))
            case "cut":
                by = int(rest[0])
                return ev.OrderReduced(*who, hold.side, hold.price, hold.quantity - by, hold.left - by, by)
            case "end":
                status = OrderStatus[rest[0].upper()]
                left = 0 if status is OrderStatus.FILLED else hold.left
                return ev.OrderEnded(*who, status, "", hold.side, hold.price, left, False)
            case "trade":
                taker, quantity, _, price = holds[rest[0]], *rest[1:]
                return self._trade(hold, taker, int(quantity), int(price))
        raise AssertionError(words)

    def _trade(self, maker: Hold, taker: Hold, quantity: int, price: int) -> ev.Traded:
        self.trades += 1
        sides = (
            *(maker.order_id, maker.account, maker.left - quantity),
            *(taker.order_id, taker.account, taker.left - quantity),
        )
        return ev.Traded(maker.symbol, self.trades, price, quantity, taker.side, *sides)
