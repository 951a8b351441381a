"""Orders in Binance's words, translated for the native handlers, and their answers reshaped."""

from typing import Any

from tradewind.services.gateway import routes_orders
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.compat import asks, shapes
from tradewind.services.gateway.compat.faults import fault, missing, of_reason
from tradewind.services.gateway.compat.fees import NO_EXTRAS, rates
from tradewind.services.gateway.compat.native import native
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.orders import PlaceAsked
from tradewind.services.gateway.words import ResponseKind, TypeName

WAITING: frozenset[TypeName] = frozenset(("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"))
PRICED: frozenset[TypeName] = frozenset(("LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"))
TIMED: frozenset[TypeName] = frozenset(("LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"))


def native_of(asked: asks.NewOrder) -> PlaceAsked:
    """Raises Fault when a parameter is missing that Binance demands."""
    kind = asked.type
    if kind in TIMED and asked.time_in_force is None:
        raise missing("timeInForce")
    if kind in PRICED and not asked.price:
        raise missing("price")
    if kind in WAITING and not asked.stop_price:
        raise missing("stopPrice")
    if not asked.quantity and not (kind == "MARKET" and asked.quote_order_qty):
        raise missing("quantity")
    if asked.quantity and asked.quote_order_qty:
        raise fault(-1128, "Combination of optional parameters invalid.")
    for name, given, wanted in (
        ("price", asked.price, kind in PRICED),
        ("stopPrice", asked.stop_price, kind in WAITING),
        ("quoteOrderQty", asked.quote_order_qty, kind == "MARKET"),
        ("goodTillDate", asked.good_till_date, asked.time_in_force == "GTD"),
    ):
        if given and not wanted:
            raise fault(-1106, f"Parameter '{name}' sent when not required.")
    return PlaceAsked(
        symbol=asked.symbol,
        side=asked.side,
        type=kind,
        time_in_force=_time(asked),
        quantity=asked.quantity,
        price=asked.price,
        quote_order_qty=asked.quote_order_qty,
        client_order_id=asked.new_client_order_id,
        stop_price=asked.stop_price,
        iceberg_qty=_iceberg(asked.iceberg_qty),
        good_till_date=asked.good_till_date,
        self_trade_prevention_mode=asked.self_trade_prevention_mode or "EXPIRE_TAKER",
        new_order_resp_type=_waited_for(asked),
    )


def _time(asked: asks.NewOrder) -> Any:
    """GTC of an order that executes at once says nothing; clients send it all the same."""
    return None if asked.type not in PRICED and asked.time_in_force == "GTC" else asked.time_in_force


def _iceberg(quantity: str) -> str:
    """0 is how clients say that an order is none."""
    return "" if not quantity.strip("0.") else quantity


def wanted(asked: asks.NewOrder) -> ResponseKind:
    """Binance's default."""
    return asked.new_order_resp_type or ("FULL" if asked.type in {"MARKET", "LIMIT"} else "ACK")


def _waited_for(asked: asks.NewOrder) -> ResponseKind:
    """That a LIMIT_MAKER would take is known to matching alone, and Binance's clients want to hear of it at once."""
    response = wanted(asked)
    return "RESULT" if response == "ACK" and asked.type == "LIMIT_MAKER" else response


def reshaped(native: dict[str, Any], response: ResponseKind) -> dict[str, Any]:
    """Raises Fault when the order was rejected: Binance answers so."""
    if native.get("status") == "REJECTED":
        raise of_reason(native["reason"])
    return {"ACK": shapes.ack, "RESULT": shapes.result, "FULL": shapes.full}[response](native)


async def place(gateway: Gateway, call: Call[asks.NewOrder]) -> Any:
    placed = await routes_orders.place(gateway, native(call, native_of(call.asked)))
    return reshaped(placed, wanted(call.asked))


async def test(gateway: Gateway, call: Call[asks.OrderTested]) -> Any:
    await routes_orders.test(gateway, native(call, native_of(call.asked)))
    if not call.asked.compute_commission_rates:
        return {}
    maker, taker = (await rates(gateway, call.account)).of(gateway.catalogue.rules_of(call.asked.symbol))
    return {"standardCommissionForOrder": {"maker": maker, "taker": taker}, **NO_EXTRAS}
