"""What clearing makes of symbols whose precision is not their assets', and of accounts that are not its own."""

from dataclasses import replace

from tests.services.clearing.venue import Node, Venue
from tradewind.messages.commands import AmendOrder, CancelAll, CancelOrder, CreateAsset, PlaceOrder
from tradewind.messages.events import (
    Adjusted,
    AssetCreated,
    Entry,
    Event,
    LegSettled,
    OrderAccepted,
    OrderEnded,
    OrderReduced,
    SymbolChanged,
    SymbolCreated,
    Traded,
)
from tradewind.messages.replies import OrderAck, OrdersAck, Refused, Reply
from tradewind.services.clearing.tables import BALANCES
from tradewind.values.ids import order_id, system_account
from tradewind.values.orders import OrderStatus, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules

RULES = SymbolRules("BTCUSDT", "BTC", "USDT", 2, 2, 10, 10, 1, 10**9, 0, 0, 0, False)
BTC, USDT = AssetCreated("BTC", 2), AssetCreated("USDT", 2)


def clearing(*heard: Event, index: int = 1) -> Node:
    """One shard of two: odd accounts are shard 1's."""
    node = Venue(clearing=2).nodes[f"clearing/{index}"]
    for event in heard:
        hear(node, event)
    return node


def hear(node: Node, event: Event) -> list[Event]:
    events = node.apply(Entry("admin/0", 1, 1, "inbox", 1, (event,)), 1).events
    node.reload()
    return events


def place(account: int = 1, quantity: int = 100) -> PlaceOrder:
    limit = Side.BUY, OrderType.LIMIT, TimeInForce.GTC, SelfTrade.EXPIRE_TAKER
    return PlaceOrder(account, "BTCUSDT", "", *limit, 50, quantity)


def code(reply: Reply | None) -> Refusal | None:
    return reply.code if isinstance(reply, Refused) else None


def test_a_symbol_with_another_precision_than_its_assets_takes_no_orders() -> None:
    """R1.8: admin refuses such a symbol; should one come all the same, it is refused again at order time."""
    for assets in ((), (BTC,), (AssetCreated("BTC", 3), USDT), (BTC, AssetCreated("USDT", 1))):
        node = clearing(*assets, SymbolCreated(RULES), Adjusted(1, "USDT", 10**6, "r"))
        assert code(node.apply(place(), 1).reply) is Refusal.INVALID_SYMBOL_CONFIG
        assert node.apply(CancelAll(1, "BTCUSDT"), 1).reply == OrdersAck(()), "a way out is always open"
    assert code(clearing(BTC, USDT).apply(place(), 1).reply) is Refusal.UNKNOWN_SYMBOL


def test_a_fill_pays_what_is_asked_when_it_is_settled_and_a_resting_order_stays() -> None:
    """R1.8.1: the grid grows coarser between two fills of one order, and its fee rises; the order trades on as it stands."""
    node = clearing(BTC, USDT, SymbolCreated(RULES), Adjusted(1, "USDT", 10**6, "r"))
    ack = node.apply(place(), 1).reply
    assert isinstance(ack, OrderAck)

    def fee(trade: int) -> int:
        events = hear(node, Traded("BTCUSDT", trade, 50, 30, Side.SELL, ack.order_id, 1, 100 - 30 * trade, 999, 2, 0))
        [leg] = [event for event in events if isinstance(event, LegSettled)]
        return leg.fee

    assert fee(1) == 0
    hear(node, SymbolChanged(replace(RULES, maker_fee_ppm=100_000, lot=70), 2))
    assert fee(2) == 3
    assert code(node.apply(place(quantity=100), 1).reply) is Refusal.QUANTITY_OFF_LOT
    assert isinstance(node.apply(place(quantity=140), 1).reply, OrderAck)


def test_it_is_judged_by_what_is_known_now_with_or_without_a_restart() -> None:
    for reload in (False, True):
        node = clearing(SymbolCreated(RULES), Adjusted(1, "USDT", 10**6, "r"))
        for asset in (BTC, USDT):
            assert code(node.apply(place(), 1).reply) is Refusal.INVALID_SYMBOL_CONFIG
            node.apply(Entry("admin/0", 1, 1, "inbox", 1, (asset,)), 1)
            if reload:
                node.reload()
        assert isinstance(node.apply(place(), 1).reply, OrderAck)


def test_orders_that_stand_when_a_precision_goes_wrong_are_settled_by_the_rules_they_came_under() -> None:
    """H25: money that is held must find its way home whatever the configuration says now."""
    node = clearing(BTC, USDT, SymbolCreated(RULES), Adjusted(1, "USDT", 100, "r"))
    ack = node.apply(place(), 1).reply
    assert isinstance(ack, OrderAck)
    hear(node, AssetCreated("USDT", 5))
    assert code(node.apply(place(), 1).reply) is Refusal.INVALID_SYMBOL_CONFIG
    one, buy = ack.order_id, Side.BUY
    hear(node, Traded("BTCUSDT", 1, 40, 50, Side.SELL, one, 1, 50, 999, 2, 0))
    assert node.apply(AmendOrder(1, "BTCUSDT", one, "", 70), 1).reply == OrderAck(one, f"tw{one}", "BTCUSDT", 1)
    hear(node, OrderReduced(one, 1, "BTCUSDT", buy, 50, 70, 20, 30))
    assert node.apply(CancelOrder(1, "BTCUSDT", one), 1).reply == OrderAck(one, f"tw{one}", "BTCUSDT", 1)
    hear(node, OrderEnded(one, 1, "BTCUSDT", OrderStatus.CANCELED, "", buy, 50, 20, True))
    mine = {row.asset: (row.available, row.held) for row in node.kept.of(BALANCES) if row.account == 1}
    assert mine == {"USDT": (80, 0), "BTC": (50, 0)}


def test_orders_of_accounts_that_are_not_ours_are_refused() -> None:
    """Another shard's account may not come here by a wrong map, and the house's own money is nobody's to trade with."""
    node = clearing(BTC, USDT, SymbolCreated(RULES))
    house = system_account("house", 1)
    for account in (2, 0, house, house - 1):
        assert code(node.apply(place(account), 1).reply) is Refusal.UNKNOWN_ACCOUNT
        assert code(node.apply(CancelOrder(account, "BTCUSDT", 1), 1).reply) is Refusal.UNKNOWN_ACCOUNT
        assert code(node.apply(AmendOrder(account, "BTCUSDT", 1, "", 1), 1).reply) is Refusal.UNKNOWN_ACCOUNT
        assert code(node.apply(CancelAll(account, ""), 1).reply) is Refusal.UNKNOWN_ACCOUNT
    assert code(node.apply(place(3), 1).reply) is Refusal.INSUFFICIENT_BALANCE


def test_a_command_of_another_service_is_refused() -> None:
    assert code(clearing().apply(CreateAsset("BTC", 2), 1).reply) is Refusal.BAD_REQUEST


def test_order_ids_come_from_the_shards_sequence_and_never_meet() -> None:
    """H24: no clock has a part in them."""
    accepted: list[int] = []
    for index in (0, 1):
        node = clearing(BTC, USDT, SymbolCreated(RULES), Adjusted(2 + index, "USDT", 10**6, "r"), index=index)
        for now in (9, 3, 3):  # a clock that steps back and stands still
            (said,) = (event for event in node.apply(place(2 + index), now).events if isinstance(event, OrderAccepted))
            assert said.order_id == order_id(node.seq, index)
            accepted.append(said.order_id)
    assert len(set(accepted)) == 6
