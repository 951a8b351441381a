"""A book too slow to be wrong: it sorts all that rests and takes the first. Auditors compare the real one with it."""

from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce

NaiveFill = tuple[int, int, int]  # maker's order id, price, quantity


class NaiveBook:
    """`orders` are [account, side, price, left, arrival] by order id."""

    def __init__(self, state: MarketState = MarketState.TRADING) -> None:
        self.state = state
        self.orders: dict[int, tuple[int, Side, int, int, int]] = {}
        self._arrivals = 0

    def place(
        self,
        order_id: int,
        account: int,
        side: Side,
        type_: OrderType,
        time_in_force: TimeInForce,
        self_trade: SelfTrade,
        price: int,
        quantity: int,
    ) -> list[NaiveFill]:
        """The fills, in order. What is left rests when the order is of that kind; see `orders`."""
        fills: list[NaiveFill] = []
        left, stopped = quantity, False
        for maker, (owner, _, at, open_, _) in self.matching(side, price):
            if stopped := owner == account and self_trade is SelfTrade.EXPIRE_TAKER:
                break
            fills.append((maker, at, min(open_, left)))
            left -= fills[-1][2]
            if not left:
                break
        stays = type_ is not OrderType.MARKET and time_in_force is TimeInForce.GTC
        takes = bool(self.matching(side, price))
        closed = self.state is not MarketState.TRADING and (self.state is not MarketState.POST_ONLY or takes or not stays)
        if closed or (type_ is OrderType.LIMIT_MAKER and takes) or (time_in_force is TimeInForce.FOK and left):
            return []
        for maker, _, traded in fills:
            self.reduce(maker, traded)
        if left and stays and not stopped:
            self._arrivals += 1
            self.orders[order_id] = (account, side, price, left, self._arrivals)
        return fills

    def matching(self, side: Side, price: int) -> list[tuple[int, tuple[int, Side, int, int, int]]]:
        """What an order on `side` limited at `price` could trade with: best price first, then first come."""
        sign = 1 if side is Side.BUY else -1
        good = [item for item in self.orders.items() if item[1][1] is not side and sign * item[1][2] <= sign * price]
        return sorted(good, key=lambda item: (sign * item[1][2], item[1][4]))

    def reduce(self, order_id: int, by: int) -> None:
        """Take `by` off what is open; an order with nothing open is gone."""
        account, side, price, left, arrival = self.orders.pop(order_id)
        assert left >= by, order_id
        if left > by:
            self.orders[order_id] = (account, side, price, left - by, arrival)

    def cancel(self, order_id: int) -> bool:
        return self.orders.pop(order_id, None) is not None
