"""What an exchange shows of a played tape through its public API: pages of orders and fills, brought to figures."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tradewind.client.rest import ApiError, Client
from tradewind.ops.flow.figures import Figures, Level, Played, Trade, levels_of
from tradewind.ops.flow.orders import Action, Asked
from tradewind.ops.flow.player import PRICE_PLACES, FlowFailed, Tally, insist

PAGE = 1_000
DEPTH_MAX = 5_000
OPEN = ("NEW", "PARTIALLY_FILLED")


class Unsettled(Exception):
    """What is shown does not fit together yet: not everything has been booked."""


def _units(text: str) -> int:
    """Dollars as text to dollars * 10 000."""
    whole, _, part = text.partition(".")
    return int(whole + part.ljust(PRICE_PLACES, "0"))


async def _asked(client: Client, path: str, query: dict[str, Any]) -> Any:
    answer = await insist(client, ("GET", path, query, None), Tally())
    if isinstance(answer, ApiError):
        raise FlowFailed(f"{path}: {answer}") from answer
    return answer


async def _pages(client: Client, path: str, symbol: str, after: int, key: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while True:
        page = await _asked(client, path, {"symbol": symbol, "after": after, "limit": PAGE})
        rows += page
        if len(page) < PAGE:
            return rows
        after = page[-1][key]


async def outcome(
    clients: Sequence[Client], symbol: str, run: str, acknowledged: dict[str, int], tape: Sequence[Asked]
) -> Figures:
    """`clients`: one per account that took part; `acknowledged`: order ids by name. Raises Unsettled and FlowFailed."""
    first = min(acknowledged.values(), default=1)
    orders: dict[int, dict[str, Any]] = {}
    fills: list[dict[str, Any]] = []
    for client in clients:
        for order in await _pages(client, "/v1/allOrders", symbol, first - 1, "orderId"):
            if order["clientOrderId"].startswith(f"{run}-"):
                orders[order["orderId"]] = order | {"name": order["clientOrderId"].removeprefix(f"{run}-")}
        fills += [fill for fill in await _pages(client, "/v1/myTrades", symbol, 0, "fillId") if fill["orderId"] in orders]
    if acknowledged != {order["name"]: number for number, order in orders.items()}:
        raise Unsettled("what is shown is not what was acknowledged")
    trades = _trades(fills, orders)
    bids, asks = (_side(orders, side) for side in ("BUY", "SELL"))
    depth = await _asked(clients[0], "/v1/depth", {"symbol": symbol, "limit": DEPTH_MAX})
    for levels, shown in ((bids, depth["bids"]), (asks, depth["asks"])):
        if [(level.price, level.shares) for level in levels] != [(_units(price), int(size)) for price, size in shown]:
            raise Unsettled("the public depth is not what the open orders come to")
    played = Played()
    for asked in tape:
        played.note(asked)
    return played.figures(trades, bids, asks, _gone(tape, {order["name"]: order for order in orders.values()}))


def _trades(fills: list[dict[str, Any]], orders: dict[int, dict[str, Any]]) -> list[Trade]:
    """Both sides of each trade, which must agree; and each order's own sum."""
    makers, takers = ({fill["id"]: fill for fill in fills if fill["isMaker"] is maker} for maker in (True, False))
    if makers.keys() != takers.keys() or len(makers) + len(takers) != len(fills):
        raise Unsettled("trades of which one side is booked")
    executed: Counter[int] = Counter()
    for fill in fills:
        executed[fill["orderId"]] += int(fill["qty"])
    for number, order in orders.items():
        if int(order["executedQty"]) != executed[number]:
            raise Unsettled(f"order {number} has fills of {executed[number]} and shows {order['executedQty']}")
    trades = []
    for number in sorted(makers):
        maker, taker = makers[number], takers[number]
        if (maker["price"], maker["qty"]) != (taker["price"], taker["qty"]):
            raise FlowFailed(f"trade {number} has two prices or sizes: {maker}, {taker}")
        names = orders[taker["orderId"]]["name"], orders[maker["orderId"]]["name"]
        trades.append(Trade(*names, _units(maker["price"]), int(maker["qty"])))
    return trades


def _side(orders: dict[int, dict[str, Any]], side: str) -> tuple[Level, ...]:
    resting = [order for order in orders.values() if order["status"] in OPEN and order["side"] == side]
    if any(order["timeInForce"] == "IOC" for order in resting):
        raise Unsettled("a taker whose outcome is not known yet")
    open_ = [(_units(order["price"]), int(order["origQty"]) - int(order["executedQty"])) for order in resting]
    return levels_of(sorted(open_, reverse=side == "BUY"))


def _gone(tape: Sequence[Asked], orders: dict[str, dict[str, Any]]) -> int:
    """Requests without effect, by how their orders ended: an acknowledged one may still have come too late."""
    gone = 0
    for action, name, _, _, size, _ in tape:
        if action is Action.AMEND:
            gone += int(orders[name]["origQty"]) > size
        elif action is Action.CANCEL:
            gone += orders[name]["status"] != "CANCELED" or orders[name].get("cancelled", False)
            orders[name]["cancelled"] = orders[name]["status"] == "CANCELED"
    return gone
