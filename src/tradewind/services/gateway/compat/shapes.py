"""Native answers in Binance's shape: they have Binance's names already, and a little more than Binance's clients expect."""

from collections.abc import Mapping
from typing import Any

Native = Mapping[str, Any]
NO_LIST = -1
_OURS = frozenset(("reason", "transactTime", "fills"))


def ack(native: Native) -> dict[str, Any]:
    names = ("symbol", "orderId", "clientOrderId", "transactTime")
    return {name: native[name] for name in names} | {"orderListId": native.get("orderListId", NO_LIST)}


def order(native: Native) -> dict[str, Any]:
    """As GET order has it. A day that is none is not shown."""
    left_out = _OURS if native["goodTillDate"] else _OURS | {"goodTillDate"}
    return {name: value for name, value in native.items() if name not in left_out}


def result(native: Native) -> dict[str, Any]:
    """As placing with RESULT answers. Of an order that nobody has heard of yet, only the acknowledgement."""
    if "status" not in native:
        return ack(native)
    shown = {name: value for name, value in order(native).items() if name not in {"time", "updateTime", "isWorking"}}
    return shown | {"transactTime": native["transactTime"]}


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
    return {**native, "orderListId": NO_LIST, "isBestMatch": True}


def order_list(native: Native) -> dict[str, Any]:
    """A pair is in Binance's words already; so are its reports, which are orders that have just been placed."""
    if "orderReports" not in native:
        return dict(native)
    return {**native, "orderReports": [result(one) for one in native["orderReports"]]}
