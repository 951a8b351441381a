"""From what was asked to the commands of an order's life: bare text becomes typed integers here, and nowhere behind."""

from typing import Annotated

from msgspec import Meta

from tradewind.messages.commands import AmendOrder, CancelAll, CancelOrder, PlaceOrder
from tradewind.services.gateway.asked import Amount, Asked, ClientOrderId, Id, Instant, SymbolName, units
from tradewind.services.gateway.catalogue import Catalogue
from tradewind.services.gateway.problems import bad
from tradewind.services.gateway.words import ResponseKind, SelfTradeName, SideName, TimeAsked, TypeName
from tradewind.values.ids import MADE_CLIENT_ORDER_ID
from tradewind.values.orders import OrderType, SelfTrade, Side, TimeInForce

_NS_PER_MS = 1_000_000
CANCEL_AFTER_MS_MAX = 24 * 3_600_000


class PlaceAsked(Asked, frozen=True, kw_only=True):
    symbol: SymbolName
    side: SideName
    type: TypeName
    time_in_force: TimeAsked | None = None  # GTC; IOC for what executes at once
    quantity: Amount = ""
    price: Amount = ""
    quote_order_qty: Amount = ""
    client_order_id: ClientOrderId = ""
    stop_price: Amount = ""
    iceberg_qty: Amount = ""
    good_till_date: Instant = 0
    self_trade_prevention_mode: SelfTradeName = "EXPIRE_TAKER"
    new_order_resp_type: ResponseKind = "ACK"


class CancelAsked(Asked, frozen=True, kw_only=True):
    """One of the two ids names the order."""

    symbol: SymbolName
    order_id: Id = 0
    orig_client_order_id: ClientOrderId = ""
    new_order_resp_type: ResponseKind = "ACK"


class CancelAllAsked(Asked, frozen=True):
    symbol: SymbolName = ""


class CancelAfterAsked(Asked, frozen=True):
    """Milliseconds; 0 takes the switch away. Without a symbol: orders in all of them."""

    timeout: Annotated[int, Meta(ge=0, le=CANCEL_AFTER_MS_MAX)]
    symbol: SymbolName = ""


class AmendAsked(Asked, frozen=True, kw_only=True):
    """`quantity` is the new original quantity, less than before and more than what is executed."""

    symbol: SymbolName
    order_id: Id = 0
    orig_client_order_id: ClientOrderId = ""
    quantity: Amount


class ShowAsked(Asked, frozen=True):
    """One of the two ids names the order."""

    symbol: SymbolName = ""
    order_id: Id = 0
    orig_client_order_id: ClientOrderId = ""


def client_name(given: str, made_id: str) -> str:
    """The client's own name for its order, else ours. Raises Problem for one of our form: those are not remembered for long."""
    if MADE_CLIENT_ORDER_ID.fullmatch(given):
        raise bad("client order ids of this form are given by the exchange")
    return given or made_id


def place_order(asked: PlaceAsked, account: int, catalogue: Catalogue, made_id: str) -> PlaceOrder:
    """`made_id` is the client order id of an order that came without one.

    Raises Problem when the parameters do not fit together; what the market's rules say to them, clearing knows.
    """
    rules = catalogue.rules_of(asked.symbol)
    kind, time_in_force = _kind(asked)
    _only("price", asked.price, kind.priced, asked.type)
    _only("stopPrice", asked.stop_price, kind.waits, asked.type)
    _only("goodTillDate", asked.good_till_date, time_in_force is TimeInForce.GTD, f"timeInForce {time_in_force.name}")
    by_amount = kind is OrderType.MARKET and not asked.quantity
    _only("quoteOrderQty", asked.quote_order_qty, by_amount, "an order with this type and quantity")
    return PlaceOrder(
        account,
        rules.symbol,
        client_name(asked.client_order_id, made_id),
        Side[asked.side],
        kind,
        time_in_force,
        SelfTrade[asked.self_trade_prevention_mode],
        price=units(asked.price, "price", rules.quote_precision) if kind.priced else 0,
        quantity=0 if by_amount else _required("quantity", asked.quantity, rules.base_precision),
        stop_price=units(asked.stop_price, "stopPrice", rules.quote_precision) if kind.waits else 0,
        display=units(asked.iceberg_qty, "icebergQty", rules.base_precision) if asked.iceberg_qty else 0,
        good_till=asked.good_till_date * _NS_PER_MS,
        quote_quantity=units(asked.quote_order_qty, "quoteOrderQty", rules.quote_precision) if by_amount else 0,
    )


def _only(name: str, given: str | int, wanted: bool, where: str) -> None:
    """A parameter stands where it means something, and only there. Raises Problem."""
    if wanted and not given:
        raise bad(f"{name} is required")
    if given and not wanted:
        raise bad(f"{name} does not go with {where}")


def _required(name: str, text: str, precision: int) -> int:
    if not text:
        raise bad(f"{name} is required")
    return units(text, name, precision)


def _kind(asked: PlaceAsked) -> tuple[OrderType, TimeInForce]:
    kind, time = OrderType[asked.type], asked.time_in_force
    if time == "POST_ONLY":
        if kind not in (OrderType.LIMIT, OrderType.LIMIT_MAKER):
            raise bad(f"a {asked.type} order cannot be POST_ONLY")
        return OrderType.LIMIT_MAKER, TimeInForce.GTC
    if not kind.priced:
        if time in {"GTC", "GTD"}:
            raise bad(f"timeInForce of a {asked.type} order must be IOC or FOK")
        return kind, TimeInForce.IOC if time is None else TimeInForce[time]
    if kind is OrderType.LIMIT_MAKER and time in {"IOC", "FOK"}:
        raise bad("timeInForce of a LIMIT_MAKER order must be GTC or GTD")
    return kind, TimeInForce.GTC if time is None else TimeInForce[time]


def order_named(asked: CancelAsked | AmendAsked | ShowAsked) -> tuple[int, str]:
    """(orderId, "") or (0, origClientOrderId). Raises Problem when it is not exactly one of them."""
    if bool(asked.order_id) == bool(asked.orig_client_order_id):
        raise bad("one of orderId and origClientOrderId is required")
    return asked.order_id, asked.orig_client_order_id


def cancel_order(asked: CancelAsked, account: int, catalogue: Catalogue) -> CancelOrder:
    return CancelOrder(account, catalogue.rules_of(asked.symbol).symbol, *order_named(asked))


def cancel_all(asked: CancelAllAsked, account: int, catalogue: Catalogue) -> CancelAll:
    return CancelAll(account, catalogue.rules_of(asked.symbol).symbol if asked.symbol else "")


def amend_order(asked: AmendAsked, account: int, catalogue: Catalogue) -> AmendOrder:
    rules = catalogue.rules_of(asked.symbol)
    return AmendOrder(account, rules.symbol, *order_named(asked), units(asked.quantity, "quantity", rules.base_precision))
