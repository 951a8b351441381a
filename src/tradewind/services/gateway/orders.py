"""From fields to the commands of an order's life: bare text becomes typed integers here, and nowhere behind."""

from tradewind.messages.commands import AmendOrder, CancelAll, CancelOrder, PlaceOrder
from tradewind.services.gateway.catalogue import Catalogue
from tradewind.services.gateway.fields import Fields
from tradewind.services.gateway.problems import bad, refused
from tradewind.values.ids import CLIENT_ORDER_ID, ID_MAX
from tradewind.values.orders import OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SYMBOL

# API.md knows these; this exchange does not take them yet, and says so instead of placing something else.
LATER_TYPES = frozenset(("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"))
LATER_MODES = frozenset(("EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"))
LATER_FIELDS = frozenset(("quoteOrderQty", "stopPrice", "icebergQty", "goodTillDate"))

_TYPES = (*OrderType.__members__, *sorted(LATER_TYPES))
_TIMES = (*TimeInForce.__members__, "GTD", "POST_ONLY")
_MODES = (*SelfTrade.__members__, *sorted(LATER_MODES))
RESPONSES = ("ACK", "RESULT", "FULL")


def place_order(fields: Fields, account: int, catalogue: Catalogue, made_id: str) -> PlaceOrder:
    """`made_id` is the client order id of an order that came without: whatever happens, there is an id to ask with."""
    rules = catalogue.rules_of(fields.text("symbol", SYMBOL))
    side = fields.choice("side", Side)
    kind, time_in_force = _kind(fields)
    mode = fields.word("selfTradePreventionMode", _MODES, "EXPIRE_TAKER")
    if mode in LATER_MODES:
        raise refused(Refusal.STP_MODE_NOT_ALLOWED)
    fields.refuse(LATER_FIELDS, refused(Refusal.UNSUPPORTED_ORDER))
    if kind is OrderType.MARKET:
        fields.refuse(("price",), bad("a MARKET order has no price"))
        price = 0
    else:
        price = fields.amount("price", rules.quote_precision)
    quantity = fields.amount("quantity", rules.base_precision)
    client_order_id = fields.optional_text("clientOrderId", CLIENT_ORDER_ID) or made_id
    fields.done()
    return PlaceOrder(account, rules.symbol, client_order_id, side, kind, time_in_force, SelfTrade[mode], price, quantity)


def _kind(fields: Fields) -> tuple[OrderType, TimeInForce]:
    word = fields.word("type", _TYPES)
    if word in LATER_TYPES:
        raise refused(Refusal.UNSUPPORTED_ORDER)
    kind = OrderType[word]
    time = fields.word("timeInForce", _TIMES, "IOC" if kind is OrderType.MARKET else "GTC")
    if time == "GTD":
        raise refused(Refusal.UNSUPPORTED_ORDER)
    if time == "POST_ONLY":
        if kind is OrderType.MARKET:
            raise bad("a MARKET order cannot be POST_ONLY")
        return OrderType.LIMIT_MAKER, TimeInForce.GTC
    time_in_force = TimeInForce[time]
    if kind is OrderType.MARKET and time_in_force is TimeInForce.GTC:
        raise bad("timeInForce of a MARKET order must be IOC or FOK")
    if kind is OrderType.LIMIT_MAKER and time_in_force is not TimeInForce.GTC:
        raise bad("timeInForce of a LIMIT_MAKER order must be GTC")
    return kind, time_in_force


def order_named(fields: Fields) -> tuple[int, str]:
    """(orderId, "") or (0, origClientOrderId). Raises Problem when it is not exactly one of them."""
    order_id = fields.integer("orderId", 1, ID_MAX, default=0)
    client_order_id = fields.optional_text("origClientOrderId", CLIENT_ORDER_ID) or ""
    if bool(order_id) == bool(client_order_id):
        raise bad("one of orderId and origClientOrderId is required")
    return order_id, client_order_id


def cancel_order(fields: Fields, account: int, catalogue: Catalogue) -> CancelOrder:
    rules = catalogue.rules_of(fields.text("symbol", SYMBOL))
    order_id, client_order_id = order_named(fields)
    fields.done()
    return CancelOrder(account, rules.symbol, order_id, client_order_id)


def cancel_all(fields: Fields, account: int, catalogue: Catalogue) -> CancelAll:
    symbol = fields.optional_text("symbol", SYMBOL)
    fields.done()
    return CancelAll(account, "" if symbol is None else catalogue.rules_of(symbol).symbol)


def amend_order(fields: Fields, account: int, catalogue: Catalogue) -> AmendOrder:
    rules = catalogue.rules_of(fields.text("symbol", SYMBOL))
    order_id, client_order_id = order_named(fields)
    quantity = fields.amount("quantity", rules.base_precision)
    fields.done()
    return AmendOrder(account, rules.symbol, order_id, client_order_id, quantity)
