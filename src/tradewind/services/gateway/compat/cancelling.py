"""Cancel, cancel all, amend, cancel and replace: by the native handlers, answered when the order's end is known."""

from typing import Any

from tradewind.messages.replies import OrderAck
from tradewind.services.gateway import routes_orders, routes_replace
from tradewind.services.gateway.asking import answer_of, unknown_outcome
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.compat import asks, shapes
from tradewind.services.gateway.compat.faults import NOT_OPEN, Fault, code_of, fault, missing
from tradewind.services.gateway.compat.native import native
from tradewind.services.gateway.compat.placing import native_of, reshaped, wanted
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.orders import AmendAsked, CancelAllAsked, CancelAsked, amend_order
from tradewind.services.gateway.problems import Problem
from tradewind.services.gateway.progress import Progress
from tradewind.services.gateway.routes_replace import ReplaceAsked

ENDED = frozenset(("FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"))
GONE = frozenset(("UNKNOWN_ORDER", "ORDER_ENDED"))


def not_open() -> Fault:
    return fault(-2011, NOT_OPEN)


def named(asked: asks.NamedOrder) -> tuple[int, str]:
    """(orderId, "") or (0, origClientOrderId): with both, Binance takes the first. Raises Fault."""
    if not asked.order_id and not asked.orig_client_order_id:
        raise fault(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
    return (asked.order_id, "") if asked.order_id else (0, asked.orig_client_order_id)


def ended(native: dict[str, Any]) -> dict[str, Any]:
    """As it was cancelled. Raises Problem: it was over before, or nobody knows yet."""
    if native.get("status") == "CANCELED":
        return native
    if native.get("status") in ENDED:
        raise not_open()
    raise unknown_outcome(orderId=native["orderId"])


async def cancel(gateway: Gateway, call: Call[asks.CancelOrder]) -> Any:
    order_id, client_order_id = named(call.asked)
    asked = CancelAsked(
        symbol=call.asked.symbol, order_id=order_id, orig_client_order_id=client_order_id, new_order_resp_type="RESULT"
    )
    try:
        found = await routes_orders.cancel(gateway, native(call, asked))
    except Problem as problem:
        raise _of_cancel(problem) from None
    return shapes.cancelled(ended(found), call.asked.new_client_order_id)


def _of_cancel(problem: Problem) -> Problem:
    """An order that is not there is another mistake when it is to be cancelled than when it is looked for."""
    return not_open() if problem.code in GONE else problem


async def cancel_all(gateway: Gateway, call: Call[asks.SymbolAsked]) -> Any:
    """Every order with what became of it; the two of a pair under their list."""
    acks = await routes_orders.cancel_all(gateway, native(call, CancelAllAsked(symbol=call.asked.symbol)))
    if not acks:
        raise not_open()
    return _by_list([shapes.cancelled(await ended_of(gateway, ack), "") for ack in acks])


def _ack_of(native_ack: dict[str, Any]) -> OrderAck:
    names = ("orderId", "clientOrderId", "symbol")
    order_id, client_order_id, symbol = (native_ack[name] for name in names)
    return OrderAck(order_id, client_order_id, symbol, native_ack["transactTime"] * 1_000_000)


async def ended_of(gateway: Gateway, native_ack: dict[str, Any]) -> dict[str, Any]:
    """The order when it has ended, or after 2 s as it stands then."""
    return await answer_of(gateway, _ack_of(native_ack), "RESULT", Progress.is_ended)


def _by_list(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lists: dict[int, dict[str, Any]] = {}
    found: list[dict[str, Any]] = []
    for order in orders:
        list_id = order["orderListId"]
        if list_id == shapes.NO_LIST:
            found.append(order)
            continue
        if list_id not in lists:
            lists[list_id] = {
                "orderListId": list_id,
                "contingencyType": "OCO",
                "listStatusType": "ALL_DONE",
                "listOrderStatus": "ALL_DONE",
                "listClientOrderId": f"tw{list_id}",
                "transactionTime": order["transactTime"],
                "symbol": order["symbol"],
                "orders": [],
                "orderReports": [],
            }
            found.append(lists[list_id])
        names = ("symbol", "orderId", "origClientOrderId")
        lists[list_id]["orders"].append(dict(zip(("symbol", "orderId", "clientOrderId"), map(order.get, names), strict=True)))
        lists[list_id]["orderReports"].append(order)
    return found


async def amend(gateway: Gateway, call: Call[asks.Amend]) -> Any:
    """Less of it, in its place; answered with the order as it stands then."""
    order_id, client_order_id = named(call.asked)
    asked = AmendAsked(
        symbol=call.asked.symbol, order_id=order_id, orig_client_order_id=client_order_id, quantity=call.asked.new_qty
    )
    try:
        ack = await routes_orders.amend(gateway, native(call, asked))
    except Problem as problem:
        raise _of_cancel(problem) from None
    wanted_units = amend_order(asked, call.account, gateway.catalogue).quantity
    shown = await answer_of(
        gateway, _ack_of(ack), "RESULT", lambda p: p.update is not None and p.update.quantity <= wanted_units
    )
    order = shapes.result(shown)
    amended = {name: value for name, value in order.items() if name not in {"origQty", "cummulativeQuoteQty", "transactTime"}}
    amended |= {"qty": order["origQty"], "preventedQty": "0.00000000", "cumulativeQuoteQty": order["cummulativeQuoteQty"]}
    amended |= {"origClientOrderId": order["clientOrderId"], "quoteOrderQty": order["origQuoteOrderQty"]}
    return {"transactTime": order["transactTime"], "executionId": order["orderId"], "amendedOrder": amended}


async def cancel_replace(gateway: Gateway, call: Call[asks.CancelReplace]) -> Any:
    asked = call.asked
    if not asked.cancel_order_id and not asked.cancel_orig_client_order_id:
        raise missing("cancelOrigClientOrderId")
    place = native_of(asked)
    replacing = ReplaceAsked(
        **{name: getattr(place, name) for name in place.__struct_fields__},
        cancel_replace_mode=asked.cancel_replace_mode,
        cancel_order_id=asked.cancel_order_id,
        cancel_orig_client_order_id="" if asked.cancel_order_id else asked.cancel_orig_client_order_id,
    )
    try:
        shown = await routes_replace.cancel_replace(gateway, native(call, replacing))
    except Problem as problem:
        if "cancelResult" not in problem.extra or problem.status >= 500:
            raise
        raise _both_failed(problem) from None
    return _replaced(shown, call)


def _halves(shown: dict[str, Any], response: Any, cancel_name: str) -> dict[str, Any]:
    """Both answers in Binance's shape: an order, or {"code", "msg"}."""
    cancelled, placed = shown["cancelResponse"], shown["newOrderResponse"]
    halves: dict[str, Any] = {"cancelResult": shown["cancelResult"], "newOrderResult": shown["newOrderResult"]}
    halves["cancelResponse"] = (
        shapes.cancelled(cancelled, cancel_name) if shown["cancelResult"] == "SUCCESS" else _told(cancelled, cancel=True)
    )
    if placed is not None and shown["newOrderResult"] == "SUCCESS":
        try:
            placed = reshaped(placed, response)
        except Fault as rejected:
            halves["newOrderResult"] = "FAILURE"
            placed = {"code": rejected.number, "msg": rejected.message}
    elif placed is not None:
        placed = _told(placed, cancel=False)
    return halves | {"newOrderResponse": placed}


def _told(native: dict[str, Any], *, cancel: bool) -> dict[str, Any]:
    problem = Problem(400, native["code"], native["message"])
    number, text = code_of(_of_cancel(problem) if cancel else problem)
    return {"code": number, "msg": text}


def _both_failed(problem: Problem) -> Fault:
    """Nothing has happened."""
    return Fault(problem.status, -2022, "Order cancel-replace failed.", data=_halves(problem.extra, "ACK", ""))


def _replaced(shown: dict[str, Any], call: Call[asks.CancelReplace]) -> dict[str, Any]:
    """Raises Fault when one half failed."""
    halves = _halves(shown, wanted(call.asked), call.asked.cancel_new_client_order_id)
    if (halves["cancelResult"], halves["newOrderResult"]) == ("SUCCESS", "SUCCESS"):
        return halves
    raise Fault(409, -2021, "Order cancel-replace partially failed.", data=halves)
