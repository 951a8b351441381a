"""Our records as JSON: Binance's field names, amounts as decimal strings, instants in milliseconds."""

from typing import Any

from tradewind.messages.events import LegSettled, OrderUpdated
from tradewind.messages.replies import OrderAck
from tradewind.services.clearing.tables import Balance, Posting
from tradewind.services.gateway.catalogue import Catalogue
from tradewind.services.order.tables import Fill, Order
from tradewind.values.money import format_units
from tradewind.values.orders import Side

LEGS_MAX = 1 << 16  # a posting's place within its journal entry, in the ids that clients page by

NO_LIST = -1
NOT_WORKING = -1


def ms(instant_ns: int) -> int:
    return instant_ns // 1_000_000


def ack(reply: OrderAck) -> dict[str, Any]:
    return {
        "symbol": reply.symbol,
        "orderId": reply.order_id,
        "clientOrderId": reply.client_order_id,
        "transactTime": ms(reply.accepted_at),
    }


def order(record: Order | OrderUpdated, catalogue: Catalogue) -> dict[str, Any]:
    rules = catalogue.rules_of(record.symbol)
    base, quote = rules.base_precision, rules.quote_precision
    return {
        "symbol": record.symbol,
        "orderId": record.order_id,
        "orderListId": record.list_id or NO_LIST,
        "clientOrderId": record.client_order_id,
        "price": format_units(limit_of(record), quote),
        "origQty": format_units(record.quantity, base),
        "executedQty": format_units(record.executed, base),
        "origQuoteOrderQty": format_units(record.quote_quantity, quote),
        "cummulativeQuoteQty": format_units(record.quote_executed, quote),
        "status": record.status.name,
        "timeInForce": record.time_in_force.name,
        "type": record.type.name,
        "side": record.side.name,
        "stopPrice": format_units(record.stop_price, quote),
        "icebergQty": format_units(record.display, base),
        "goodTillDate": ms(record.good_till),
        "selfTradePreventionMode": record.self_trade.name,
        "isWorking": works(record),
        "workingTime": working_time(record),
        "reason": record.reason,
        "time": ms(record.created_at),
        "updateTime": ms(record.updated_at),
    }


def limit_of(record: Order | OrderUpdated) -> int:
    """The client's limit; 0 where the price is the worst that the band allows, which is nobody's but ours."""
    return record.price if record.type.priced else 0


def works(record: Order | OrderUpdated) -> bool:
    """Whether it does not wait for its price (any more)."""
    return record.triggered or not record.type.waits


def working_time(record: Order | OrderUpdated) -> int:
    """Since when, as far as we know: of a stop order that was triggered, not later than this. NOT_WORKING = it waits."""
    if record.type.waits:
        return ms(record.updated_at) if record.triggered else NOT_WORKING
    return ms(record.created_at)


def pair(list_id: int, list_client_id: str, legs: list[OrderAck], *, executing: bool) -> dict[str, Any]:
    """`executing` as far as is known."""
    return {
        "orderListId": list_id,
        "contingencyType": "OCO",
        "listStatusType": "EXEC_STARTED" if executing else "ALL_DONE",
        "listOrderStatus": "EXECUTING" if executing else "ALL_DONE",
        "listClientOrderId": list_client_id or f"tw{list_id}",
        "transactionTime": ms(legs[0].accepted_at),
        "symbol": legs[0].symbol,
        "orders": [{"symbol": leg.symbol, "orderId": leg.order_id, "clientOrderId": leg.client_order_id} for leg in legs],
    }


def fill(record: Fill | LegSettled, at: int, catalogue: Catalogue) -> dict[str, Any]:
    """One account's side of a trade; of the other side nothing is said."""
    rules = catalogue.rules_of(record.symbol)
    return {
        "symbol": record.symbol,
        "id": record.trade_id,
        "orderId": record.order_id,
        "price": format_units(record.price, rules.quote_precision),
        "qty": format_units(record.quantity, rules.base_precision),
        "quoteQty": format_units(record.notional, rules.quote_precision),
        "commission": format_units(record.fee, catalogue.precision_of(record.fee_asset)),
        "commissionAsset": record.fee_asset,
        "time": ms(at),
        "isBuyer": record.side is Side.BUY,
        "isMaker": record.maker,
    }


def balance(record: Balance, catalogue: Catalogue) -> dict[str, Any]:
    precision = catalogue.precision_of(record.asset)
    return {
        "asset": record.asset,
        "free": format_units(record.available, precision),
        "locked": format_units(record.held, precision),
    }


def posting(record: Posting, catalogue: Catalogue) -> dict[str, Any]:
    assert record.leg < LEGS_MAX, record
    return {
        "id": record.seq * LEGS_MAX + record.leg,
        "time": ms(record.at),
        "kind": record.kind,
        "reference": record.reference,
        "asset": record.asset,
        "delta": format_units(record.delta, catalogue.precision_of(record.asset)),
    }
