"""Orders and trades that have been, paged as Binance pages: the newest ones, or from an id or an instant on."""

from typing import Any

from tradewind.services.gateway import reads, routes_account, routes_orders
from tradewind.services.gateway import shapes as rows
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.compat import asks, shapes
from tradewind.services.gateway.compat.cancelling import named
from tradewind.services.gateway.compat.faults import fault
from tradewind.services.gateway.compat.native import native
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.orders import ShowAsked
from tradewind.services.gateway.reads import Where
from tradewind.services.gateway.routes_account import OpenOrdersAsked
from tradewind.services.order.tables import FILLS, ORDERS

LIMIT_MAX = 1_000
DAY_MS = 24 * 3_600_000
_NS = 1_000_000


def span(column: str, start_ms: int, end_ms: int, days: int = 1) -> Where:
    """Both ends included; 0 = open. At most so many `days` between them. Raises Fault."""
    if start_ms and end_ms and start_ms > end_ms:
        raise fault(-1127, "Start time is greater than end time.")
    if start_ms and end_ms and end_ms - start_ms > days * DAY_MS:
        raise fault(-1127, f"More than {days * 24} hours between startTime and endTime.")
    found: Where = ((column, ">=", start_ms * _NS),) if start_ms else ()
    return (*found, (column, "<", (end_ms + 1) * _NS)) if end_ms else found


async def show(gateway: Gateway, call: Call[asks.NamedOrder]) -> Any:
    order_id, client_order_id = named(call.asked)
    asked = ShowAsked(symbol=call.asked.symbol, order_id=order_id, orig_client_order_id=client_order_id)
    return shapes.order(await routes_orders.show(gateway, native(call, asked)))


async def open_orders(gateway: Gateway, call: Call[asks.OneOrAll]) -> Any:
    found = await routes_account.open_orders(gateway, native(call, OpenOrdersAsked(symbol=call.asked.symbol)))
    return [shapes.order(one) for one in found]


async def all_orders(gateway: Gateway, call: Call[asks.OrdersAsked]) -> Any:
    asked = call.asked
    symbol = gateway.catalogue.rules_of(asked.symbol).symbol
    where: Where = (("symbol", "=", symbol), *span("created_at", asked.start_time, asked.end_time))
    if asked.order_id:
        where = (*where, ("order_id", ">=", asked.order_id))
    newest = not asked.order_id and not asked.start_time
    limit = min(asked.limit, LIMIT_MAX)
    found = await reads.page(gateway, call.account, ORDERS, where, "order_id", limit, newest=newest)
    return [shapes.order(rows.order(row, gateway.catalogue)) for row in found]


async def my_trades(gateway: Gateway, call: Call[asks.FillsAsked]) -> Any:
    """`fromId` is a trade's id, which counts in its symbol."""
    asked = call.asked
    symbol = gateway.catalogue.rules_of(asked.symbol).symbol
    where: Where = (("symbol", "=", symbol), *span("at", asked.start_time, asked.end_time))
    if asked.order_id:
        where = (*where, ("order_id", "=", asked.order_id))
    if asked.from_id is not None:
        where = (*where, ("trade_id", ">=", asked.from_id))
    newest = asked.from_id is None and not asked.start_time
    limit = min(asked.limit, LIMIT_MAX)
    found = await reads.page(gateway, call.account, FILLS, where, "fill_id", limit, newest=newest)
    return [shapes.fill(rows.fill(row, row.at, gateway.catalogue)) for row in found]
