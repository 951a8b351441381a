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
    return {
        "symbol": record.symbol,
        "orderId": record.order_id,
        "clientOrderId": record.client_order_id,
        "price": format_units(record.price, rules.quote_precision),
        "origQty": format_units(record.quantity, rules.base_precision),
        "executedQty": format_units(record.executed, rules.base_precision),
        "cummulativeQuoteQty": format_units(record.quote_executed, rules.quote_precision),
        "status": record.status.name,
        "timeInForce": record.time_in_force.name,
        "type": record.type.name,
        "side": record.side.name,
        "reason": record.reason,
        "time": ms(record.created_at),
        "updateTime": ms(record.updated_at),
    }


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
