"""Order lists: pairs of which one order cancels the other (OCO), in Binance's new words and in its old ones."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from tradewind.services.gateway import reads, routes_pairs
from tradewind.services.gateway import shapes as rows
from tradewind.services.gateway.asked import Amount, Asked, ClientOrderId, SymbolName
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.compat import asks, shapes
from tradewind.services.gateway.compat.asks import Strategy
from tradewind.services.gateway.compat.cancelling import GONE, ended_of
from tradewind.services.gateway.compat.faults import fault, missing
from tradewind.services.gateway.compat.native import native
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.problems import Problem
from tradewind.services.gateway.routes_pairs import PairAsked, PairNamed
from tradewind.services.gateway.words import ResponseKind, SelfTradeName, SideName

Leg = Literal["LIMIT_MAKER", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
Time = Literal["GTC", "IOC", "FOK"]
NO_LIST = "Order list does not exist."


class OldPair(Asked, frozen=True, kw_only=True):
    """POST order/oco, as it was: `price` is the LIMIT_MAKER's."""

    symbol: SymbolName
    list_client_order_id: ClientOrderId = ""
    side: SideName
    quantity: Amount
    limit_client_order_id: ClientOrderId = ""
    price: Amount
    limit_iceberg_qty: Amount = ""
    stop_client_order_id: ClientOrderId = ""
    stop_price: Amount
    stop_limit_price: Amount = ""
    stop_limit_time_in_force: Time | None = None
    new_order_resp_type: ResponseKind = "RESULT"
    self_trade_prevention_mode: SelfTradeName = "EXPIRE_TAKER"
    limit_strategy_id: Strategy = 0
    limit_strategy_type: Strategy = 0
    stop_strategy_id: Strategy = 0
    stop_strategy_type: Strategy = 0


class NewPair(Asked, frozen=True, kw_only=True):
    """POST orderList/oco: one order above the price, one below. One of them is a LIMIT_MAKER, the other a STOP_LOSS."""

    symbol: SymbolName
    list_client_order_id: ClientOrderId = ""
    side: SideName
    quantity: Amount
    above_type: Leg
    above_client_order_id: ClientOrderId = ""
    above_iceberg_qty: Amount = ""
    above_price: Amount = ""
    above_stop_price: Amount = ""
    above_time_in_force: Time | None = None
    above_strategy_id: Strategy = 0
    above_strategy_type: Strategy = 0
    below_type: Leg
    below_client_order_id: ClientOrderId = ""
    below_iceberg_qty: Amount = ""
    below_price: Amount = ""
    below_stop_price: Amount = ""
    below_time_in_force: Time | None = None
    below_strategy_id: Strategy = 0
    below_strategy_type: Strategy = 0
    new_order_resp_type: ResponseKind = "RESULT"
    self_trade_prevention_mode: SelfTradeName = "EXPIRE_TAKER"


class ListsAsked(Asked, frozen=True, kw_only=True):
    from_id: Annotated[int, Meta(ge=0)] = 0
    limit: asks.Limit = 500


def in_old_words(asked: NewPair) -> OldPair:
    """Raises Fault: of all pairs that Binance knows, this exchange has a LIMIT_MAKER with a stop against loss."""
    above = asked.side == "SELL"  # where the LIMIT_MAKER of such a pair stands
    maker, stop = ("above", "below") if above else ("below", "above")
    kinds = getattr(asked, f"{maker}_type"), getattr(asked, f"{stop}_type")
    if kinds[0] != "LIMIT_MAKER" or kinds[1] not in {"STOP_LOSS", "STOP_LOSS_LIMIT"}:
        raise fault(-2010, "Unsupported order combination.")
    price, stop_price = getattr(asked, f"{maker}_price"), getattr(asked, f"{stop}_stop_price")
    limit = getattr(asked, f"{stop}_price")
    for name, given in ((f"{maker}Price", price), (f"{stop}StopPrice", stop_price)):
        if not given:
            raise missing(name)
    if bool(limit) != (kinds[1] == "STOP_LOSS_LIMIT"):
        raise missing(f"{stop}Price") if not limit else fault(-1106, f"Parameter '{stop}Price' sent when not required.")
    return OldPair(
        symbol=asked.symbol,
        list_client_order_id=asked.list_client_order_id,
        side=asked.side,
        quantity=asked.quantity,
        price=price,
        limit_client_order_id=getattr(asked, f"{maker}_client_order_id"),
        limit_iceberg_qty=getattr(asked, f"{maker}_iceberg_qty"),
        stop_price=stop_price,
        stop_limit_price=limit,
        stop_limit_time_in_force=getattr(asked, f"{stop}_time_in_force"),
        stop_client_order_id=getattr(asked, f"{stop}_client_order_id"),
        new_order_resp_type=asked.new_order_resp_type,
        self_trade_prevention_mode=asked.self_trade_prevention_mode,
    )


async def place_new(gateway: Gateway, call: Call[NewPair]) -> Any:
    return await place_old(gateway, native(call, in_old_words(call.asked)))


async def place_old(gateway: Gateway, call: Call[OldPair]) -> Any:
    names = set(PairAsked.__struct_fields__)
    given = {name: getattr(call.asked, name) for name in OldPair.__struct_fields__ if name in names}
    shown = await routes_pairs.place(gateway, native(call, PairAsked(**given)))
    return shapes.order_list(shown)


async def _list_id(gateway: Gateway, call: Call[asks.NamedList]) -> int:
    """By its own id, or by the client id of one of its orders. Raises Fault."""
    asked = call.asked
    if asked.order_list_id:
        return asked.order_list_id
    name = asked.orig_client_order_id or asked.list_client_order_id
    if not name:
        raise missing("orderListId")
    if name.startswith("tw") and name[2:].isdigit():
        return int(name[2:])
    found = await reads.order(gateway, call.account, asked.symbol or None, 0, name)
    return found.list_id or found.order_id


async def show(gateway: Gateway, call: Call[asks.NamedList]) -> Any:
    try:
        list_id = await _list_id(gateway, call)
        shown = await routes_pairs.show(gateway, native(call, PairNamed(order_list_id=list_id)))
    except Problem as problem:
        raise _no_list(problem, -2018) from None
    return {name: value for name, value in shown.items() if name != "orderReports"}


async def cancel(gateway: Gateway, call: Call[asks.NamedList]) -> Any:
    try:
        list_id = await _list_id(gateway, call)
        asked = PairNamed(order_list_id=list_id)
        done = await routes_pairs.cancel(gateway, native(call, asked))
    except Problem as problem:
        raise _no_list(problem, -2011) from None
    acks = [one | {"transactTime": done["transactionTime"]} for one in done["orders"]]
    reports = [shapes.cancelled(await ended_of(gateway, ack), "") for ack in acks]
    return dict(done) | {
        "listStatusType": "ALL_DONE",
        "listOrderStatus": "ALL_DONE",
        "orderReports": reports,
    }


def _no_list(problem: Problem, number: int) -> Problem:
    return fault(number, NO_LIST) if problem.code in GONE else problem


async def open_lists(gateway: Gateway, call: Call[asks.NoQuestion]) -> Any:
    found = [one for one in await reads.open_orders(gateway, call.account, None) if one.list_id]
    lists: dict[int, list[Any]] = {}
    for one in found:
        lists.setdefault(one.list_id, []).append(one)
    return [_listed(list_id, [rows.order(leg, gateway.catalogue) for leg in legs]) for list_id, legs in lists.items()]


def _listed(list_id: int, legs: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("symbol", "orderId", "clientOrderId")
    return {
        "orderListId": list_id,
        "contingencyType": "OCO",
        "listStatusType": "EXEC_STARTED",
        "listOrderStatus": "EXECUTING",
        "listClientOrderId": f"tw{list_id}",
        "transactionTime": max(leg["updateTime"] for leg in legs),
        "symbol": legs[0]["symbol"],
        "isIsolated": False,
        "orders": [{name: leg[name] for name in names} for leg in legs],
    }
