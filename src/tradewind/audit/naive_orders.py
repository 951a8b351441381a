"""An order as the naive book knows it: nothing but what was asked, what is left, and where it stands."""

from dataclasses import dataclass, replace

from tradewind.messages.events import OrderAccepted
from tradewind.values.orders import OrderStatus, OrderType, SelfTrade, Side, TimeInForce

Fate = tuple[OrderStatus, str]


@dataclass
class Order:
    """`place` grows with arrival (0: it stands nowhere yet); `shown` is the slice of an iceberg; `waits`: for its stop price;
    `due`: its price has come, smallest first; `other` is the other leg of its pair."""

    order_id: int
    account: int
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    self_trade: SelfTrade
    price: int
    quantity: int
    left: int
    stop_price: int
    display: int
    good_till: int
    shown: int = 0
    place: int = 0
    waits: bool = False
    due: int = 0
    other: int = 0

    @property
    def who(self) -> tuple[int, int, str]:
        return self.order_id, self.account, self.symbol

    @property
    def sign(self) -> int:
        return 1 if self.side is Side.BUY else -1

    @property
    def seen(self) -> int:
        return self.shown if self.display else -1

    @property
    def stays(self) -> bool:
        force = self.time_in_force in (TimeInForce.GTC, TimeInForce.GTD)
        return self.type is OrderType.LIMIT_MAKER or (self.type is not OrderType.MARKET and force)

    def is_met(self, low: int, high: int) -> bool:
        loss = self.type in (OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT)
        return high >= self.stop_price if loss is (self.side is Side.BUY) else low <= self.stop_price

    def triggered(self) -> "Order":
        """What it is from then on."""
        if self.type in (OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT):
            return replace(self, type=OrderType.LIMIT, waits=False, due=0, place=0)
        return replace(self, type=OrderType.MARKET, time_in_force=TimeInForce.IOC, waits=False, due=0, place=0)


def order_of(asked: OrderAccepted) -> Order:
    kind = asked.side, asked.type, asked.time_in_force, asked.self_trade, asked.price, asked.quantity, asked.quantity
    return Order(asked.order_id, asked.account, asked.symbol, *kind, asked.stop_price, asked.display, asked.good_till)


def fate_of_pair(status: OrderStatus) -> Fate:
    """How one leg ends by what the other has met (FILLED: it traded or triggered)."""
    same = status in (OrderStatus.CANCELED, OrderStatus.REJECTED)
    return (status if same else OrderStatus.EXPIRED), "PAIR"
