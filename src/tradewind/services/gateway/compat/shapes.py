"""Native answers in Binance's shape: what is missing is added, what is called otherwise is renamed."""

from collections.abc import Mapping
from typing import Any

from tradewind.services.gateway.words import TypeName

Native = Mapping[str, Any]
NO_LIST = -1
ZERO = "0.00000000"
WITHOUT_PRICE: frozenset[TypeName] = frozenset(("MARKET", "STOP_LOSS", "TAKE_PROFIT"))
WAITING = frozenset(("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"))


def ack(native: Native) -> dict[str, Any]:
    return {
        "symbol": native["symbol"],
        "orderId": native["orderId"],
        "orderListId": native.get("orderListId") or NO_LIST,
        "clientOrderId": native["clientOrderId"],
        "transactTime": native["transactTime"],
    }


def _common(native: Native) -> dict[str, Any]:
    """What every shape of an order has. The bound of a MARKET order is ours, not its price."""
    priced = native["type"] not in WITHOUT_PRICE
    return {
        "symbol": native["symbol"],
        "orderId": native["orderId"],
        "orderListId": native.get("orderListId") or NO_LIST,
        "clientOrderId": native["clientOrderId"],
        "price": native["price"] if priced else ZERO,
        "origQty": native["origQty"],
        "executedQty": native["executedQty"],
        "origQuoteOrderQty": native.get("origQuoteOrderQty") or ZERO,
        "cummulativeQuoteQty": native["cummulativeQuoteQty"],
        "status": native["status"],
        "timeInForce": native["timeInForce"],
        "type": native["type"],
        "side": native["side"],
        "stopPrice": native.get("stopPrice") or ZERO,
        "icebergQty": native.get("icebergQty") or ZERO,
        "workingTime": native["time"] if _works(native) else -1,
        "selfTradePreventionMode": native.get("selfTradePreventionMode", "EXPIRE_TAKER"),
    } | ({"goodTillDate": native["goodTillDate"]} if native.get("goodTillDate") else {})


def _works(native: Native) -> bool:
    """Whether it stands in the book, or has: a stop order only once it was triggered."""
    return native["type"] not in WAITING or bool(native.get("triggered"))


def order(native: Native) -> dict[str, Any]:
    """As GET order has it."""
    return _common(native) | {"time": native["time"], "updateTime": native["updateTime"], "isWorking": _works(native)}


def result(native: Native) -> dict[str, Any]:
    """As placing with RESULT answers. Of an order that nobody has heard of yet, only the acknowledgement."""
    if "status" not in native:
        return ack(native)
    return _common(native) | {"transactTime": native["transactTime"]}


def full(native: Native) -> dict[str, Any]:
    names = ("price", "qty", "commission", "commissionAsset")
    fills = [{name: fill[name] for name in names} | {"tradeId": fill["id"]} for fill in native.get("fills", ())]
    return result(native) | {"fills": fills}


def cancelled(native: Native, new_client_order_id: str) -> dict[str, Any]:
    """The cancellation has a name of its own, when the client gave it one."""
    named = {"origClientOrderId": native["clientOrderId"], "clientOrderId": new_client_order_id or native["clientOrderId"]}
    return result(native) | named


def fill(native: Native) -> dict[str, Any]:
    """One of myTrades."""
    names = (
        "symbol",
        "id",
        "orderId",
        "price",
        "qty",
        "quoteQty",
        "commission",
        "commissionAsset",
        "time",
        "isBuyer",
        "isMaker",
    )
    return {name: native[name] for name in names} | {"orderListId": NO_LIST, "isBestMatch": True}


def order_list(native: Native) -> dict[str, Any]:
    """A pair, already in Binance's words; its reports are orders."""
    reports = native.get("orderReports")
    shown = {name: value for name, value in native.items() if name != "orderReports"}
    if reports is not None:
        shown["orderReports"] = [full(one) if "transactTime" in one else order(one) for one in reports]
    return shown
