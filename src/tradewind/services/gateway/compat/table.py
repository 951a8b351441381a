"""Everything that the compatible surface serves, declared. Weights are Binance's, halved where it is dear for them alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tradewind.services.gateway.access import Need
from tradewind.services.gateway.asked import Asked
from tradewind.services.gateway.compat import account, asks, cancelling, history, info, lists, market, placing, streams, wallet
from tradewind.services.gateway.compat.answers import Listed, Shown
from tradewind.services.gateway.route import Route

API, SAPI = "/api/v3/", "/sapi/v1/"


def _public(path: str, handler: Any, weight: int, asked: type[Asked], summary: str, answers: Any = Shown) -> Route[Any]:
    return Route("GET", path, handler, Need.PUBLIC, weight, asked, answers, summary)


def _read(path: str, handler: Any, weight: int, asked: type[Asked], summary: str, answers: Any = Shown) -> Route[Any]:
    return Route("GET", path, handler, Need.READ, weight, asked, answers, summary)


def _write(
    method: str, path: str, handler: Any, asked: type[Asked], summary: str, orders: int = 0, answers: Any = Shown
) -> Route[Any]:
    return Route(method, path, handler, Need.TRADE, 1, asked, answers, summary, orders)


MARKET: tuple[Route[Any], ...] = (
    _public(f"{API}ping", info.ping, 1, asks.NoQuestion, "Whether we are there"),
    _public(f"{API}time", info.time, 1, asks.NoQuestion, "Our clock"),
    _public(f"{API}exchangeInfo", info.info, 20, asks.InfoAsked, "Symbols and their filters"),
    _public(f"{API}depth", market.depth, 5, asks.DepthAsked, "The order book"),
    _public(f"{API}trades", market.trades, 10, asks.TradesAsked, "The newest trades", Listed),
    _public(f"{API}historicalTrades", market.historical_trades, 10, asks.TradesAsked, "Trades by their ids", Listed),
    _public(f"{API}aggTrades", market.aggregate_trades, 4, asks.AggregatesAsked, "Trades, put together", Listed),
    _public(f"{API}klines", market.klines, 2, asks.KlinesAsked, "Candles", list[list[Any]]),
    _public(f"{API}uiKlines", market.klines, 2, asks.KlinesAsked, "Candles, for charts", list[list[Any]]),
    _public(f"{API}avgPrice", market.average_price, 2, asks.SymbolAsked, "The average price of five minutes"),
    _public(f"{API}ticker/24hr", market.day, 4, asks.SomeSymbols, "The last 24 hours", Shown | Listed),
    _public(f"{API}ticker/price", market.price, 2, asks.SomeSymbols, "The last price", Shown | Listed),
    _public(f"{API}ticker/bookTicker", market.book_ticker, 2, asks.SomeSymbols, "The best prices", Shown | Listed),
    _public(f"{SAPI}system/status", info.system_status, 1, asks.NoQuestion, "Whether trading is on"),
)
ORDERS: tuple[Route[Any], ...] = (
    _write("POST", f"{API}order", placing.place, asks.NewOrder, "Place an order", 1),
    _write("POST", f"{API}order/test", placing.test, asks.OrderTested, "Whether an order would be accepted"),
    _read(f"{API}order", history.show, 4, asks.NamedOrder, "One order, open or over"),
    _write("DELETE", f"{API}order", cancelling.cancel, asks.CancelOrder, "Cancel an order"),
    _write("POST", f"{API}order/cancelReplace", cancelling.cancel_replace, asks.CancelReplace, "Cancel, and place another", 1),
    _write("PUT", f"{API}order/amend/keepPriority", cancelling.amend, asks.Amend, "Reduce an order; it keeps its place"),
    _read(f"{API}openOrders", history.open_orders, 6, asks.OneOrAll, "Orders that are not over", Listed),
    _write("DELETE", f"{API}openOrders", cancelling.cancel_all, asks.SymbolAsked, "Cancel all orders of a symbol", 0, Listed),
    _read(f"{API}allOrders", history.all_orders, 20, asks.OrdersAsked, "Orders, open or over", Listed),
    _read(f"{API}myTrades", history.my_trades, 20, asks.FillsAsked, "The account's own trades", Listed),
    _write("POST", f"{API}orderList/oco", lists.place_new, lists.NewPair, "Place two orders: one cancels the other", 2),
    _write("POST", f"{API}order/oco", lists.place_old, lists.OldPair, "The same in Binance's older words", 2),
    _read(f"{API}orderList", lists.show, 4, asks.NamedList, "A pair of orders"),
    _write("DELETE", f"{API}orderList", lists.cancel, asks.NamedList, "Cancel both orders of a pair"),
    _read(f"{API}openOrderList", lists.open_lists, 6, asks.NoQuestion, "Pairs that are not over", Listed),
)
ACCOUNT: tuple[Route[Any], ...] = (
    _read(f"{API}account", account.account, 20, asks.AccountAsked, "Balances, and what the key may do"),
    _read(f"{API}account/commission", account.commissions, 20, asks.SymbolAsked, "Fees in one symbol"),
    _read(
        f"{API}rateLimit/order", account.order_counts, 40, asks.NoQuestion, "Orders placed, and how many there may be", Listed
    ),
    _read(f"{SAPI}asset/tradeFee", account.trade_fee, 1, asks.OneOrAll, "Fees by symbol", Listed),
    _read(f"{SAPI}account/apiRestrictions", account.restrictions, 1, asks.NoQuestion, "What the key may do"),
    _read(f"{SAPI}sub-account/list", account.sub_accounts, 1, asks.NoQuestion, "The account's sub-accounts"),
    _read(f"{SAPI}capital/config/getall", wallet.coins, 10, asks.NoQuestion, "Coins, their networks, and balances", Listed),
    _read(f"{SAPI}capital/deposit/hisrec", wallet.deposits, 5, asks.HistoryAsked, "Deposits", Listed),
    _read(f"{SAPI}capital/withdraw/history", wallet.withdrawals, 10, asks.HistoryAsked, "Withdrawals", Listed),
    _read(f"{SAPI}capital/deposit/address", wallet.address, 10, asks.AddressAsked, "Where deposits of a coin go"),
    Route(
        "POST",
        f"{SAPI}capital/withdraw/apply",
        wallet.no_withdrawal,
        Need.WITHDRAW,
        10,
        asks.WithdrawalAsked,
        Shown,
        "Refused: withdrawals want a second factor",
    ),
    _read(f"{SAPI}margin/allPairs", info.nothing, 1, asks.OneOrAll, "Margin pairs: there are none", Listed),
    _read(f"{SAPI}margin/isolated/allPairs", info.nothing, 1, asks.OneOrAll, "Isolated margin pairs: there are none", Listed),
)


def _key_only(path: str) -> tuple[Route[Any], ...]:
    shape = (Need.READ, 2, asks.ListenKeyAsked, Shown)
    return (
        Route("POST", path, streams.start, *shape, "A listen key: /ws/<listenKey> is the account's stream"),
        Route("PUT", path, streams.keep, *shape, "Keep a listen key alive"),
        Route("DELETE", path, streams.close, *shape, "Close a listen key"),
    )


LISTEN_KEYS = (*_key_only(f"{API}userDataStream"), *_key_only("/api/v1/userDataStream"))
ROUTES: tuple[Route[Any], ...] = (*MARKET, *ORDERS, *ACCOUNT, *LISTEN_KEYS)

# /ws-api/v3: a method is a route by another name.
METHODS_OF_REST: Mapping[str, str] = {
    "ping": f"GET {API}ping",
    "time": f"GET {API}time",
    "exchangeInfo": f"GET {API}exchangeInfo",
    "depth": f"GET {API}depth",
    "trades.recent": f"GET {API}trades",
    "trades.historical": f"GET {API}historicalTrades",
    "trades.aggregate": f"GET {API}aggTrades",
    "klines": f"GET {API}klines",
    "uiKlines": f"GET {API}uiKlines",
    "avgPrice": f"GET {API}avgPrice",
    "ticker.24hr": f"GET {API}ticker/24hr",
    "ticker.price": f"GET {API}ticker/price",
    "ticker.book": f"GET {API}ticker/bookTicker",
    "order.place": f"POST {API}order",
    "order.test": f"POST {API}order/test",
    "order.status": f"GET {API}order",
    "order.cancel": f"DELETE {API}order",
    "order.cancelReplace": f"POST {API}order/cancelReplace",
    "order.amend.keepPriority": f"PUT {API}order/amend/keepPriority",
    "openOrders.status": f"GET {API}openOrders",
    "openOrders.cancelAll": f"DELETE {API}openOrders",
    "orderList.place.oco": f"POST {API}orderList/oco",
    "orderList.place": f"POST {API}order/oco",
    "orderList.status": f"GET {API}orderList",
    "orderList.cancel": f"DELETE {API}orderList",
    "openOrderLists.status": f"GET {API}openOrderList",
    "allOrders": f"GET {API}allOrders",
    "myTrades": f"GET {API}myTrades",
    "account.status": f"GET {API}account",
    "account.commission": f"GET {API}account/commission",
    "account.rateLimits.orders": f"GET {API}rateLimit/order",
    "userDataStream.start": f"POST {API}userDataStream",
    "userDataStream.ping": f"PUT {API}userDataStream",
    "userDataStream.stop": f"DELETE {API}userDataStream",
}
_BY_NAME = {route.name: route for route in ROUTES}
METHODS: Mapping[str, Route[Any]] = {
    method: replace(_BY_NAME[name], method="WSAPI", path=method) for method, name in METHODS_OF_REST.items()
}
