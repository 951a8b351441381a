"""What matching must say: one market told a second time, from two sorted lists and the words of API.md.

It prophesies from a state that follows what matching really said, so one wrong word is one finding and not a thousand.
Built unlike the real book (no levels, no links); the naive book in turn is its own twin in the tests.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Any

import msgspec

from tradewind.messages.events import OrderAccepted, OrderEnded, OrderReduced, OrderRested, Traded
from tradewind.values.orders import MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce

Gist = tuple[Any, ...]  # what must be equal of an event: all but words for people


class Standing(msgspec.Struct, gc=False):
    account: int
    side: Side
    price: int
    quantity: int
    left: int
    place: tuple[int, int, int]  # better price first, then earlier arrival; and the order's id


def gist(event: Any) -> Gist:
    """Shape and facts of an event of matching."""
    facts = msgspec.structs.asdict(event)
    facts.pop("reason", None)
    return (type(event).__name__, *facts.values())


class Oracle:
    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.state = MarketState.TRADING
        self.last_trade = 0
        self.last_price = 0
        self.orders: dict[int, Standing] = {}
        self._queues: dict[Side, list[tuple[int, int, int]]] = {Side.BUY: [], Side.SELL: []}
        self._arrivals = 0

    # --- prophecy
    def placed(self, order: OrderAccepted) -> list[Gist]:
        """What placing `order` must lead to."""
        takes = next(self._meets(order), None) is not None
        stays = order.type is OrderType.LIMIT_MAKER or (
            order.time_in_force is TimeInForce.GTC and order.type is not OrderType.MARKET
        )
        post_only = self.state is MarketState.POST_ONLY and stays and not takes
        if not (self.state is MarketState.TRADING or post_only) or (order.type is OrderType.LIMIT_MAKER and takes):
            return [self._ended(order, OrderStatus.REJECTED, order.quantity, False)]
        left, said, own = order.quantity, list[Gist](), False
        for number, (maker, standing) in enumerate(self._meets(order), 1):
            own = standing.account == order.account and order.self_trade is SelfTrade.EXPIRE_TAKER
            if own or not left:
                break
            quantity = min(left, standing.left)
            left -= quantity
            said.append(self._traded(self.last_trade + number, order, maker, standing, quantity, left))
            if quantity == standing.left:
                said.append(self._ended_maker(maker, standing))
        if order.time_in_force is TimeInForce.FOK and left:
            return [self._ended(order, OrderStatus.EXPIRED, order.quantity, False)]
        if not left:
            return [*said, self._ended(order, OrderStatus.FILLED, 0, False)]
        if own:
            return [*said, self._ended(order, OrderStatus.EXPIRED_IN_MATCH, left, False)]
        if stays:
            who = order.order_id, order.account, self.symbol
            return [*said, ("OrderRested", *who, order.side, order.price, left)]
        return [*said, self._ended(order, OrderStatus.EXPIRED, left, False)]

    def cancelled(self, order_id: int, account: int) -> Gist:
        order = self.orders.get(order_id)
        if order is None:
            return ("RequestRefused", order_id, account, self.symbol)
        status = OrderStatus.CANCELED
        return ("OrderEnded", order_id, order.account, self.symbol, status, order.side, order.price, order.left, True)

    def amended(self, order_id: int, account: int, quantity: int) -> Gist:
        order = self.orders.get(order_id)
        if order is None or not order.quantity - order.left < quantity < order.quantity:
            return ("RequestRefused", order_id, account, self.symbol)
        by = order.quantity - quantity
        who = order_id, order.account, self.symbol, order.side, order.price
        return ("OrderReduced", *who, quantity, order.left - by, by)

    def _meets(self, order: OrderAccepted) -> Iterator[tuple[int, Standing]]:
        """Orders of the other side within the limit: best price first, then first come."""
        sign = 1 if order.side is Side.BUY else -1
        for _, _, order_id in self._queues[order.side.other]:
            standing = self.orders[order_id]
            if sign * standing.price > sign * order.price:
                return
            yield order_id, standing

    def _traded(self, trade: int, order: OrderAccepted, maker: int, met: Standing, quantity: int, left: int) -> Gist:
        sides = maker, met.account, met.left - quantity, order.order_id, order.account, left
        return ("Traded", self.symbol, trade, met.price, quantity, order.side, *sides)

    def _ended_maker(self, maker: int, met: Standing) -> Gist:
        return ("OrderEnded", maker, met.account, self.symbol, OrderStatus.FILLED, met.side, met.price, 0, True)

    def _ended(self, order: OrderAccepted, status: OrderStatus, left: int, rested: bool) -> Gist:
        return ("OrderEnded", order.order_id, order.account, self.symbol, status, order.side, order.price, left, rested)

    # --- history, as matching said it
    def follow(self, event: Any, quantity: int = 0) -> str | None:
        """Take a word of matching's as a fact; returns what is impossible in it. `quantity` is a resting order's original."""
        match event:
            case Traded():
                self.last_trade, self.last_price = event.trade_id, event.price
                return self._open(event.maker_order, event.maker_left)
            case OrderRested():
                return self._stand(event, quantity)
            case OrderReduced():
                wrong = self._open(event.order_id, event.left)
                if wrong is None and event.left > 0:
                    self.orders[event.order_id].quantity = event.quantity
                return wrong
            case OrderEnded() if event.rested and event.left > 0:
                return self._open(event.order_id, 0)
        return None

    def _stand(self, event: OrderRested, quantity: int) -> str | None:
        if event.order_id in self.orders:
            return f"order {event.order_id} rests a second time"
        self._arrivals += 1
        place = (-event.price if event.side is Side.BUY else event.price, self._arrivals, event.order_id)
        self.orders[event.order_id] = Standing(event.account, event.side, event.price, quantity, event.left, place)
        insort(self._queues[event.side], place)
        return None

    def _open(self, order_id: int, left: int) -> str | None:
        order = self.orders.get(order_id)
        if order is None:
            return f"order {order_id} does not rest"
        order.left = left
        if left <= 0:
            queue = self._queues[order.side]
            del queue[bisect_left(queue, order.place)]
            del self.orders[order_id]
        return None
