"""What belongs to the account: its orders, trades, balances and postings. Pages: `after` is exclusive, ids grow."""

from typing import Any

from tradewind.services.gateway import reads, shapes
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.fields import Fields
from tradewind.services.gateway.gateway import Gateway
from tradewind.values.ids import ID_MAX
from tradewind.values.money import UNITS_MAX
from tradewind.values.symbols import SYMBOL

LIMIT = 500
LIMIT_MAX = 1_000


def _page(fields: Fields) -> tuple[int, int]:
    """(after, limit)."""
    return fields.integer("after", 0, UNITS_MAX, default=0), fields.integer("limit", 1, LIMIT_MAX, default=LIMIT)


def _symbol(gateway: Gateway, fields: Fields) -> str | None:
    symbol = fields.optional_text("symbol", SYMBOL)
    return None if symbol is None else gateway.catalogue.rules_of(symbol).symbol


async def open_orders(gateway: Gateway, call: Call) -> Any:
    symbol = _symbol(gateway, call.fields)
    call.fields.done()
    found = await reads.open_orders(gateway, call.account, symbol)
    return [shapes.order(one, gateway.catalogue) for one in found]


async def all_orders(gateway: Gateway, call: Call) -> Any:
    symbol = _symbol(gateway, call.fields)
    after, limit = _page(call.fields)
    call.fields.done()
    found = await reads.orders(gateway, call.account, symbol, after, limit)
    return [shapes.order(one, gateway.catalogue) for one in found]


async def my_trades(gateway: Gateway, call: Call) -> Any:
    """`fillId` is what one pages by: trade ids are contiguous per symbol only."""
    symbol = _symbol(gateway, call.fields)
    order_id = call.fields.integer("orderId", 1, ID_MAX, default=0)
    after, limit = _page(call.fields)
    call.fields.done()
    found = await reads.fills(gateway, call.account, symbol, order_id, after, limit)
    return [{"fillId": one.fill_id, **shapes.fill(one, one.at, gateway.catalogue)} for one in found]


async def account(gateway: Gateway, call: Call) -> Any:
    call.fields.done()
    found = await reads.balances(gateway, call.account)
    return {
        "accountId": call.account,
        "permissions": call.permissions,
        "balances": [shapes.balance(one, gateway.catalogue) for one in found],
    }


async def ledger(gateway: Gateway, call: Call) -> Any:
    after, limit = _page(call.fields)
    call.fields.done()
    found = await reads.ledger(gateway, call.account, after, limit)
    return [shapes.posting(one, gateway.catalogue) for one in found]
