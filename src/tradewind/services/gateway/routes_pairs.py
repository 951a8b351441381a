"""Pairs, of which one order cancels the other (OCO): a LIMIT_MAKER to take profit and a stop against loss."""

from typing import Any

from tradewind.messages.commands import CancelOrder, PlaceOrder, PlaceOrderPair
from tradewind.messages.replies import OrderAck, OrderPairAck
from tradewind.services.gateway import reads, shapes
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.answers import PairListed, PairPlaced, PairShown
from tradewind.services.gateway.asked import Amount, Asked, ClientOrderId, Id, SymbolName, units
from tradewind.services.gateway.asking import ask, placed
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.catalogue import Catalogue
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.orders import client_name
from tradewind.services.gateway.problems import bad
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.words import ResponseKind, SelfTradeName, SideName, TimeAsked
from tradewind.values.ids import made_client_order_id
from tradewind.values.orders import OrderType, SelfTrade, Side, TimeInForce


class PairAsked(Asked, frozen=True, kw_only=True):
    """`price` is the LIMIT_MAKER's. Without `stopLimitPrice` the stop is a STOP_LOSS, with it a STOP_LOSS_LIMIT."""

    symbol: SymbolName
    side: SideName
    quantity: Amount
    price: Amount
    stop_price: Amount
    stop_limit_price: Amount = ""
    stop_limit_time_in_force: TimeAsked | None = None  # GTC, IOC or FOK, beside a stopLimitPrice
    limit_iceberg_qty: Amount = ""
    list_client_order_id: ClientOrderId = ""
    limit_client_order_id: ClientOrderId = ""
    stop_client_order_id: ClientOrderId = ""
    self_trade_prevention_mode: SelfTradeName = "EXPIRE_TAKER"
    new_order_resp_type: ResponseKind = "ACK"


class PairNamed(Asked, frozen=True):
    order_list_id: Id


def place_pair(asked: PairAsked, account: int, catalogue: Catalogue, command_id: bytes) -> PlaceOrderPair:
    """Raises Problem."""
    rules = catalogue.rules_of(asked.symbol)
    quantity = units(asked.quantity, "quantity", rules.base_precision)
    side, self_trade = Side[asked.side], SelfTrade[asked.self_trade_prevention_mode]
    limited, time = bool(asked.stop_limit_price), asked.stop_limit_time_in_force
    if time in {"GTD", "POST_ONLY"} or (time is not None and not limited):
        raise bad("stopLimitTimeInForce must be GTC, IOC or FOK, and stand beside a stopLimitPrice")
    names = [
        client_name(given, made_client_order_id(command_id, place))
        for place, given in enumerate((asked.limit_client_order_id, asked.stop_client_order_id))
    ]

    def leg(place: int, kind: OrderType, time_in_force: TimeInForce, price: int, stop_price: int, display: int) -> PlaceOrder:
        what = side, kind, time_in_force, self_trade, price, quantity
        return PlaceOrder(account, rules.symbol, names[place], *what, stop_price=stop_price, display=display)

    price, stop_price = (
        units(text, name, rules.quote_precision) for text, name in ((asked.price, "price"), (asked.stop_price, "stopPrice"))
    )
    display = units(asked.limit_iceberg_qty, "limitIcebergQty", rules.base_precision) if asked.limit_iceberg_qty else 0
    maker = leg(0, OrderType.LIMIT_MAKER, TimeInForce.GTC, price, 0, display)
    if limited:
        worst = units(asked.stop_limit_price, "stopLimitPrice", rules.quote_precision)
        stop = leg(1, OrderType.STOP_LOSS_LIMIT, TimeInForce[time or "GTC"], worst, stop_price, 0)
    else:
        stop = leg(1, OrderType.STOP_LOSS, TimeInForce.IOC, 0, stop_price, 0)
    return PlaceOrderPair(account, asked.list_client_order_id, maker, stop)


async def place(gateway: Gateway, call: Call[PairAsked]) -> Any:
    """Both stand, or neither."""
    pair = place_pair(call.asked, call.account, gateway.catalogue, call.command_id)
    names = [pair.maker.client_order_id, pair.stop.client_order_id]
    ack = await ask(gateway, call, pair, clientOrderIds=names)
    assert isinstance(ack, OrderPairAck), ack
    shown = shapes.pair(ack.list_id, ack.list_client_id, [ack.maker, ack.stop], executing=True)
    if call.asked.new_order_resp_type != "ACK":
        response = call.asked.new_order_resp_type
        shown["orderReports"] = [await placed(gateway, leg, response) for leg in (ack.maker, ack.stop)]
    return shown


async def show(gateway: Gateway, call: Call[PairNamed]) -> Any:
    legs = await reads.pair(gateway, call.account, call.asked.order_list_id)
    acks = [OrderAck(leg.order_id, leg.client_order_id, leg.symbol, leg.created_at) for leg in legs]
    shown = shapes.pair(call.asked.order_list_id, "", acks, executing=not all(leg.status.ended for leg in legs))
    return shown | {"orderReports": [shapes.order(leg, gateway.catalogue) for leg in legs]}


async def cancel(gateway: Gateway, call: Call[PairNamed]) -> Any:
    """The first leg takes the other with it."""
    list_id = call.asked.order_list_id
    legs = await reads.pair(gateway, call.account, list_id)
    standing = next((leg for leg in legs if not leg.status.ended), legs[0])
    ack = await ask(gateway, call, CancelOrder(call.account, standing.symbol, standing.order_id), orderId=standing.order_id)
    assert isinstance(ack, OrderAck), ack
    acks = [OrderAck(leg.order_id, leg.client_order_id, leg.symbol, ack.accepted_at) for leg in legs]
    return shapes.pair(list_id, "", acks, executing=True)


_LIST = "/v1/orderList"
ROUTES: tuple[Route[Any], ...] = (
    Route("POST", f"{_LIST}/oco", place, Need.TRADE, 1, PairAsked, PairPlaced, "Place two orders: one cancels the other", 2),
    Route("GET", _LIST, show, Need.READ, 4, PairNamed, PairListed, "A pair and its two orders"),
    Route("DELETE", _LIST, cancel, Need.TRADE, 1, PairNamed, PairShown, "Cancel both orders of a pair"),
)
