"""Frames as API.md draws them, written a second time: the judge must not ask the gateway what is right."""

from typing import Any

from sim.markets import ASSETS, MARKETS
from tradewind.messages.events import BalanceUpdated, BookDelta, FillBooked, OrderUpdated, PublicTrade
from tradewind.values.money import format_units
from tradewind.values.orders import OrderType, Side

SNAPSHOT_TRADES = 50  # a trades snapshot holds so many, or all
MS_NS = 1_000_000
STOPS_WITH_LIMIT = (OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT)
STOPS = (OrderType.STOP_LOSS, OrderType.TAKE_PROFIT, *STOPS_WITH_LIMIT)


def _price(symbol: str, units: int) -> str:
    return format_units(units, MARKETS[symbol][0].quote_precision)


def _size(symbol: str, units: int) -> str:
    return format_units(units, MARKETS[symbol][0].base_precision)


def sides(shown: Any) -> dict[str, dict[str, str]]:
    """Levels by price, of a book's snapshot."""
    return {side: {price: quantity for price, quantity in shown[side]} for side in ("bids", "asks")}


def delta(event: BookDelta) -> dict[str, Any]:
    """Levels that changed, "0..." for those that are gone."""
    both = {"bids": event.bids, "asks": event.asks}
    return {
        side: [[_price(event.symbol, price), _size(event.symbol, quantity)] for price, quantity, _ in levels]
        for side, levels in both.items()
    }


def trade(event: PublicTrade) -> dict[str, Any]:
    notional = MARKETS[event.symbol][0].notional(event.price, event.quantity)
    return {
        "id": event.trade_id,
        "price": _price(event.symbol, event.price),
        "qty": _size(event.symbol, event.quantity),
        "quoteQty": _price(event.symbol, notional),
        "time": event.at // MS_NS,
        "isBuyerMaker": event.taker_side is Side.SELL,
    }


def private(event: OrderUpdated | FillBooked | BalanceUpdated) -> dict[str, Any]:
    """Everything that an account may be shown of this, and nothing else."""
    match event:
        case OrderUpdated():
            return _order(event)
        case FillBooked():
            return _fill(event)
        case BalanceUpdated():
            amounts = {
                "f": format_units(event.available, ASSETS[event.asset]),
                "l": format_units(event.held, ASSETS[event.asset]),
            }
            return {"e": "outboundAccountPosition", "seq": event.account_seq, "B": [{"a": event.asset, **amounts}]}


def _order(event: OrderUpdated) -> dict[str, Any]:
    symbol = event.symbol
    # A price that the client did not give (MARKET, stops without a limit) is the worst one of the band, and not shown. A stop
    # order works from its trigger on, all others from the beginning.
    limit = event.price if event.type in (OrderType.LIMIT, OrderType.LIMIT_MAKER, *STOPS_WITH_LIMIT) else 0
    waiting = event.type in STOPS and not event.triggered
    since = 0 if waiting else event.updated_at if event.type in STOPS else event.created_at
    return {
        **{"e": "executionReport", "seq": event.account_seq, "s": symbol, "i": event.order_id, "c": event.client_order_id},
        **{"S": event.side.name, "o": event.type.name, "f": event.time_in_force.name, "p": _price(symbol, limit)},
        **{"q": _size(symbol, event.quantity), "z": _size(symbol, event.executed), "Z": _price(symbol, event.quote_executed)},
        **{"P": _price(symbol, event.stop_price), "F": _size(symbol, event.display), "Q": _price(symbol, event.quote_quantity)},
        **{"g": event.list_id or -1, "gtd": event.good_till // MS_NS, "V": event.self_trade.name, "w": since != 0},
        **{"W": since // MS_NS if since else -1},
        **{"X": event.status.name, "r": event.reason, "O": event.created_at // MS_NS, "T": event.updated_at // MS_NS},
    }


def _fill(event: FillBooked) -> dict[str, Any]:
    fill, symbol = event.fill, event.fill.symbol
    return {
        **{"e": "trade", "seq": event.account_seq, "s": symbol, "t": fill.trade_id, "i": fill.order_id, "S": fill.side.name},
        **{
            "m": fill.maker,
            "p": _price(symbol, fill.price),
            "q": _size(symbol, fill.quantity),
            "Q": _price(symbol, fill.notional),
        },
        **{"n": format_units(fill.fee, ASSETS[fill.fee_asset]), "N": fill.fee_asset, "T": event.at // MS_NS},
    }
