"""What belongs to the account: its orders, trades, balances and postings. Pages: `after` is exclusive, ids grow."""

from typing import Annotated, Any

from msgspec import Meta

from tradewind.services.gateway import reads, shapes
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.answers import AccountShown, FillListed, OrderShown, PostingShown
from tradewind.services.gateway.asked import After, Asked, Id, Nothing, SymbolName
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.route import Route

LIMIT = 500
LIMIT_MAX = 1_000

Limit = Annotated[int, Meta(ge=1, le=LIMIT_MAX)]


class OpenOrdersAsked(Asked, frozen=True):
    symbol: SymbolName = ""


class PageAsked(Asked, frozen=True):
    after: After = 0
    limit: Limit = LIMIT


class OrdersAsked(Asked, frozen=True):
    symbol: SymbolName = ""
    after: After = 0
    limit: Limit = LIMIT


class TradesAsked(Asked, frozen=True):
    symbol: SymbolName = ""
    order_id: Id = 0
    after: After = 0
    limit: Limit = LIMIT


def _symbol(gateway: Gateway, name: str) -> str | None:
    return gateway.catalogue.rules_of(name).symbol if name else None


async def open_orders(gateway: Gateway, call: Call[OpenOrdersAsked]) -> Any:
    found = await reads.open_orders(gateway, call.account, _symbol(gateway, call.asked.symbol))
    return [shapes.order(one, gateway.catalogue) for one in found]


async def all_orders(gateway: Gateway, call: Call[OrdersAsked]) -> Any:
    asked = call.asked
    found = await reads.orders(gateway, call.account, _symbol(gateway, asked.symbol), asked.after, asked.limit)
    return [shapes.order(one, gateway.catalogue) for one in found]


async def my_trades(gateway: Gateway, call: Call[TradesAsked]) -> Any:
    asked = call.asked
    symbol = _symbol(gateway, asked.symbol)
    found = await reads.fills(gateway, call.account, symbol, asked.order_id, asked.after, asked.limit)
    return [{"fillId": one.fill_id, **shapes.fill(one, one.at, gateway.catalogue)} for one in found]


async def account(gateway: Gateway, call: Call[Nothing]) -> Any:
    found = await reads.balances(gateway, call.account)
    return {
        "accountId": call.account,
        "permissions": call.permissions,
        "balances": [shapes.balance(one, gateway.catalogue) for one in found],
    }


async def ledger(gateway: Gateway, call: Call[PageAsked]) -> Any:
    found = await reads.ledger(gateway, call.account, call.asked.after, call.asked.limit)
    return [shapes.posting(one, gateway.catalogue) for one in found]


ROUTES: tuple[Route[Any], ...] = (
    Route("GET", "/v1/openOrders", open_orders, Need.READ, 3, OpenOrdersAsked, list[OrderShown], "Orders that are not over"),
    Route("GET", "/v1/allOrders", all_orders, Need.READ, 10, OrdersAsked, list[OrderShown], "Orders, oldest first"),
    Route("GET", "/v1/myTrades", my_trades, Need.READ, 10, TradesAsked, list[FillListed], "The account's own trades"),
    Route("GET", "/v1/account", account, Need.READ, 5, Nothing, AccountShown, "Balances"),
    Route("GET", "/v1/ledger", ledger, Need.READ, 10, PageAsked, list[PostingShown], "Every posting to the account"),
)
